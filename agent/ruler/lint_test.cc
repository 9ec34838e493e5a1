#include "agent/ruler/lint.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/ruler/test_rules.h"

namespace bekci::ruler::lint_test {
namespace {

// What the lint `name` says of the rules in `yaml` (entries of a list), one line each.
std::vector<std::string> Found(const std::string& name, const std::string& rules,
                               const std::set<std::string>* metrics = nullptr) {
  const std::vector<GroupText> groups = TestGroups("groups:\n  - name: g\n    rules:\n" + rules);
  const auto selected = SelectLints(name);
  REQUIRE(selected.ok());
  LintInput input;
  input.groups = groups;
  input.metrics = metrics;
  std::vector<std::string> lines;
  for (const LintFinding& finding : LintRules(input, *selected)) {
    CHECK(finding.lint->name == name);
    lines.push_back(finding.ToString());
  }
  return lines;
}

std::string Alert(const std::string& expr, const std::string& more = "") {
  return "      - alert: A\n        expr: '" + expr + "'\n" + (more.empty() ? "" : "        " + more + "\n");
}

struct Row {
  const char* lint;
  std::string rules;
  const char* says;  // empty: nothing is found
};

void CheckRows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    CAPTURE(row.lint);
    CAPTURE(row.rules);
    const auto found = Found(row.lint, row.rules);
    if (*row.says == '\0') {
      CHECK_MESSAGE(found.empty(), found.front());
      continue;
    }
    REQUIRE(found.size() == 1);
    INFO(found[0]);
    CHECK(found[0].find(row.says) != std::string::npos);
    CHECK(found[0].starts_with("r.yml:"));
    CHECK(found[0].ends_with("[" + std::string(row.lint) + "]"));
  }
}

TEST_CASE("a comparison that no value can meet is told with the bounds that say so") {
  CheckRows({
      {"never-true", Alert("up > 1"), "up > 1 is never true: up is between 0 and 1"},
      {"never-true", Alert("up == 2"), "never true"},
      {"never-true", Alert("mysql_up < 0"), "never true"},
      {"never-true", Alert("rate(x[5m]) < 0"), "is at least 0"},
      {"never-true", Alert("sum by (job) (increase(x[5m])) < 0"), "is at least 0"},
      {"never-true", Alert("count(up) == 0"), "ask absent(...)"},
      {"never-true", Alert("count by (job) (x) < 1"), "is at least 1"},
      {"never-true", Alert("absent(x) == 0"), "always 1"},
      {"never-true", Alert("hour() > 23"), "between 0 and 23"},
      {"never-true", Alert("day_of_week() == 7"), "between 0 and 6"},
      {"never-true", Alert("a_hit_ratio > 90"), "as a percentage"},
      {"never-true", Alert("a_hit_ratio * 100 > 100"), "between 0 and 100"},
      {"never-true", Alert("1 - a_hit_ratio < 0"), "between 0 and 1"},
      {"never-true", Alert("100 * (1 - avg(rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))) > 100"), "at most 100"},
      {"never-true", Alert("clamp_max(x, 10) > 10"), "at most 10"},
      {"never-true", Alert("(x > 5) < 3"), "above 5"},
      {"never-true", Alert("x > 5 and x < 3"), "no value of x meets both"},
      {"never-true", Alert("x > 5 and y == 1 and x < 3"), "no value of x meets both"},
      {"never-true", Alert("vector(1) > 2"), "always 1"},
      {"never-true", Alert("2 < up"), "up is between 0 and 1"},
      {"never-true", Alert("up != bool 0 > 1"), "between 0 and 1"},
  });
}

TEST_CASE("a comparison that may be met is left alone") {
  for (const char* expr : {"up == 0",
                           "up < 1",
                           "up >= 1",
                           "up != 1",
                           "rate(x[5m]) <= 0",
                           "rate(x[5m]) == 0",
                           "count(up) < 2",
                           "count(up == 0) > 0",
                           "(count(x) or vector(0)) == 0",
                           "absent(x)",
                           "absent(x) == 1",
                           "hour() >= 23",
                           "a_hit_ratio < 0.9",
                           "a_hit_ratio * 100 < 90",
                           "a_compression_ratio > 3",
                           "delta(x[5m]) < 0",
                           "deriv(x[5m]) < 0",
                           "x > 5 and x < 8",
                           "x > 5 and on (job) x < 3",
                           "x > 5 or x < 3",
                           "x > 5 and y < 3",
                           "x > y",
                           "sum(up) > 10",
                           "min(up) == 0",
                           "-x < 0",
                           "x - y < 0",
                           "x / y > 1",
                           "sum(rate(a[5m])) / sum(rate(b[5m])) > 1",
                           "predict_linear(x[1h], 3600) < 0",
                           "changes(x[5m]) > 2",
                           "quantile(0.9, up) > 0",
                           "x > +Inf or x < 1 / 0",
                           "sum(a) by (job) unless on (job) up == 1",
                           "scalar(up) * x > 100",
                           "histogram_quantile(0.9, x) > 1",
                           "avg_over_time(up[1h]) * 100 < 95",
                           "stddev(x) > 0",
                           "sum(up) / count(up) < 1"}) {
    CAPTURE(expr);
    const bool infinite = std::string_view(expr).find("+Inf") != std::string_view::npos;
    CHECK(Found("never-true", Alert(expr)).size() == (infinite ? 1 : 0));
  }
}

