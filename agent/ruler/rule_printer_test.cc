#include "agent/ruler/rule_printer.h"

#include <doctest/doctest.h>

#include "agent/config/node.h"

namespace bekci::ruler::rule_printer_test {
namespace {

TEST_CASE("every text reads back as itself, and none as a number, a bool or a date") {
  const std::string texts[] = {"",        "plain text",   "2",    "1e3",      "yes",        "On",   "null",
                               "~",       "2026-01-01",   "0x1f", "a: b",     "a #b",       "a:",   "- a",
                               "{a}",     "\"q\"",        "it's", "a\nb",     "a\nb\n",     "\na",  " a\nb",
                               "a\n\n",   "tab\there",    "a ",   "{{ $x }}", "sum(a) > 1", "a\\b", "\x01",
                               "ünïcode", "slo:x:rate5m", "%a",   "@b",       "`c`",        "a, b", "[x]",
                               "a\r\nb",  "!x",           "&y",   "*z"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    const std::string yaml = "key: " + YamlText(text, 0) + "\nnext: x\n";
    CAPTURE(yaml);
    const auto parsed = config::ParseYaml(yaml, "t.yml");
    REQUIRE_MESSAGE(parsed.ok(), parsed.status().message());
    CHECK(parsed->entries.at(0).second.scalar == text);
    CHECK(parsed->entries.at(1).second.scalar == "x");
  }
  for (const char* text : {"2", "1e3", "yes", "On", "null", "2026-01-01", "0x1f", "y", ".inf"}) {
    CHECK(YamlText(text, 0).front() == '"');
  }
}

TEST_CASE("a group is printed as people write it") {
  GroupText group;
  group.name = "shop";
  group.interval = base::minutes(1);
  group.limit = 10;
  group.labels = {{"team", "web"}};
  RuleText record;
  record.name = "a:b";
  record.expr = "sum(a)\n/\nsum(b)\n";
  RuleText alert;
  alert.alerting = true;
  alert.name = "Down";
  alert.expr = "up{job=\"shop\"} == 0";
  alert.hold = base::minutes(5);
  alert.keep_firing_for = base::seconds(90);
  alert.labels = {{"severity", "critical"}, {"tier", "2"}};
  alert.annotations = {{"summary", "{{ $labels.instance }} is \"down\""}};
  group.rules = {record, alert};
  CHECK(PrintRules(std::vector<GroupText>{group}) ==
        "groups:\n"
        "- name: shop\n"
        "  interval: 1m\n"
        "  limit: 10\n"
        "  labels:\n"
        "    team: web\n"
        "  rules:\n"
        "  - record: a:b\n"
        "    expr: |\n"
        "      sum(a)\n"
        "      /\n"
        "      sum(b)\n"
        "  - alert: Down\n"
        "    expr: up{job=\"shop\"} == 0\n"
        "    for: 5m\n"
        "    keep_firing_for: 1m30s\n"
        "    labels:\n"
        "      severity: critical\n"
        "      tier: \"2\"\n"
        "    annotations:\n"
        "      summary: '{{ $labels.instance }} is \"down\"'\n");
  CHECK(PrintRules({}) == "groups: []\n");
}

}  // namespace
}  // namespace bekci::ruler::rule_printer_test
