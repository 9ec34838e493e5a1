// The three commands around objectives. All that they know is in ruler/slo; here are flags, files and words.
#include "agent/app/commands/slo_command.h"

#include <ostream>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/api_directory.h"
#include "agent/app/commands/query_output.h"
#include "agent/app/commands/slo_answer.h"
#include "agent/base/duration.h"
#include "agent/base/file_system.h"
#include "agent/base/text.h"
#include "agent/model/labels.h"
#include "agent/ruler/slo/bucket_bounds.h"
#include "agent/ruler/slo/generate.h"
#include "agent/ruler/slo/loader.h"
#include "agent/ruler/slo/report.h"

namespace bekci::app::commands {
namespace {

namespace slo = ruler::slo;

constexpr Flag kWindows = {.name = "slo-period-windows-path",
                           .value = "DIR",
                           .help = "Alert windows of further periods: files of Sloth's kind AlertWindows."};
constexpr Flag kPeriod = {.name = "default-slo-period",
                          .value = "DURATION",
                          .default_text = "30d",
                          .help = "Period of objectives that name none, as Sloth's files never do."};

constexpr Flag kGenerateFlags[] = {
    {.name = "out", .alias = "o", .value = "FILE", .help = "Write there instead of to standard output."},
    {.name = "extra-labels",
     .alias = "l",
     .kind = FlagKind::kValues,
     .value = "NAME=VALUE",
     .help = "A label for every recording rule; repeatable."},
    {.name = "disable-recordings", .kind = FlagKind::kSwitch, .default_text = "false", .help = "No recording rules."},
    {.name = "disable-alerts", .kind = FlagKind::kSwitch, .default_text = "false", .help = "No alerts."},
    {.name = "disable-optimized-rules",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Sloth's rules: the ratio of the period from the raw series, not from recorded ratios."},
    {.name = "style",
     .value = "STYLE",
     .default_text = "auto",
     .help = "native: our own rules; sloth: Sloth's; auto: Sloth's for what Sloth reads."},
    {.name = "one-document",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "All rules in one YAML document, also of several documents of Sloth's; Prometheus reads only the first."},
    {.name = "sloth-version", .value = "TEXT", .default_text = "dev", .help = "What sloth_slo_info says of itself."},
    kWindows,
    kPeriod,
};
constexpr Flag kCheckFlags[] = {
    {.name = "server",
     .value = "URL",
     .help = "Also ask this bekci or Prometheus whether the thresholds of latencies are bounds of buckets."},
    kWindows,
    kPeriod,
};
constexpr Flag kTableFlags[] = {
    {.name = "server",
     .value = "URL",
     .default_text = kDefaultServer,
     .help = "Whose objectives: bekci's; of a Prometheus, what generated rules have recorded there."},
    {.name = "path", .value = "DIR", .help = "Answer from this data directory instead; no process may be using it."},
    {.name = "output", .alias = "o", .value = "FORM", .default_text = "table", .help = "table or json."},
    {.name = "timeout", .value = "DURATION", .default_text = "30s", .help = "When to give up."},
};

int Bad(const std::string& message, Console console) {
  PrintError(console.err, message);
  return kExitUsage;
}

base::Result<slo::LoadOptions> LoadOptionsOf(const Arguments& arguments, base::FileSystem& fs) {
  slo::LoadOptions options;
  const std::string period = arguments.Value(kPeriod.name);
  const auto parsed = base::ParseDuration(period);
  if (!parsed.ok() || *parsed <= base::Duration::zero()) {
    return base::Invalid("--default-slo-period=" + period + ": must be a duration such as 30d");
  }
  options.default_period = *parsed;
  if (arguments.Has(kWindows.name)) {
    RETURN_IF_ERROR(slo::LoadWindowFiles(fs, arguments.Value(kWindows.name), &options.windows)
                        .WithContext("--slo-period-windows-path"));
  }
  return options;
}

base::Result<ruler::TextMap> ExtraLabels(const Arguments& arguments) {
  ruler::TextMap labels;
  for (const std::string& pair : arguments.Values("extra-labels")) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || !model::IsLegacyLabelName(pair.substr(0, equals))) {
      return base::Invalid("--extra-labels=" + pair + ": must be NAME=VALUE");
    }
    slo::SetText(&labels, pair.substr(0, equals), pair.substr(equals + 1));
  }
  return labels;
}

base::Result<slo::GenerateOptions> GenerateOptionsOf(const Arguments& arguments) {
  slo::GenerateOptions options;
  const std::string style = arguments.Value("style");
  if (style == "native") {
    options.style = slo::RuleStyle::kNative;
  } else if (style == "sloth") {
    options.style = slo::RuleStyle::kSloth;
  } else if (style != "auto") {
    return base::Invalid("--style=" + style + ": must be auto, native or sloth");
  }
  ASSIGN_OR_RETURN(options.rules.extra_labels, ExtraLabels(arguments));
  options.rules.recordings = !arguments.Switch("disable-recordings");
  options.rules.alerts = !arguments.Switch("disable-alerts");
  options.rules.optimized = !arguments.Switch("disable-optimized-rules");
  options.rules.version = arguments.Value("sloth-version");
  options.one_document = arguments.Switch("one-document");
  return options;
}

std::vector<slo::RecordedSeries> Recorded(const QueryAnswer& answer) {
  std::vector<slo::RecordedSeries> series;
  for (const QuerySeries& one : answer.series) {
    if (one.points.empty()) continue;
    const auto value = base::ParseDouble(one.points.back().value);
    if (value.has_value()) series.push_back({one.labels, *value});
  }
  return series;
}

base::Result<QueryAnswer> AskInstant(const std::string& server, const std::string& query) {
  ASSIGN_OR_RETURN(const std::string body, AskServer(server, "/api/v1/query", {{"query", query}}, base::seconds(30)));
  ASSIGN_OR_RETURN(QueryAnswer answer, ParseQueryAnswer(body));
  if (!answer.error.empty()) return base::Invalid("query failed: " + answer.error_type + ": " + answer.error);
  return answer;
}

// What the data says against the objectives, a line each.
base::Result<std::vector<std::string>> CheckBuckets(const std::vector<slo::Slo>& slos, const std::string& server) {
  std::vector<std::string> problems;
  for (const slo::Slo& one : slos) {
    if (one.indicator.histogram.empty()) continue;
    ASSIGN_OR_RETURN(const QueryAnswer answer, AskInstant(server, slo::BoundsQuery(one.indicator.histogram)));
    std::vector<std::string> bounds;
    for (const QuerySeries& series : answer.series) {
      for (const auto& [name, value] : series.labels) {
        if (name == "le") bounds.push_back(value);
      }
    }
    const std::string problem = slo::BucketProblem(one.indicator.threshold, bounds);
    if (!problem.empty()) problems.push_back(one.mark.ToString() + ": " + one.name + ": " + problem);
  }
  return problems;
}

// The budgets of an agent, and what rules have recorded there; of what is no agent, the latter.
base::Result<std::vector<slo::BudgetReport>> AskReports(const Arguments& arguments, base::Duration timeout) {
  const base::Timestamp now = base::RealClock().Now();
  const ApiQuestion parameters = {{"query", std::string(slo::kReportQuery)}};
  const bool offline = arguments.Has("path");
  const std::string server = arguments.Value("server");
  auto body = offline ? AskDirectory(arguments.Value("path"), "/api/v1/query", parameters, {})
                      : AskServer(server, "/api/v1/query", parameters, timeout);
  RETURN_IF_ERROR(body.status());
  ASSIGN_OR_RETURN(const QueryAnswer answer, ParseQueryAnswer(*body));
  if (!answer.error.empty()) return base::Invalid("query failed: " + answer.error_type + ": " + answer.error);
  auto recorded = slo::ReportsFromSeries(Recorded(answer), now);
  if (offline) return recorded;
  body = AskServer(server, "/api/v1/slo", {}, timeout);
  if (!body.ok()) return recorded;
  auto budgets = ParseSloAnswer(*body, now);
  if (!budgets.ok()) return recorded;
  return WithRecorded(*std::move(budgets), std::move(recorded));
}

}  // namespace