TEST_CASE("an alert on a bool comparison fires always; a recording rule may well record one") {
  CheckRows({{"bool-alert", Alert("up == bool 0"), "leave out `bool`"},
             {"bool-alert", Alert("(x > bool 5)"), "leave out `bool`"},
             {"bool-alert", Alert("up == 0"), ""},
             {"bool-alert", Alert("(up == bool 0) > 0"), ""},
             {"bool-alert", "      - {record: 'a:b:c', expr: up == bool 0}\n", ""}});
}

TEST_CASE("a rate over a short window needs a `for`, unless it asks whether anything happened") {
  CheckRows({{"missing-for", Alert("rate(x[5m]) > 10"), "a rate over 5m is noisy"},
             {"missing-for", Alert("sum by (job) (rate(x[1m])) * 60 > 10"), "a rate over 1m is noisy"},
             {"missing-for", Alert("irate(x[1h]) > 10"), "a rate over two samples is noisy"},
             {"missing-for", Alert("rate(x[5m]) > 10", "for: 5m"), ""},
             {"missing-for", Alert("rate(x[1h]) > 10"), ""},
             {"missing-for", Alert("rate(x[5m]) > 0"), ""},
             {"missing-for", Alert("rate(x[5m]) == 0"), ""},
             {"missing-for", Alert("increase(x[5m]) > 3"), ""},
             {"missing-for", Alert("avg_over_time(rate(x[1m])[1h:]) > 10"), ""},
             {"missing-for", Alert("x > 10"), ""},
             {"missing-for", "      - {record: 'a:b:c', expr: 'rate(x[5m]) > 10'}\n", ""}});
}

TEST_CASE("the value in a label is told, in an annotation it belongs") {
  CheckRows({{"value-in-label", Alert("x > 1", "labels: {v: \"is {{ $value }}\"}"), "label \"v\" has the value in it"},
             {"value-in-label", Alert("x > 1", "labels: {v: \"{{ .Value | humanize }}\"}"), "has the value in it"},
             {"value-in-label", Alert("x > 1", "labels: {v: \"{{ $labels.value }}\"}"), ""},
             {"value-in-label", Alert("x > 1", "annotations: {v: \"{{ $value }}\"}"), ""},
             {"value-in-label", Alert("x > 1", "labels: {v: plain}"), ""}});
}

TEST_CASE("a label made from one with a value per user or request is told") {
  CheckRows(
      {{"high-cardinality-label", Alert("x > 1", "labels: {v: \"{{ $labels.user_id }}\"}"), "made from user_id"},
       {"high-cardinality-label", Alert("x > 1", "labels: {v: '{{ index $labels \"path\" }}'}"), "made from path"},
       {"high-cardinality-label", Alert("x > 1", "labels: {v: \"{{ $labels.job }}\"}"), ""},
       {"high-cardinality-label", Alert("x > 1", "annotations: {v: \"{{ $labels.path }}\"}"), ""}});
}

TEST_CASE("a label that the expression does not keep is told where a template uses it") {
  const auto uses = [](const std::string& label) { return "annotations: {s: \"{{ $labels." + label + " }}\"}"; };
  CheckRows({
      {"dropped-label", Alert("sum(x) > 1", uses("job")),
       "$labels.job in annotation \"s\" is empty: the expression keeps no label"},
      {"dropped-label", Alert("sum by (job, dc) (x) > 1", uses("instance")), "keeps only dc, job"},
      {"dropped-label", Alert("sum without (instance) (x) > 1", uses("instance")), "takes that label away"},
      {"dropped-label", Alert("sum by (a) (x) / on (a) sum by (a, b) (y) > 1", uses("b")), "keeps only a"},
      {"dropped-label", Alert("x - ignoring (b) y > 1", uses("b")), "takes that label away"},
      {"dropped-label", Alert("absent(up{job=\"j\"})", uses("instance")), "keeps only job"},
      {"dropped-label", Alert("vector(1)", uses("job")), "keeps no label"},
      {"dropped-label", Alert("histogram_quantile(0.9, sum by (le, job) (rate(x[5m]))) > 1", uses("le")), "only job"},
      {"dropped-label", Alert("sum(x) > 1", "annotations: {s: \"{{ .Labels.job }}\"}"), "$labels.job in"},
      {"dropped-label", Alert("sum(x) > 1", "annotations: {s: \"{{ printf \\\"%s\\\" $.Labels.job }}\"}"),
       "$labels.job in"},
      {"dropped-label",
       Alert("sum(x) > 1",
             "annotations: {s: \"{{ range $i, $d := query `x` }}{{ $d.Labels.job }}{{ .Labels.job }}{{ end "
             "}}\"}"),
       ""},
      {"dropped-label", Alert("sum by (job) (x) > 1", uses("job")), ""},
      {"dropped-label", Alert("sum without (a) (x) > 1", uses("instance")), ""},
      {"dropped-label", Alert("x > 1", uses("anything")), ""},
      {"dropped-label", Alert("topk by (job) (3, x) > 1", uses("instance")), ""},
      {"dropped-label", Alert("count_values by (job) (\"version\", x) > 1", uses("version")), ""},
      {"dropped-label", Alert("sum by (a) (x) * on (a) group_left (b) y > 1", uses("b")), ""},
      {"dropped-label", Alert("label_replace(sum by (a) (x), \"b\", \"$1\", \"a\", \"(.*)\") > 1", uses("b")), ""},
      {"dropped-label", Alert("sum by (a) (x) > 1 or sum by (b) (x) > 1", uses("b")), ""},
      {"dropped-label", Alert("x > 1 and on (a) sum by (a) (y) > 1", uses("instance")), ""},
      {"dropped-label", Alert("sum(x) > 1", "annotations: {s: \"{{ if $labels.job }}x{{ end }}\"}"), ""},
      {"dropped-label", Alert("sum(x) > 1", "annotations: {s: \"$labels.job in plain text\"}"), ""},
  });
}

