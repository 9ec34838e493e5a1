#include "agent/ruler/testing/test_run.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "agent/base/duration.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/promql/engine.h"
#include "agent/ruler/rule_file.h"
#include "agent/ruler/rule_group.h"
#include "agent/ruler/template_query.h"
#include "agent/ruler/testing/evidence.h"
#include "agent/ruler/testing/expectations.h"
#include "agent/ruler/testing/input_loader.h"
#include "agent/ruler/testing/text_difference.h"
#include "agent/storage/memory_storage.h"

namespace bekci::ruler::testing {
namespace {

// Alerts that wait are shown beside those that were expected and do not fire.
constexpr size_t kShownPending = 6;
// Of every query, as promtool has it.
constexpr base::Duration kQueryTimeout = base::seconds(100);

// What rules log in a test is told by its failures.
class QuietLogger : public base::Logger {
 protected:
  void Write(base::LogLevel, std::string_view, std::span<const base::LogField>) override {}
};

promql::EngineOptions OptionsFor(const TestFile& file, const TestRunOptions& options) {
  promql::EngineOptions engine;
  engine.timeout = kQueryTimeout;
  engine.features = options.features;
  const int64_t interval_ms = base::ToMillis(file.evaluation_interval);
  engine.no_step_subquery_interval_ms = [interval_ms](int64_t) { return interval_ms; };
  return engine;
}

class TestRun {
 public:
  TestRun(const TestFile& file, const TestCase& test, const TestRunOptions& options)
      : file_(file),
        test_(test),
        options_(options),
        clock_(test.start),
        engine_(OptionsFor(file, options), real_clock_),
        input_(test) {
    report_.title = test.title;
    report_.mark = test.mark;
  }

  TestReport Run(std::span<const GroupText> texts) {
    const base::MonotonicTime began = real_clock_.Monotonic();
    report_.checks = test_.alert_cases.size() + test_.expr_cases.size();
    const base::Status made = MakeGroups(texts);
    if (!made.ok()) {
      Fail(test_.mark, made.message());
    } else if (Evaluate()) {
      for (const ExprCase& one : test_.expr_cases) CheckExpr(one);
    }
    if (options_.dump) report_.dump = DumpText();
    report_.took = real_clock_.Monotonic() - began;
    return std::move(report_);
  }

 private:
  base::Status MakeGroups(std::span<const GroupText> texts) {
    GroupContext context{engine_, store_, store_, clock_, log_};
    context.environment.query = [this](const std::string& expr, base::Timestamp at) {
      return QueryForTemplate(engine_, store_, expr, at);
    };
    context.environment.external_labels = test_.external_labels;
    context.environment.external_url = test_.external_url;
    context.counters = &counters_;
    for (const GroupText& text : texts) {
      GroupText every_step = text;
      every_step.interval = file_.evaluation_interval;
      ASSIGN_OR_RETURN(auto group, RuleGroup::Make(every_step, file_.evaluation_interval, {}, context));
      groups_.push_back(std::move(group));
    }
    return base::OkStatus();
  }

  // All steps, and the alerts that are expected between them. False: the test ends here.
  bool Evaluate() {
    const base::Duration step = file_.evaluation_interval;
    const auto steps = static_cast<size_t>(test_.MaxEvalTime() / step) + 1;
    std::vector<const AlertCase*> cases;
    for (const AlertCase& one : test_.alert_cases) cases.push_back(&one);
    std::stable_sort(cases.begin(), cases.end(),
                     [](const AlertCase* a, const AlertCase* b) { return a->eval_time < b->eval_time; });
    auto next = cases.begin();
    for (size_t i = 0; i < steps; ++i, clock_.JumpWall(step)) {
      now_ = test_.start + static_cast<int64_t>(i) * step;
      if (!EvaluateStep()) return false;
      const base::Duration since = now_ - test_.start;  // a test may span all time: since + step may be too long
      for (; next != cases.end() && (*next)->eval_time - since < step; ++next) CheckAlert(**next);
      if (options_.on_step) options_.on_step(i + 1, steps);
    }
    return true;
  }

  bool EvaluateStep() {
    const base::Status loaded = input_.LoadUntil(now_.ms, store_);
    if (!loaded.ok()) {
      Fail(test_.mark, "input series at " + TimeText(now_) + ": " + loaded.message());
      return false;
    }
    bool good = true;
    for (const auto& group : groups_) {
      group->Evaluate(now_);
      const LastEvaluation last = group->last_evaluation();
      samples_written_ += last.samples;
      for (const auto& [rule, error] : last.failed) {
        FailRule(*group, *rule, error);
        good = false;
      }
    }
    return good && WithinLimits();
  }

  bool WithinLimits() {
    const bool samples = input_.loaded() + samples_written_ > options_.limits.max_samples;
    if (!samples && store_.series() <= options_.limits.max_series) return true;
    const size_t limit = samples ? options_.limits.max_samples : options_.limits.max_series;
    Fail(test_.mark, "at " + TimeText(now_) + " input and rules have made more than " + std::to_string(limit) +
                         (samples ? " samples" : " series"));
    return false;
  }

  void FailRule(const RuleGroup& group, const Rule& rule, const std::string& error) {
    TestFailure& failure = Fail(rule.text.mark, "rule " + rule.text.name + " of group " + group.name() + " fails at " +
                                                    TimeText(now_) + ": " + error);
    failure.lines.push_back("expr: " + rule.text.expr);
  }

