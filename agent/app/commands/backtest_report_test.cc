// What backtests are told as, which rules count as changed, and the rules that a server says it runs.
#include "agent/app/commands/backtest_report.h"

#include <doctest/doctest.h>

#include "agent/app/commands/api_history.h"
#include "agent/app/commands/rule_changes.h"
#include "agent/ruler/rule_file.h"

namespace bekci::app::commands::backtest_report_test {
namespace {

std::vector<ruler::GroupText> Groups(const std::string& rules) {
  auto file = ruler::ParseRuleFile("groups: [{name: g, rules: [" + rules + "]}]", "r.yml", {});
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  return std::move(file->groups);
}

std::vector<RuleChange> Changes(const std::string& rules, const std::string& current) {
  const auto changes = ChangesOf(Groups(rules), Groups(current), base::seconds(15), {});
  REQUIRE(changes.ok());
  return changes->at(0);
}

TEST_CASE("a rule is the same however it is written, and changed where it fires otherwise") {
  const std::string now = "{alert: A, expr: 'sum(up) by (job)>1', for: 1m, labels: {a: b}}";
  const auto change = [&](const std::string& rule) { return Changes(rule, now).at(0).change; };
  CHECK(change("{alert: A, expr: 'sum by (job) (up) > 1', for: 60s, labels: {a: b}, annotations: {x: y}}") ==
        Change::kSame);
  CHECK(change("{alert: A, expr: 'sum by (job) (up) > 2', for: 60s, labels: {a: b}}") == Change::kChanged);
  CHECK(change("{alert: A, expr: 'sum by (job) (up) > 1', for: 2m, labels: {a: b}}") == Change::kChanged);
  CHECK(change("{alert: A, expr: 'sum by (job) (up) > 1', for: 1m, labels: {a: c}}") == Change::kChanged);
  CHECK(change("{alert: B, expr: 'sum by (job) (up) > 1'}") == Change::kNew);
  CHECK(change("{record: A, expr: 'sum by (job) (up) > 1'}") == Change::kNew);
}

TEST_CASE("of several rules of one name each finds its own counterpart, by labels first") {
  const auto changes = Changes(
      "{alert: A, expr: up > 9, labels: {s: high}}, {alert: A, expr: up > 1, labels: {s: low}}, {alert: A, expr: up}",
      "{alert: A, expr: up > 1, labels: {s: low}}, {alert: A, expr: up > 2, labels: {s: high}}");
  CHECK(changes[0].current == std::pair<size_t, size_t>{0, 1});
  CHECK(changes[0].change == Change::kChanged);
  CHECK(changes[1].current == std::pair<size_t, size_t>{0, 0});
  CHECK(changes[1].change == Change::kSame);
  CHECK(changes[2].change == Change::kNew);
}

TEST_CASE("the rules that a server says it runs are read back; nonsense is refused or empty") {
  const auto groups = GroupsOfAnswer(
      R"({"status":"success","data":{"groups":[{"name":"g","file":"f","interval":60,"rules":[
        {"type":"alerting","name":"A","query":"up > 1","duration":90,"keepFiringFor":5,"labels":{"b":"2","a":"1"}},
        {"type":"recording","name":"r","query":"up"}]}]}})");
  REQUIRE(groups.ok());
  REQUIRE(groups->size() == 1);
  CHECK(groups->at(0).interval == base::minutes(1));
  REQUIRE(groups->at(0).rules.size() == 2);
  CHECK(groups->at(0).rules[0].hold == base::seconds(90));
  CHECK(groups->at(0).rules[0].labels == ruler::TextMap{{"a", "1"}, {"b", "2"}});
  CHECK_FALSE(groups->at(0).rules[1].alerting);
  for (const char* const nonsense : {"", "[]", "{}", R"({"data":[]})", R"({"data":{}})"}) {
    CHECK_FALSE(GroupsOfAnswer(nonsense).ok());
  }
  CHECK(GroupsOfAnswer(R"({"data":{"groups":[1,{"rules":[2,{"labels":3}]}]}})").ok());
  base::Duration interval = base::seconds(15);
  base::Duration offset{};
  TakeGlobal(R"({"data":{"yaml":"global:\n  evaluation_interval: 2m\n  rule_query_offset: 3s\n"}})", &interval,
             &offset);
  TakeGlobal(R"({"data":{"yaml":"- :: [\n"}})", &interval, &offset);
  CHECK(interval == base::minutes(2));
  CHECK(offset == base::seconds(3));
  CHECK(GroupsOfAnswer(R"({"status":"error","error":"no"})").status().message() == "no");
}

TEST_CASE("the table shows a changed rule beside what it is now, its last firings, and what failed") {
  ComparedRule rule;
  rule.group.file = "r.yml";
  rule.rule = Groups("{alert: Slow, expr: up > 1}").at(0).rules.at(0);
  rule.change = Change::kChanged;
  rule.result.firings = 4;
  rule.result.alerts = 2;
  rule.result.firing_time = base::minutes(90);
  rule.result.longest = base::seconds(75);
  rule.result.near_misses = 3;
  rule.result.shown = {{{{"a", "b"}}, {1'000}, {2'000}, {62'000}}, {{{"a", "c"}}, {1'000}, {90'000}, {}}};
  rule.current = ruler::BacktestResult();
  rule.current->error = "bad";
  rule.current->evaluations = 10;
  rule.current->failed = 7;
  const BacktestSpan span = {{0}, {10 * 3'600'000}};
  const std::string table = BacktestTable({rule}, span);
  CHECK(table ==
        "RULE                     FIRED  ALERTS  TIME FIRING    SHARE  LONGEST  NEAR MISSES\n"
        "Slow            changed      4       2        1h30m  15.00 %    1m15s            3\n"
        "  as it is now               0       0            -   0.00 %        -            0\n"
        "\n"
        "Slow, the last of 4:\n"
        "  1970-01-01T00:00:02Z  for 1m  {a=\"b\"}\n"
        "  1970-01-01T00:01:30Z  still firing  {a=\"c\"}\n"
        "\n"
        "r.yml:1: Slow as it is now: 7 of 10 evaluations failed: bad\n");
  const std::string json = BacktestJson({rule}, span);
  CHECK(json.find("\"firingSeconds\": 5400") != std::string::npos);
  CHECK(json.find("\"change\": \"changed\"") != std::string::npos);
  CHECK(json.find("\"resolvedAt\": \"1970-01-01T00:01:02Z\"") != std::string::npos);
}

}  // namespace
}  // namespace bekci::app::commands::backtest_report_test