TEST_CASE("two rules with the same name and labels are told, once for each further one") {
  const std::string one = "      - {record: 'a:b:c', expr: x}\n";
  const std::string labelled = "      - {record: 'a:b:c', expr: x, labels: {q: '1'}}\n";
  CheckRows({{"duplicate-rules", one + one, "the rule at line 4"},
             {"duplicate-rules", one + one, "the expression is the same"},
             {"duplicate-rules", one + labelled, ""},
             {"duplicate-rules", one, ""}});
  CHECK(Found("duplicate-rules", one + one + one).size() == 2);
}

TEST_CASE("a recording rule by another name than level:metric:operations is an info") {
  CheckRows({{"recording-name", "      - {record: total, expr: x}\n", "level:metric:operations"},
             {"recording-name", "      - {record: 'job:x:rate5m', expr: x}\n", ""},
             {"recording-name", "      - {record: 'instance:x', expr: x}\n", ""},
             {"recording-name", Alert("x > 1"), ""}});
  CHECK(Found("recording-name", "      - {record: total, expr: x}\n")[0].find(": info: ") != std::string::npos);
}

TEST_CASE("a metric that neither the store nor a rule has is told, where the names are known") {
  const std::set<std::string> metrics = {"node_load1", "up"};
  const auto found = [&](const std::string& expr) {
    return Found("unknown-metric", "      - {record: 'a:b:c', expr: up}\n" + Alert(expr), &metrics);
  };
  REQUIRE(found("node_load2 > 1").size() == 1);
  CHECK(found("node_load2 > 1")[0].find("no metric node_load2, did you mean node_load1?") != std::string::npos);
  CHECK(found("rate({__name__=~\"up|down\"}[5m]) > 1")[0].find("no metric down") != std::string::npos);
  CHECK(found("node_load1 > 1 and a:b:c > 0").empty());
  CHECK(found("absent(backup_done)").empty());
  CHECK(found("ALERTS{alertname=\"x\"}").empty());
  CHECK(found("{__name__=~\"down.*\"}").empty());
  CHECK(Found("unknown-metric", Alert("nobody_has_this > 1")).empty());
}

TEST_CASE("lints are chosen by name, and one alert can switch one off") {
  CHECK(SelectLints("all")->size() == AllLints().size());
  CHECK(SelectLints("none")->empty());
  CHECK(*SelectLints("never-true, missing-for") == std::set<std::string_view>{"missing-for", "never-true"});
  CHECK(SelectLints("all,-missing-for")->size() == AllLints().size() - 1);
  CHECK(SelectLints("-missing-for")->size() == AllLints().size() - 1);
  CHECK(SelectLints("too-long-scrape-interval")->empty());
  CHECK(SelectLints("never-tru").status().message() == "unknown lint \"never-tru\", did you mean \"never-true\"?");
  CHECK(Found("never-true", Alert("up > 1", "annotations: {bekci_lint_ignore: \"x, never-true\"}")).empty());
  CHECK(Found("never-true", Alert("up > 1", "annotations: {bekci_lint_ignore: all}")).empty());
  CHECK(Found("never-true", Alert("up > 1", "annotations: {bekci_lint_ignore: missing-for}")).size() == 1);
}

TEST_CASE("every lint has a name for flags and a sentence") {
  std::set<std::string_view> names;
  for (const Lint& lint : AllLints()) {
    CHECK(names.insert(lint.name).second);
    CHECK(lint.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
    CHECK(lint.what.size() > 20);
  }
}

}  // namespace
}  // namespace bekci::ruler::lint_test
