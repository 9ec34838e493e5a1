#include "agent/ruler/slo/native_rules.h"

#include <doctest/doctest.h>

#include <cmath>

#include "agent/promql/engine.h"
#include "agent/promql/parser.h"
#include "agent/ruler/slo/generate.h"
#include "agent/storage/memory_storage.h"

namespace bekci::ruler::slo::native_rules_test {
namespace {

using base::Timestamp;

constexpr Timestamp kStart{1'767'225'600'000};

Slo Objective(const std::string& lines) {
  auto loaded =
      LoadSlos(std::vector<SourceText>{{"a.yml", "service: shop\nslos:\n- {name: pay, " + lines + "}\n"}}, {});
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  return loaded->slos.front();
}

// Runs the rules of one objective every minute over a store, in order, as any Prometheus does.
class Rules {
 public:
  explicit Rules(const Slo& slo) : groups_(NativeRules(slo, {})) {}

  void Put(const model::Labels& labels, Timestamp t, double value) {
    auto appender = store_.NewAppender();
    REQUIRE(appender->Append(0, labels, t.ms, value).ok());
    REQUIRE(appender->Commit().ok());
  }

  void Evaluate(Timestamp t) {
    firing_.clear();
    for (const GroupText& group : groups_) {
      for (const RuleText& rule : group.rules) EvaluateRule(rule, t);
    }
  }

  double Value(const std::string& query, Timestamp t) {
    const promql::Vector vector = Ask(query, t);
    return vector.size() == 1 ? vector.front().value : NAN;
  }
  const std::vector<std::string>& firing() const { return firing_; }

 private:
  promql::Vector Ask(const std::string& query, Timestamp t) {
    promql::QueryResult result = engine_.Instant(store_, query, t.ms, {});
    REQUIRE_MESSAGE(result.status.ok(), result.status.message());
    return std::get<promql::Vector>(std::move(result.value));
  }

  void EvaluateRule(const RuleText& rule, Timestamp t) {
    for (const promql::VectorElement& element : Ask(rule.expr, t)) {
      if (rule.alerting) {
        for (const auto& [name, value] : rule.labels) {
          if (name == "sloth_severity") firing_.push_back(value);
        }
        continue;
      }
      model::Labels labels = element.labels.With({{"__name__", rule.name}});
      for (const auto& [name, value] : rule.labels) labels = labels.With({{name, value}});
      Put(labels, t, element.value);
    }
  }

