// The table of subcommands.
#include "agent/app/commands.h"

#include <ostream>

#include "agent/app/build_info.h"
#include "agent/app/run_flags.h"
#include "agent/app/slo_command.h"
#include "agent/app/tsdb_commands.h"

namespace bekci::app {
namespace {

constexpr size_t kMany = 1000;

const Command kCommands[] = {
    {.name = "run",
     .help = "Runs the agent: collects, serves /metrics, and stays in the foreground.",
     .detail = "Listens on 127.0.0.1 unless told otherwise. SIGHUP or POST /-/reload reads the configuration again;\n"
               "SIGTERM ends it. Flags win over the configuration file.",
     .example = "bekci run --config.file=/etc/bekci/bekci.yml",
     .flags = RunFlags(),
     .run = RunAgent},
    {.name = "check config",
     .arguments = "FILE...",
     .help = "Checks configuration files without starting anything; exit 1 when one is wrong.",
     .example = "bekci check config /etc/bekci/bekci.yml",
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunCheckConfig},
    {.name = "check web-config",
     .arguments = "FILE...",
     .help = "Checks web configuration files (TLS, passwords, headers); exit 1 when one is wrong.",
     .example = "bekci check web-config /etc/bekci/web.yml",
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunCheckWebConfig},
    {.name = "check web",
     .arguments = "FILE...",
     .help = "The same as check web-config.",
     .example = "bekci check web /etc/bekci/web.yml",
     .min_positional = 1,
     .max_positional = kMany,
     .hidden = true,
     .run = RunCheckWebConfig},
    {.name = "check rules",
     .arguments = "[FILE...]",
     .help = "Checks rule files as promtool does, and looks for what will not do what was meant.",
     .detail =
         "FILE may be a pattern; without one, rules come from standard input. Exit 1: a file is wrong; exit 3, with\n"
         "--lint-fatal: something was found. Each finding ends with its name: --lint=all,-NAME switches it off, and\n"
         "so does the annotation bekci_lint_ignore: NAME on an alert. --list-lints prints them all.",
     .example = "bekci check rules --server=http://127.0.0.1:10112 '/etc/bekci/rules/*.yml'",
     .flags = CheckRulesFlags(),
     .max_positional = kMany,
     .run = RunCheckRules},
    {.name = "check escalation",
     .arguments = "FILE...",
     .help = "Checks files of escalation policies (escalation.yml) beside their alertmanager.yml; exit 1 when one is "
             "wrong.",
     .example = "bekci check escalation /etc/bekci/escalation.yml",
     .flags = CheckEscalationFlags(),
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunCheckEscalation},
    {.name = "check alertmanager",
     .arguments = "FILE...",
     .help = "Checks files in Alertmanager's format (routes, receivers, inhibition, times); exit 1 when one is wrong.",
     .detail =
         "What Alertmanager refuses is refused, with file and line, all mistakes at once. Warnings are told for what\n"
         "loads and may not do what was meant: secret files that cannot be read, texts of matchers that are about to\n"
         "change their meaning.",
     .example = "bekci check alertmanager /etc/bekci/alertmanager.yml",
     .flags = CheckAlertmanagerFlags(),
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunCheckAlertmanager},
    {.name = "check metrics",
     .help =
         "Reads metrics in text form from standard input and says what is wrong or unusual; exit 1 when something is.",
     .example = "curl -s http://127.0.0.1:10112/metrics | bekci check metrics",
     .run = RunCheckMetrics},
    {.name = "check slo",
     .arguments = "FILE...",
     .help = "Checks files of objectives (slos:, Sloth, OpenSLO, Pyrra), all together; exit 1 when one is wrong.",
     .example = "bekci check slo rules/slo/*.yml",
     .flags = CheckSloFlags(),
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunCheckSlo},
    {.name = "collect",
     .arguments = "NAME",
     .help = "Runs one collection of a collector in this process and prints it; exit 1 when it fails.",
     .detail = "Options come from the configuration file when one is named, else from the collector's defaults.",
     .example = "bekci collect host --format=openmetrics",
     .flags = CollectFlags(),
     .min_positional = 1,
     .max_positional = 1,
     .run = RunCollect},
    {.name = "scrape",
     .arguments = "JOB...",
     .help =
         "Scrapes the targets of jobs in scrape_configs once and prints what would be stored; exit 1 when one fails.",
     .detail = "Without a job, all of them. Discovery, relabeling and limits are those of the running agent.",
     .example = "bekci scrape --config.file=/etc/bekci/bekci.yml node",
     .flags = ScrapeFlags(),
     .max_positional = kMany,
     .run = RunScrape},
    {.name = "config show",
     .help = "Prints the configuration that counts, with defaults and flags; secrets are masked.",
     .example = "bekci config show --config.file=/etc/bekci/bekci.yml",
     .flags = RunFlags(),
     .run = RunConfigShow},
    {.name = "config discover",
     .help = "Looks what runs on this host, and says what would be collected without a collectors: section.",
     .detail = "For what it finds and cannot log in to it prints the grant or setting that would mend that.",
     .example = "bekci config discover",
     .flags = RunFlags(),
     .run = RunConfigDiscover},
    {.name = "config docs",
     .help = "Prints every key of the configuration with its meaning, type and default.",
     .example = "bekci config docs --format=yaml > bekci.yml",
     .flags = ConfigDocsFlags(),
     .run = RunConfigDocs},
    {.name = "config routes",
     .arguments = "[show | test LABEL=VALUE...]",
     .help =
         "Shows the tree of routes of an alertmanager.yml, or says which receivers an alert with these labels goes to.",
     .detail = "Answers as amtool does. With --verify.receivers, exit 1 when the receivers are others than those.",
     .example = "bekci config routes test --config.file=alertmanager.yml --tree severity=critical team=db",
     .flags = ConfigRoutesFlags(),
     .max_positional = kMany,
     .run = RunConfigRoutes},
    {.name = "query instant",
     .arguments = "EXPR",
     .help = "Asks a PromQL query at one time; exit 1 when it fails.",
     .detail = "Of a running bekci or Prometheus (--server), or of a data directory that nobody uses (--path).",
     .example = "bekci query instant 'sum by (mode) (rate(node_cpu_seconds_total[5m]))'",
     .flags = QueryInstantFlags(),
     .min_positional = 1,
     .max_positional = 1,
     .run = RunQueryInstant},
    {.name = "query range",
     .arguments = "EXPR",
     .help = "Asks a PromQL query over a range of time; exit 1 when it fails.",
     .detail = "--output=chart draws the curves; csv and json are for programs.",
     .example = "bekci query range --start=2024-05-01T12:00:00Z --end=2024-05-01T13:00:00Z --output=chart node_load1",
     .flags = QueryRangeFlags(),
     .min_positional = 1,
     .max_positional = 1,
     .run = RunQueryRange},
    {.name = "test rules",
     .arguments = "FILE...",
     .help = "Runs rule unit tests in promtool's format; exit 1 when one fails.",
     .detail =
         "A test that fails says which label, annotation or value differs and where, and what the rule's expression\n"
         "found around that time. Samples, series and evaluations of a test are bounded.\n"
         "With --backtest, FILE holds rules: those that are new, or differ from the ones that run now, are evaluated\n"
         "over stored history at their interval, beside the ones that run now; exit 1 when one fails there.",
     .example = "bekci test rules --run=disk --junit=results.xml rules/tests/*.yml\n"
                "  bekci test rules --backtest --since=7d --server=http://127.0.0.1:10112 new-rules.yml",
     .flags = TestRulesFlags(),
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunTestRules},
    {.name = "slo",
     .help =
         "Shows how objectives stand: compliance, budget left, burn rates, time to exhaustion; exit 1: there are none.",
     .detail =
         "Of a running bekci: the budgets it keeps. Of a Prometheus (--server), or a data directory that nobody uses\n"
         "(--path): what the rules of objectives have recorded there.",
     .example = "bekci slo",
     .flags = SloFlags(),
     .run = RunSlo},
    {.name = "slo generate",
     .arguments = "FILE...",
     .help = "Prints objectives as plain Prometheus rules; exit 1 when a file is wrong.",
     .detail = "Files of Sloth's give the rules that Sloth makes of them; others, or all with --style=native, our own.",
     .example = "bekci slo generate -l env=prod rules/slo/shop.yml > slo.rules.yml",
     .flags = SloGenerateFlags(),
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunSloGenerate},
    {.name = "escalation simulate",
     .arguments = "NAME=VALUE...",
     .help = "Says minute by minute who would be told of an alert with these labels, how, unless what; exit 1: it does "
             "not escalate.",
     .detail =
         "It is the engine itself on a clock of its own: routes and muted times of alertmanager.yml, policies and\n"
         "schedules of escalation.yml.",
     .example = "bekci escalation simulate --ack=20m alertname=DiskFull severity=critical",
     .flags = EscalationSimulateFlags(),
     .min_positional = 1,
     .max_positional = kMany,
     .run = RunSimulate},
    {.name = "why",
     .arguments = "ALERT",
     .help = "Says why an alert fires, or why it does not; exit 1 when no rule has that name.",
     .detail = "In words first; then each part of the expression with what it gave, and the last evaluations.",
     .example = "bekci why HighErrorRate --at=2026-01-31T03:00:00Z",
     .flags = WhyFlags(),
     .min_positional = 1,
     .max_positional = 1,
     .run = RunWhy},
    {.name = "tsdb import",
     .arguments = "openmetrics|prometheus-blocks FILE|DIR...",
     .help = "Takes samples over into the store: OpenMetrics text with timestamps, or the blocks of a Prometheus.",
     .detail =
         "Blocks appear whole or not at all; a running agent finds them within a minute. Text may be of any size and\n"
         "in any order of series; blocks are verified before they are copied. Exit 1: something was refused.",
     .example = "bekci tsdb import prometheus-blocks --path=/var/lib/bekci /var/lib/prometheus/metrics2",
     .flags = TsdbImportFlags(),
     .min_positional = 2,
     .max_positional = kMany,
     .run = RunTsdbImport},
    {.name = "tsdb export",
     .help = "Prints what the store holds as OpenMetrics text with timestamps.",
     .detail = "While an agent has the store open, only what is in blocks already (all but the newest hours).",
     .example = "bekci tsdb export --match='up{job=\"node\"}' --min-time=2026-01-01T00:00:00Z > up.txt",
     .flags = TsdbExportFlags(),
     .run = RunTsdbExport},
    {.name = "tsdb list",
     .help = "Lists the blocks of the store.",
     .example = "bekci tsdb list --path=/var/lib/bekci",
     .flags = TsdbListFlags(),
     .run = RunTsdbList},
    {.name = "tsdb analyze",
     .arguments = "[BLOCK]",
     .help =
         "Says what a block is made of (the newest, unless one is named): labels and metrics with the most series,\n"
         "what comes and goes, bytes per sample.",
     .example = "bekci tsdb analyze --path=/var/lib/bekci --limit=10",
     .flags = TsdbAnalyzeFlags(),
     .max_positional = 1,
     .run = RunTsdbAnalyze},
    {.name = "tsdb verify",
     .help = "Reads everything in the store's directory: every check sum, every reference; exit 1 when something is "
             "damaged.",
     .example = "bekci tsdb verify --path=/var/lib/bekci",
     .flags = TsdbPathFlags(),
     .run = RunTsdbVerify},
    {.name = "version",
     .help = "Says which version this is and what it was built from.",
     .example = "bekci version",
     .run = RunVersion},
    {.name = "discover",
     .help = "Looks what runs on this host; started by run, never by hand (that is config discover).",
     .flags = DiscoverFlags(),
     .hidden = true,
     .run = RunDiscoverProcess},
    {.name = "worker",
     .arguments = "ARGUMENTS",
     .help = "The collection worker; started by run, never by hand.",
     .max_positional = kMany,
     .hidden = true,
     .raw = true,
     .run = RunWorkerCommand},
};

}  // namespace

std::span<const Command> AllCommands() {
  return kCommands;
}

int RunVersion(const Arguments&, Console console) {
  const BuildInfo& build = ThisBuild();
  console.out << "bekci " << build.version << "\n  revision    " << build.revision << "\n  branch      " << build.branch
              << "\n  compiler    " << build.compiler << "\n  build type  " << build.build_type
              << "\n  platform    linux/" << build.architecture << "\n";
  return kExitGood;
}

}  // namespace bekci::app