  void CheckAlert(const AlertCase& one) {
    std::vector<Alert> firing;
    std::vector<Alert> pending;
    std::vector<std::shared_ptr<const Rule>> rules;
    for (const auto& group : groups_) {
      for (RuleStatus& rule : group->Status().rules) {
        if (!rule.rule->alerting() || rule.rule->text.name != one.alert_name) continue;
        rules.push_back(rule.rule);
        for (Alert& alert : rule.alerts) {
          (alert.state == AlertState::kFiring ? firing : pending).push_back(std::move(alert));
        }
      }
    }
    auto failure = CheckAlerts(one, firing);
    if (!failure) return;
    if (rules.empty()) failure->lines.push_back(NoSuchAlert(one.alert_name));
    AppendPending(pending, &failure->lines);
    for (const auto& rule : rules) AppendRule(*rule, &failure->lines);
    report_.failures.push_back(std::move(*failure));
  }

  std::string NoSuchAlert(const std::string& name) const {
    std::vector<std::string_view> names;
    for (const auto& group : groups_) {
      for (const auto& rule : group->rules()) {
        if (rule->alerting()) names.push_back(rule->text.name);
      }
    }
    const std::string_view near = base::Nearest(name, names);
    return "no rule makes an alert of this name" +
           (near.empty() ? std::string() : ", did you mean " + std::string(near) + "?");
  }

  void AppendPending(const std::vector<Alert>& pending, std::vector<std::string>* out) const {
    for (size_t i = 0; i < pending.size() && i < kShownPending; ++i) {
      out->push_back("pending since " + TimeText(pending[i].active_at) + ": " + pending[i].labels.ToString());
    }
    if (pending.size() > kShownPending) {
      out->push_back("and " + std::to_string(pending.size() - kShownPending) + " more pending");
    }
  }

  void AppendRule(const Rule& rule, std::vector<std::string>* out) {
    std::string line = "rule " + rule.text.mark.ToString() + ": " + std::string(base::Trim(rule.text.expr));
    if (rule.text.hold > base::Duration::zero()) line += "   for: " + base::DurationText(rule.text.hold);
    out->push_back(std::move(line));
    AppendEvidence(rule.text, *rule.query->expr, now_, out);
  }

  void AppendEvidence(const RuleText& text, const promql::Expr& expr, base::Timestamp at,
                      std::vector<std::string>* out) {
    EvidenceOptions evidence;
    evidence.at_ms = at.ms;
    evidence.start_ms = test_.start.ms;
    evidence.lookback_ms = base::ToMillis(engine_.options().lookback);
    for (std::string& line : SelectedSeries(store_, expr, text.expr, evidence)) out->push_back("  " + std::move(line));
  }

  void CheckExpr(const ExprCase& one) {
    const base::Timestamp at = test_.start + one.eval_time;
    const std::string where = "expr " + base::Quoted(one.expr) + " at " + EvalTimeText(one.eval_time);
    const auto query = engine_.Prepare(one.expr);
    if (!query.ok()) {
      Fail(one.mark, where + ": " + query.status().message());
      return;
    }
    promql::QueryResult result = engine_.Instant(store_, **query, at.ms, {});
    if (!result.status.ok()) {
      Fail(one.mark, where + ": " + result.status.message());
      return;
    }
    promql::Vector vector;
    if (auto* samples = std::get_if<promql::Vector>(&result.value)) {
      vector = std::move(*samples);
    } else if (const auto* scalar = std::get_if<promql::Scalar>(&result.value)) {
      vector.push_back({{}, scalar->t_ms, scalar->value, nullptr});
    } else {
      Fail(one.mark, where + ": the result is not a vector or scalar");
      return;
    }
    auto failure = CheckSamples(one, vector, file_.fuzzy_compare);
    if (!failure) return;
    RuleText text;
    text.expr = one.expr;
    AppendEvidence(text, *(*query)->expr, at, &failure->lines);
    if (at > now_) {
      failure->lines.push_back("samples after " + TimeText(now_) + ", the last evaluation, are not loaded");
    }
    report_.failures.push_back(std::move(*failure));
  }

  TestFailure& Fail(const config::Mark& mark, std::string headline) {
    return report_.failures.emplace_back(TestFailure{mark, std::move(headline), {}});
  }

  std::string TimeText(base::Timestamp at) const { return base::DurationText(at - test_.start); }

  std::string DumpText() {
    return "  DEBUG: test \"" + test_.title + "\": all series at " + TimeText(now_) + ":\n" +
           DumpStore(store_, test_.start.ms);
  }

  const TestFile& file_;
  const TestCase& test_;
  const TestRunOptions& options_;
  base::RealClock real_clock_;  // time-outs and durations
  base::FakeClock clock_;
  QuietLogger log_;
  storage::MemoryStorage store_;
  promql::Engine engine_;
  TemplateCounters counters_;
  InputLoader input_;
  std::vector<std::shared_ptr<RuleGroup>> groups_;
  base::Timestamp now_;  // of the evaluation
  size_t samples_written_ = 0;
  TestReport report_;
};

}  // namespace

TestReport RunTest(const TestFile& file, const TestCase& test, std::span<const GroupText> groups,
                   const TestRunOptions& options) {
  return TestRun(file, test, options).Run(groups);
}

}  // namespace bekci::ruler::testing
