#include "agent/ruler/rule_file.h"

#include <doctest/doctest.h>

#include <string>

namespace bekci::ruler::rule_file_test {
namespace {

std::string ErrorOf(const std::string& yaml) {
  const auto file = ParseRuleFile(yaml, "r.yml", {});
  return file.ok() ? "" : file.status().message();
}

// A group with one rule whose lines are given.
std::string OneRule(const std::string& rule) {
  return "groups:\n  - name: g\n    rules:\n      - " + rule + "\n";
}

TEST_CASE("a file is read into groups and rules as they are written") {
  const auto file = ParseRuleFile(R"(
groups:
  - name: g
    interval: 30s
    query_offset: 1m
    limit: 10
    labels: {team: shop}
    rules:
      - record: a:b
        expr: sum(x)
        labels: {z: "1", a: "{{ not a template }}"}
      - alert: Down
        expr: up == 0
        for: 5m
        keep_firing_for: 1h
        labels: {severity: page}
        annotations: {summary: "{{ $labels.instance }} is down"}
  - name: h
)",
                                  "r.yml", {});
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  REQUIRE(file->groups.size() == 2);
  const GroupText& group = file->groups[0];
  CHECK(group.file == "r.yml");
  CHECK(group.name == "g");
  CHECK(group.interval == base::Duration(base::seconds(30)));
  CHECK(group.query_offset == base::Duration(base::minutes(1)));
  CHECK(group.limit == 10);
  CHECK(group.labels == TextMap{{"team", "shop"}});
  CHECK(group.mark.line == 3);
  REQUIRE(group.rules.size() == 2);
  const RuleText& record = group.rules[0];
  CHECK(!record.alerting);
  CHECK(record.name == "a:b");
  CHECK(record.expr == "sum(x)");
  CHECK(record.labels == TextMap{{"a", "{{ not a template }}"}, {"z", "1"}});
  CHECK(record.mark.line == 9);
  const RuleText& alert = group.rules[1];
  CHECK(alert.alerting);
  CHECK(alert.hold == base::Duration(base::minutes(5)));
  CHECK(alert.keep_firing_for == base::Duration(base::hours(1)));
  CHECK(alert.annotations == TextMap{{"summary", "{{ $labels.instance }} is down"}});
  CHECK(alert.expr_mark.line == 13);
  CHECK(!file->groups[1].interval.has_value());
  CHECK(RuleTitle(group, 2) == "group \"g\", rule 2, \"Down\"");
}

TEST_CASE("an empty file is good and has no groups") {
  CHECK(ParseRuleFile("", "r.yml", {})->groups.empty());
  CHECK(ParseRuleFile("groups:\n", "r.yml", {})->groups.empty());
  CHECK(ParseRuleFile("groups: []\n", "r.yml", {})->groups.empty());
}

TEST_CASE("what Prometheus refuses is refused, with file, line and rule") {
  const struct {
    std::string yaml;
    const char* says;
  } rows[] = {
      {"groups: [{rules: []}]", "r.yml:1: a group without a name"},
      {"groups: [{name: a}, {name: a}]", "\"a\" is repeated in the same file"},
      {"groups: {name: a}", "groups: expected a list"},
      {"grups: []", "unknown key \"grups\", did you mean \"groups\"?"},
      {OneRule("expr: up"), "r.yml:4: group \"g\", rule 1: one of 'record' or 'alert' must be set"},
      {OneRule("{record: a, alert: b, expr: up}"), "only one of 'record' and 'alert' must be set"},
      {OneRule("record: a"), "field 'expr' must be set in rule"},
      {OneRule("{record: a, expr: 'up('}"), "could not parse expression: 1:4: parse error"},
      {OneRule("{record: a, expr: rate(up)}"), "could not parse expression"},
      {OneRule("{record: a, expr: up, for: 5m}"), "invalid field 'for' in recording rule"},
      {OneRule("{record: a, expr: up, keep_firing_for: 5m}"), "invalid field 'keep_firing_for' in recording rule"},
      {OneRule("{record: a, expr: up, annotations: {a: b}}"), "invalid field 'annotations' in recording rule"},
      {OneRule("{record: 'a{b=\"c\"}', expr: up}"), "braces present in the recording rule name"},
      {OneRule("{alert: a, expr: up, labels: {__name__: b}}"), "invalid label name: \"__name__\""},
      {OneRule("{alert: a, expr: up, labels: {'': b}}"), "invalid label name: \"\""},
      {OneRule("{alert: a, expr: up, annotations: {'': b}}"), "invalid annotation name: \"\""},
      {OneRule("{alert: a, expr: up, annotations: {s: '{{ $label.x }}'}}"), "annotation \"s\": "},
      {OneRule("{alert: a, expr: up, labels: {s: '{{ nosuch 1 }}'}}"), "label \"s\": "},
      {OneRule("{alert: a, expr: up, for: 5}"), "for: "},
      {OneRule("{alert: a, expr: up, four: 5m}"), "unknown key \"four\", did you mean \"for\"?"},
      {"groups: [{name: a, limit: x}]", "limit: "},
      {"groups: [", "r.yml:1"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.yaml);
    const std::string error = ErrorOf(row.yaml);
    INFO(error);
    CHECK(error.find(row.says) != std::string::npos);
    CHECK(error.starts_with("r.yml:"));
  }
}

TEST_CASE("all mistakes of a file are told together, in the order of the file") {
  const std::string error = ErrorOf(
      "groups:\n  - name: g\n    rules:\n      - {record: a, expr: up, for: 5m}\n      - {alert: b, expr: 'up('}\n"
      "      - {alert: c}\n");
  const size_t first = error.find("r.yml:4");
  const size_t second = error.find("r.yml:5");
  const size_t third = error.find("r.yml:6");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
}

TEST_CASE("UTF-8 names are names; anchors and merges work; the group's labels are checked, too") {
  CHECK(ErrorOf(OneRule("{record: 'a.b/ü', expr: up, labels: {ins-tance: x}}")).empty());
  CHECK(ErrorOf("groups:\n  - name: g\n    rules:\n      - &r {record: a, expr: up}\n      - {<<: *r, record: b}\n")
            .empty());
  CHECK(ErrorOf("groups: [{name: g, labels: {__name__: x}}]").find("invalid label name") != std::string::npos);
}

TEST_CASE("a template in the group's labels that does not parse is told, as every alert of the group would carry it") {
  const std::string rules = "rules: [{alert: a, expr: up}]}]";
  CHECK(ErrorOf("groups: [{name: g, labels: {x: '{{ $nosuch }}'}, " + rules).find("label \"x\": ") !=
        std::string::npos);
  CHECK(ErrorOf("groups: [{name: g, labels: {x: '{{ $nosuch }}'}, rules: [{record: a, expr: up}]}]").empty());
}

TEST_CASE("unknown keys are passed over where somebody asks for it, and nothing else is") {
  const std::string yaml = "extra: 1\ngroups: [{name: g, owner: me, rules: [{record: a, expr: up, why: {x: y}}]}]\n";
  CHECK(!ParseRuleFile(yaml, "r.yml", {}).ok());
  const auto file = ParseRuleFile(yaml, "r.yml", {}, config::UnknownKeys::kIgnored);
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  CHECK(file->groups[0].rules[0].name == "a");
  CHECK(!ParseRuleFile(OneRule("record: a"), "r.yml", {}, config::UnknownKeys::kIgnored).ok());
}

TEST_CASE("what is experimental in PromQL needs its feature") {
  const std::string yaml = OneRule("{record: a, expr: 'mad_over_time(up[5m])'}");
  CHECK(!ParseRuleFile(yaml, "r.yml", {}).ok());
  promql::Features features;
  features.experimental_functions = true;
  CHECK(ParseRuleFile(yaml, "r.yml", features).ok());
}

TEST_CASE("only the first document of a file counts, and a second one is told") {
  const auto file = ParseRuleFile("groups: [{name: a}]\n---\ngroups: [{name: b}]\n", "r.yml", {});
  REQUIRE(file.ok());
  REQUIRE(file->groups.size() == 1);
  CHECK(file->groups[0].name == "a");
  REQUIRE(file->warnings.size() == 1);
  CHECK(file->warnings[0].starts_with("r.yml:"));
  CHECK(ParseRuleFile("", "r.yml", {})->groups.empty());
}

}  // namespace
}  // namespace bekci::ruler::rule_file_test
