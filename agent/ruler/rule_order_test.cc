#include "agent/ruler/rule_order.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/ruler/test_rules.h"

namespace bekci::ruler::rule_order_test {
namespace {

using Stages = std::vector<std::vector<size_t>>;

// "name = expr" records, "Name: expr" alerts.
std::shared_ptr<const Rule> Made(const std::string& line) {
  RuleText text;
  const size_t blank = line.find(' ');
  text.alerting = line[blank - 1] == ':';
  text.name = line.substr(0, blank - (text.alerting ? 1 : 0));
  text.expr = line.substr(blank + (text.alerting ? 1 : 3));
  return TestRule(text);
}

Stages StagesOfLines(const std::vector<std::string>& lines) {
  std::vector<std::shared_ptr<const Rule>> rules;
  for (const std::string& line : lines) rules.push_back(Made(line));
  return StagesOf(rules);
}

TEST_CASE("rules that do not see each other share a stage; who reads what another writes comes after it") {
  CHECK(StagesOfLines({}).empty());
  CHECK(StagesOfLines({"a = x", "b = y", "C: z > 0"}) == Stages{{0, 1, 2}});
  CHECK(StagesOfLines({"a = x", "b = a", "c = b"}) == Stages{{0}, {1}, {2}});
  CHECK(StagesOfLines({"a = x", "b = a", "c = x"}) == Stages{{0, 2}, {1}});
  CHECK(StagesOfLines({"a = x", "B: sum(rate(a[5m])) > 1"}) == Stages{{0}, {1}});
}

TEST_CASE("a rule that reads what a later one writes does not come after it: it sees what that wrote last time") {
  CHECK(StagesOfLines({"a = b", "b = x"}) == Stages{{0, 1}});
  CHECK(StagesOfLines({"x = y", "a = b + x", "b = z"}) == Stages{{0}, {1, 2}});
}

TEST_CASE("two rules that write one series keep their order") {
  const Stages stages = StagesOfLines({"x = y", "a = x", "a = z"});
  CHECK(stages == Stages{{0}, {1, 2}});
}

TEST_CASE("a selector that does not name its metric may read anything that its matchers let through") {
  CHECK(StagesOfLines({"a:b = x", "c = count({__name__=~\"a:.*\"})"}) == Stages{{0}, {1}});
  CHECK(StagesOfLines({"a:b = x", "c = count({__name__=~\"q:.*\"})"}) == Stages{{0, 1}});
  CHECK(StagesOfLines({"a = x", "c = count({job=\"j\"})"}) == Stages{{0}, {1}});
}

TEST_CASE("who looks at ALERTS comes after the alerts before it") {
  CHECK(StagesOfLines({"A: x > 0", "c = count(ALERTS)"}) == Stages{{0}, {1}});
  CHECK(StagesOfLines({"A: x > 0", "c = max(ALERTS_FOR_STATE)"}) == Stages{{0}, {1}});
  CHECK(StagesOfLines({"c = count(ALERTS)", "A: x > 0"}) == Stages{{0, 1}});
}

// What the stages promise, for every pair of rules: the same as running them one after the other.
TEST_CASE("in whatever order rules stand, no stage lets one see more or less than it would alone") {
  const std::vector<std::string> lines = {"a = b", "b = c", "c = a + x", "d = {__name__=~\"a|d\"}", "E: ALERTS"};
  std::vector<size_t> order = {0, 1, 2, 3, 4};
  const auto reads = [](const Rule& rule, std::string_view name) {
    return std::any_of(rule.reads.begin(), rule.reads.end(), [&](const auto& matchers) {
      return std::all_of(matchers.begin(), matchers.end(), [&](const auto& matcher) { return matcher.Matches(name); });
    });
  };
  do {
    std::vector<std::shared_ptr<const Rule>> rules;
    for (const size_t i : order) rules.push_back(Made(lines[i]));
    std::vector<size_t> stage_of(rules.size());
    const Stages stages = StagesOf(rules);
    for (size_t s = 0; s < stages.size(); ++s) {
      for (const size_t i : stages[s]) stage_of[i] = s;
    }
    for (size_t first = 0; first < rules.size(); ++first) {
      for (size_t second = first + 1; second < rules.size(); ++second) {
        const auto writes = [](const Rule& rule) {
          return rule.alerting() ? std::string(kAlertsMetric) : rule.text.name;
        };
        if (reads(*rules[second], writes(*rules[first]))) CHECK(stage_of[first] < stage_of[second]);
        if (reads(*rules[first], writes(*rules[second]))) CHECK(stage_of[first] <= stage_of[second]);
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace bekci::ruler::rule_order_test