std::span<const Flag> SloFlags() {
  return kTableFlags;
}
std::span<const Flag> SloGenerateFlags() {
  return kGenerateFlags;
}
std::span<const Flag> CheckSloFlags() {
  return kCheckFlags;
}

int RunSlo(const Arguments& arguments, Console console) {
  const std::string form = arguments.Value("output");
  if (form != "table" && form != "json") return Bad("--output=" + form + ": must be table or json", console);
  const auto timeout = base::ParseDuration(arguments.Value("timeout"));
  if (!timeout.ok() || *timeout <= base::Duration::zero()) {
    return Bad("--timeout=" + arguments.Value("timeout") + ": must be a duration such as 30s", console);
  }
  const auto reports = AskReports(arguments, *timeout);
  if (!reports.ok()) return Bad(reports.status().message(), console);
  if (reports->empty() && form == "table") {
    PrintError(console.err,
               "no objectives are recorded there; are the rules of slo_files (or of bekci slo generate) "
               "loaded?");
    return kExitNo;
  }
  console.out << (form == "json" ? slo::ReportJson(*reports) : slo::ReportTable(*reports));
  return kExitGood;
}

int RunSloGenerate(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  const auto load = LoadOptionsOf(arguments, fs);
  if (!load.ok()) return Bad(load.status().message(), console);
  const auto options = GenerateOptionsOf(arguments);
  if (!options.ok()) return Bad(options.status().message(), console);
  const auto loaded = slo::LoadSloFiles(fs, arguments.positional(), *load);
  if (!loaded.ok()) {
    PrintError(console.err, loaded.status().message());
    return loaded.status().code() == base::Code::kInvalid ? kExitNo : kExitUsage;
  }
  for (const std::string& warning : loaded->warnings) console.err << "warning: " << warning << "\n";
  const std::string text = slo::Generate(*loaded, *options);
  if (!arguments.Has("out")) {
    console.out << text;
    return kExitGood;
  }
  const base::Status written = fs.WriteFileAtomic(arguments.Value("out"), text);
  return written.ok() ? kExitGood : Bad(written.message(), console);
}