  base::FakeClock clock_;
  storage::MemoryStorage store_;
  promql::Engine engine_{{}, clock_};
  std::vector<GroupText> groups_;
  std::vector<std::string> firing_;
};

TEST_CASE("events are counted to the last one, and no bad events are zero") {
  Rules rules(Objective("objective: 99.9, bad: 'req{code=\"500\"}', total: req"));
  for (int i = 0; i <= 120; ++i) {
    const Timestamp t = kStart + base::minutes(i);
    rules.Put({{"__name__", "req"}, {"code", "200"}}, t, 60.0 * i);
    rules.Evaluate(t);
  }
  const Timestamp end = kStart + base::minutes(120);
  CHECK(rules.Value("slo_bad_events_total", end) == 0);
  CHECK(rules.Value("slo:sli_error:ratio_rate1h", end) == 0);
  // The rate needs two samples; from then on every minute has its 60.
  CHECK(rules.Value("increase(slo_events_total[1h])", end) == doctest::Approx(3600));
  CHECK(rules.Value("slo:period_error_budget_remaining:ratio", end) == 1);
  CHECK(rules.Value("slo_error_budget_remaining_events", end) ==
        doctest::Approx(0.001 * rules.Value("slo:events:increase30d", end)));
  CHECK(rules.Value("slo:period_data:days", end) == doctest::Approx(121.0 / 1440).epsilon(0.02));
  CHECK(rules.firing().empty());
}

TEST_CASE("an outage pages, and the page ends soon after it") {
  Rules rules(Objective("objective: 99.9, bad: 'req{code=\"500\"}', total: req"));
  double good = 0, bad = 0;
  int first = -1, last = -1;
  for (int i = 0; i <= 200; ++i) {
    const Timestamp t = kStart + base::minutes(i);
    (i > 100 && i <= 110 ? bad : good) += 60;
    rules.Put({{"__name__", "req"}, {"code", "200"}}, t, good);
    rules.Put({{"__name__", "req"}, {"code", "500"}}, t, bad);
    rules.Evaluate(t);
    if (std::find(rules.firing().begin(), rules.firing().end(), "page") == rules.firing().end()) continue;
    if (first < 0) first = i;
    last = i;
  }
  CHECK(first >= 101);
  CHECK(first <= 104);
  // The short window of the slower pair is half an hour.
  CHECK(last <= 145);
  CHECK(last >= 110);
}

TEST_CASE("a single error at low traffic wakes nobody, three do") {
  for (const int errors : {1, 2, 3, 6}) {
    CAPTURE(errors);
    Rules rules(Objective("objective: 99.9, probe: up"));
    bool fired = false;
    for (int i = 0; i <= 180; ++i) {
      const Timestamp t = kStart + base::minutes(i);
      rules.Put({{"__name__", "up"}}, t, i > 100 && i <= 100 + errors ? 0 : 1);
      rules.Evaluate(t);
      fired = fired || !rules.firing().empty();
    }
    CHECK(fired == (errors >= 3));
  }
}

TEST_CASE("the recorded certainty is Wilson's") {
  Rules rules(Objective("objective: 99, bad: 'req{code=\"500\"}', total: req, confidence: 0.975"));
  for (int i = 0; i <= 90; ++i) {
    const Timestamp t = kStart + base::minutes(i);
    rules.Put({{"__name__", "req"}, {"code", "200"}}, t, 9.0 * i);
    rules.Put({{"__name__", "req"}, {"code", "500"}}, t, 1.0 * i);
    rules.Evaluate(t);
  }
  const Timestamp end = kStart + base::minutes(90);
  const double n = rules.Value("slo:events:increase1h", end);
  const double b = rules.Value("slo:bad_events:increase1h", end);
  const double z = NormalQuantile(0.975);
  CHECK(z == doctest::Approx(1.959963985));
  const double p = b / n;
  const double wilson = (p + z * z / (2 * n) - z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n);
  CHECK(rules.Value("slo:sli_error:ratio_certain1h", end) == doctest::Approx(wilson));
}

TEST_CASE("slices and raw ratios fire by their own means") {
  for (const char* indicator : {"slices: {query: queue, op: lt, value: 5}", "raw: 'avg_over_time(bad[{{.window}}])'"}) {
    CAPTURE(indicator);
    Rules rules(Objective(std::string("objective: 99, ") + indicator));
    bool before = false, after = false;
    for (int i = 0; i <= 120; ++i) {
      const Timestamp t = kStart + base::minutes(i);
      rules.Put({{"__name__", "queue"}}, t, i < 60 ? 1 : 9);
      rules.Put({{"__name__", "bad"}}, t, i < 60 ? 0 : 1);
      rules.Evaluate(t);
      (i < 60 ? before : after) |= !rules.firing().empty();
    }
    CHECK(!before);
    CHECK(after);
  }
}

TEST_CASE("an objective that is split has a budget for each part") {
  Rules rules(Objective("objective: 99, bad: 'req{code=\"500\"}', total: req, by: [handler]"));
  for (int i = 0; i <= 60; ++i) {
    const Timestamp t = kStart + base::minutes(i);
    for (const char* handler : {"/", "/pay"}) {
      rules.Put({{"__name__", "req"}, {"code", "200"}, {"handler", handler}}, t, 60.0 * i);
    }
    rules.Put({{"__name__", "req"}, {"code", "500"}, {"handler", "/pay"}}, t, 20.0 * i);
    rules.Evaluate(t);
  }
  const Timestamp end = kStart + base::minutes(60);
  CHECK(rules.Value("slo:sli_error:ratio_rate5m{handler=\"/\"}", end) == 0);
  CHECK(rules.Value("slo:sli_error:ratio_rate5m{handler=\"/pay\"}", end) == doctest::Approx(0.25));
  CHECK(rules.Value("count(slo_events_total)", end) == 2);
  CHECK(rules.firing() == std::vector<std::string>{"page", "ticket"});
}

TEST_CASE("every expression of every style parses") {
  for (const char* indicator :
       {"bad: b, total: t", "good: g, total: t", "latency: {histogram: h, threshold: 1s}",
        "latency: {histogram: h, threshold: 1s, native: true}", "slices: {query: q, value: 1}", "probe: up",
        "raw: 'rate(r[{{.window}}])'", "bad: b, total: t, window: 6h", "bad: b, total: t, window: quarter"}) {
    CAPTURE(indicator);
    const Slo slo = Objective(std::string("objective: 99.95, ") + indicator);
    for (const RuleStyle style : {RuleStyle::kNative, RuleStyle::kSloth}) {
      for (const GroupText& group : RulesOf(slo, style, {})) {
        for (const RuleText& rule : group.rules) {
          CAPTURE(rule.expr);
          CHECK(promql::ParseExpr(rule.expr, {}).status().message() == "");
        }
      }
    }
  }
}

}  // namespace
}  // namespace bekci::ruler::slo::native_rules_test
