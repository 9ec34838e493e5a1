#include "agent/app/commands/backtest_command.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/api_history.h"
#include "agent/app/commands/backtest_report.h"
#include "agent/app/commands/feature_flag.h"
#include "agent/app/commands/progress_line.h"
#include "agent/app/commands/rule_changes.h"
#include "agent/app/commands/run_flags.h"
#include "agent/app/commands/test_progress.h"
#include "agent/app/rule_files.h"
#include "agent/base/duration.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/collect/collector.h"
#include "agent/ruler/engine_history.h"
#include "agent/tsdb/database.h"

namespace bekci::app::commands {
namespace {

// Of one answer for a thousand slots: what a query may hold at once.
constexpr int64_t kMaxQuerySamples = 10'000'000;
constexpr base::Duration kQueryTimeout = base::minutes(5);

// A data directory and an engine over it, open as long as this is.
class OpenDirectory {
 public:
  static base::Result<std::unique_ptr<OpenDirectory>> Open(const std::string& path, const promql::Features& features) {
    std::unique_ptr<OpenDirectory> directory(new OpenDirectory(features));
    tsdb::DatabaseOptions options;
    options.path = path;
    options.threads = false;  // nothing is merged or dropped
    if (!directory->fs_.Exists(path)) return base::NotFound("--path=" + path + ": no such directory");
    auto database =
        tsdb::Database::Open({directory->fs_, directory->clock_, directory->random_, *directory->log_}, options);
    if (database.status().code() == base::Code::kUnavailable) {
      return base::Unavailable(database.status().message() +
                               "; where an agent has it open, ask the agent: --server=URL instead of --path");
    }
    RETURN_IF_ERROR(database.status());
    directory->database_ = *std::move(database);
    directory->history_.emplace(directory->engine_, *directory->database_);
    return directory;
  }
  ruler::BacktestHistory& history() { return *history_; }

 private:
  explicit OpenDirectory(const promql::Features& features) : engine_(OptionsOf(features), clock_) {}
  static promql::EngineOptions OptionsOf(const promql::Features& features) {
    promql::EngineOptions options;
    options.features = features;
    options.max_samples = kMaxQuerySamples;
    options.timeout = kQueryTimeout;
    return options;
  }

  base::RealFileSystem fs_;
  base::RealClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<base::Logger> log_ = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  promql::Engine engine_;
  std::unique_ptr<tsdb::Database> database_;
  std::optional<ruler::EngineHistory> history_;
};

// The rules that run now, and how often those are evaluated that do not say.
struct CurrentRules {
  std::vector<ruler::GroupText> groups;
  base::Duration evaluation_interval = base::seconds(15);
  base::Duration query_offset{};
};

base::Result<CurrentRules> RulesOfConfig(base::FileSystem& fs, const std::string& path) {
  SettingsInput input;
  input.path = path;
  input.host_name = HostName();
  input.collectors = collect::AllCollectors();
  input.environment = ProcessEnvironment;
  ASSIGN_OR_RETURN(Settings settings, LoadSettings(fs, input));
  return CurrentRules{std::move(settings.rule_groups), settings.evaluation_interval, settings.rule_query_offset};
}

class BacktestRun {
 public:
  BacktestRun(const Arguments& arguments, Console console) : arguments_(arguments), console_(console) {}

  base::Result<int> Run() {
    const std::string form = arguments_.Value("output");
    if (form != "table" && form != "json") return base::Invalid("--output=" + form + ": must be table or json");
    RETURN_IF_ERROR(ReadOptions());
    RETURN_IF_ERROR(ReadRules());
    RETURN_IF_ERROR(OpenHistory());
    ASSIGN_OR_RETURN(changes_, ChangesOf(groups_, current_.groups, options_.evaluation_interval, options_.features));
    ASSIGN_OR_RETURN(std::vector<ComparedRule> rules, Test());
    const BacktestSpan span = {options_.start, options_.end};
    if (form == "json") {
      console_.out << BacktestJson(rules, span);
    } else {
      PrintTable(rules, span);
    }
    for (const ComparedRule& rule : rules) {
      if (!rule.result.error.empty()) return kExitNo;
    }
    return kExitGood;
  }

 private:
  base::Status ReadOptions() {
    ASSIGN_OR_RETURN(options_.features, FeaturesOf(arguments_));
    const std::string since = arguments_.Value("since");
    const auto parsed = base::ParseDuration(since);
    if (!parsed.ok() || *parsed <= base::Duration::zero()) {
      return base::Invalid("--since=" + since + ": must be a duration such as 7d");
    }
    if (arguments_.Has("server") && arguments_.Has("path")) {
      return base::Invalid("--server and --path: whose history is it to be?");
    }
    options_.end = clock_.Now();
    options_.start = options_.end - *parsed;
    return base::OkStatus();
  }

  base::Status ReadRules() {
    config::Errors errors;
    groups_ = LoadRuleFiles(fs_, arguments_.positional(), options_.features, {}, &errors);
    return errors.ToStatus();
  }

  base::Status OpenHistory() {
    const bool offline = arguments_.Has("path");
    const std::string server = arguments_.Has("server") ? arguments_.Value("server") : std::string(kDefaultServer);
    if (offline) {
      ASSIGN_OR_RETURN(directory_, OpenDirectory::Open(arguments_.Value("path"), options_.features));
    } else {
      api_.emplace(server, kQueryTimeout);
    }
    compared_ = !offline || arguments_.Has("config.file");
    if (arguments_.Has("config.file")) {
      ASSIGN_OR_RETURN(current_, RulesOfConfig(fs_, arguments_.Value("config.file")));
    } else if (!offline) {
      ASSIGN_OR_RETURN(const std::string body, AskServer(server, "/api/v1/rules", {}, kQueryTimeout));
      ASSIGN_OR_RETURN(current_.groups, GroupsOfAnswer(body));
      // A server that does not tell its configuration has Prometheus' defaults.
      const auto config = AskServer(server, "/api/v1/status/config", {}, kQueryTimeout);
      if (config.ok()) TakeGlobal(*config, &current_.evaluation_interval, &current_.query_offset);
    }
    options_.evaluation_interval = current_.evaluation_interval;
    options_.query_offset = current_.query_offset;
    return base::OkStatus();
  }