int RunCheckSlo(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  const auto options = LoadOptionsOf(arguments, fs);
  if (!options.ok()) return Bad(options.status().message(), console);
  // All together: OpenSLO objects refer to each other, and ids are unique over all files.
  const auto loaded = slo::LoadSloFiles(fs, arguments.positional(), *options);
  if (!loaded.ok()) {
    PrintError(console.err, loaded.status().message());
    return loaded.status().code() == base::Code::kInvalid ? kExitNo : kExitUsage;
  }
  for (const std::string& warning : loaded->warnings) console.out << "warning: " << warning << "\n";
  if (arguments.Has("server")) {
    const auto problems = CheckBuckets(loaded->slos, arguments.Value("server"));
    if (!problems.ok()) return Bad(problems.status().message(), console);
    for (const std::string& problem : *problems) PrintError(console.err, problem);
    if (!problems->empty()) return kExitNo;
  }
  size_t rules = 0;
  for (const auto& group : slo::RulesOf(loaded->slos, slo::RuleStyle::kAuto, {})) rules += group.rules.size();
  console.out << "good, " << loaded->slos.size() << (loaded->slos.size() == 1 ? " objective, " : " objectives, ")
              << rules << " rules\n";
  return kExitGood;
}

}  // namespace bekci::app::commands
