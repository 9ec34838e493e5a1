// bekci test rules: rule unit tests in promtool's format; backtests are backtest_command.h.
//
// Everything is in the test files; nothing is asked of the host. One line a file, what failed below it, counts at the
// end.
#include <re2/re2.h>
#include <unistd.h>

#include <memory>
#include <ostream>

#include "agent/app/commands/backtest_command.h"
#include "agent/app/commands/commands.h"
#include "agent/app/commands/feature_flag.h"
#include "agent/app/commands/test_progress.h"
#include "agent/base/duration.h"
#include "agent/base/file_system.h"
#include "agent/ruler/testing/file_run.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    {.name = "run",
     .kind = FlagKind::kValues,
     .value = "RE",
     .help = "Run only the tests whose name this regular expression finds; repeated: any of them."},
    {.name = "junit", .value = "FILE", .help = "Write the results there, too, as JUnit's XML."},
    {.name = "verbose", .alias = "v", .kind = FlagKind::kSwitch, .help = "A line for every test."},
    {.name = "debug", .kind = FlagKind::kSwitch, .help = "A line for every test, and all series at its end."},
    {.name = "diff",
     .kind = FlagKind::kSwitch,
     .help = "As promtool has it; differences are always told.",
     .hidden = true},
    {.name = "ignore-unknown-fields",
     .kind = FlagKind::kSwitch,
     .help = "Pass over keys in test and rule files that nobody knows."},
    kBacktest,
    kBacktestSince,
    kBacktestServer,
    kBacktestPath,
    kBacktestConfig,
    kBacktestAll,
    kBacktestOutput,
    kFeatureFlag,
};

// What --run asks for. Errors: invalid, naming the expression.
base::Result<std::function<bool(const std::string&)>> Wanted(const std::vector<std::string>& expressions) {
  if (expressions.empty()) return std::function<bool(const std::string&)>();
  auto regexes = std::make_shared<std::vector<std::unique_ptr<re2::RE2>>>();
  for (const std::string& text : expressions) {
    regexes->push_back(std::make_unique<re2::RE2>(text, re2::RE2::Quiet));
    if (!regexes->back()->ok()) {
      return base::Invalid("--run=" + text + ": not a regular expression: " + regexes->back()->error());
    }
  }
  return std::function<bool(const std::string&)>([regexes](const std::string& name) {
    for (const auto& regex : *regexes) {
      if (re2::RE2::PartialMatch(name, *regex)) return true;
    }
    return false;
  });
}

void PrintTests(const ruler::testing::FileReport& report, std::ostream& out) {
  for (const ruler::testing::TestReport& test : report.tests) {
    out << "  " << (test.passed() ? "ok      " : "failed  ") << test.title << "  (" << test.checks
        << (test.checks == 1 ? " check, " : " checks, ") << base::HumanDuration(test.took) << ")\n";
  }
}

int ExitCode(const std::vector<ruler::testing::FileReport>& reports) {
  int code = kExitGood;
  for (const auto& report : reports) {
    if (report.unreadable) return kExitUsage;
    if (!report.passed()) code = kExitNo;
  }
  return code;
}

void WarnOfIdleRun(const std::vector<ruler::testing::FileReport>& reports, std::ostream& err) {
  size_t tests = 0;
  size_t skipped = 0;
  for (const auto& report : reports) {
    tests += report.tests.size();
    skipped += report.skipped;
  }
  if (tests == 0 && skipped > 0) err << "bekci: warning: --run finds no test by name; nothing was run\n";
}

}  // namespace

std::span<const Flag> TestRulesFlags() {
  return kFlags;
}

int RunTestRules(const Arguments& arguments, Console console) {
  if (arguments.Switch("backtest")) return RunBacktest(arguments, console);
  base::RealFileSystem fs;
  ruler::testing::FileRunOptions options;
  const auto features = FeaturesOf(arguments);
  auto wanted = Wanted(arguments.Values("run"));
  for (const base::Status& status : {features.status(), wanted.status()}) {
    if (status.ok()) continue;
    PrintError(console.err, status.message());
    return kExitUsage;
  }
  options.run.features = *features;
  options.run.dump = arguments.Switch("debug");
  options.ignore_unknown_fields = arguments.Switch("ignore-unknown-fields");
  options.wanted = *std::move(wanted);
  const bool each = arguments.Switch("verbose") || arguments.Switch("debug");

  std::vector<ruler::testing::FileReport> reports;
  for (const std::string& path : arguments.positional()) {
    TestProgress progress(console.err, path, isatty(STDERR_FILENO) != 0);
    options.on_test = [&](const std::string& title, size_t number, size_t of) { progress.Test(title, number, of); };
    options.run.on_step = [&](size_t done, size_t of) { progress.Step(done, of); };
    reports.push_back(ruler::testing::RunTestFile(fs, path, options));
    progress.Clear();
    console.out << ruler::testing::ReportText(reports.back());
    if (each) PrintTests(reports.back(), console.out);
    console.out << std::flush;
  }
  console.out << ruler::testing::SummaryText(reports) << "\n";
  WarnOfIdleRun(reports, console.err);
  const int code = ExitCode(reports);
  if (!arguments.Has("junit")) return code;
  const base::Status written = fs.WriteFileAtomic(arguments.Value("junit"), ruler::testing::JUnitXml(reports));
  if (written.ok()) return code;
  PrintError(console.err, "--junit: " + written.message());
  return kExitUsage;
}

}  // namespace bekci::app::commands