  bool Wanted(size_t group, size_t rule) const {
    return arguments_.Switch("all") || changes_[group][rule].change != Change::kSame;
  }

  base::Result<std::vector<ruler::BacktestResult>> Test(const std::vector<ruler::GroupText>& groups,
                                                        const std::string& what, const ruler::RulePredicate& wanted,
                                                        const ruler::RulePredicate& recorded) {
    TestProgress progress(console_.err, what, isatty(STDERR_FILENO) != 0);
    progress.Test("over " + base::DurationText(options_.end - options_.start), 1, 1);
    ruler::BacktestOptions options = options_;
    options.on_progress = [&](uint64_t done, uint64_t of) { progress.Step(done, of); };
    ruler::BacktestHistory& history = api_.has_value() ? *api_ : directory_->history();
    auto results = ruler::Backtest(groups, wanted, recorded, history, clock_, options);
    progress.Clear();
    return results;
  }

  base::Result<std::vector<ComparedRule>> Test() {
    const auto same = [this](size_t g, size_t r) { return changes_[g][r].change == Change::kSame; };
    const auto wanted = [this](size_t g, size_t r) { return Wanted(g, r); };
    ASSIGN_OR_RETURN(std::vector<ruler::BacktestResult> results, Test(groups_, "the rules given", wanted, same));
    // What runs now records what it reads: history has it.
    std::set<std::pair<size_t, size_t>> replaced;
    for (const ruler::BacktestResult& result : results) {
      const RuleChange& change = changes_[result.group][result.rule];
      if (change.change == Change::kChanged) replaced.insert(*change.current);
    }
    std::map<std::pair<size_t, size_t>, ruler::BacktestResult> now;
    if (!replaced.empty()) {
      const auto counterpart = [&](size_t g, size_t r) { return replaced.contains({g, r}); };
      const auto all = [](size_t, size_t) { return true; };
      ASSIGN_OR_RETURN(std::vector<ruler::BacktestResult> before,
                       Test(OnlyThose(current_.groups, replaced), "as they are now", counterpart, all));
      for (ruler::BacktestResult& result : before) now.emplace(std::pair(result.group, result.rule), std::move(result));
    }
    return Compared(std::move(results), std::move(now));
  }

  // The other rules that run now are as nothing: an alert that reads ALERTS finds those in history.
  static std::vector<ruler::GroupText> OnlyThose(std::vector<ruler::GroupText> groups,
                                                 const std::set<std::pair<size_t, size_t>>& wanted) {
    for (size_t g = 0; g < groups.size(); ++g) {
      for (size_t r = 0; r < groups[g].rules.size(); ++r) {
        if (wanted.contains({g, r})) continue;
        ruler::RuleText& rule = groups[g].rules[r];
        rule = {};
        rule.name = "unused";
        rule.expr = "0";
      }
    }
    return groups;
  }

  std::vector<ComparedRule> Compared(std::vector<ruler::BacktestResult> results,
                                     std::map<std::pair<size_t, size_t>, ruler::BacktestResult> now) const {
    std::vector<ComparedRule> rules;
    for (ruler::BacktestResult& result : results) {
      ComparedRule& rule = rules.emplace_back();
      const ruler::GroupText& group = groups_[result.group];
      rule.group.file = group.file;
      rule.group.name = group.name;
      rule.rule = group.rules[result.rule];
      const RuleChange& change = changes_[result.group][result.rule];
      rule.change = change.change;
      if (change.change == Change::kChanged) {
        if (const auto found = now.find(*change.current); found != now.end()) rule.current = std::move(found->second);
      }
      rule.result = std::move(result);
    }
    return rules;
  }

  void PrintTable(const std::vector<ComparedRule>& rules, const BacktestSpan& span) const {
    size_t alerting = 0;
    for (const ruler::GroupText& group : groups_) {
      for (const ruler::RuleText& rule : group.rules) alerting += rule.alerting ? 1 : 0;
    }
    if (!rules.empty()) console_.out << BacktestTable(rules, span) << "\n";
    console_.out << TimeText(span.start.ms) << " to " << TimeText(span.end.ms) << ": " << rules.size() << " of "
                 << alerting << (alerting == 1 ? " alert" : " alerts") << " tested";
    if (rules.size() < alerting) console_.out << ", the others are as they run now (--all tests them as well)";
    if (!compared_) console_.out << "; compared with nothing: --config.file names the rules that run now";
    console_.out << "\n";
  }

  const Arguments& arguments_;
  const Console console_;
  base::RealFileSystem fs_;
  base::RealClock clock_;
  ruler::BacktestOptions options_;
  std::vector<ruler::GroupText> groups_;
  CurrentRules current_;
  std::vector<std::vector<RuleChange>> changes_;
  std::unique_ptr<OpenDirectory> directory_;
  std::optional<ApiHistory> api_;
  bool compared_ = true;
};

}  // namespace

int RunBacktest(const Arguments& arguments, Console console) {
  const auto code = BacktestRun(arguments, console).Run();
  if (code.ok()) return *code;
  PrintError(console.err, code.status().message());
  return kExitUsage;
}

}  // namespace bekci::app::commands
