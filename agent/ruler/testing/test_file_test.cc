#include "agent/ruler/testing/test_file.h"

#include <doctest/doctest.h>

#include <cmath>

namespace bekci::ruler::testing::test_file_test {
namespace {

std::string ErrorOf(const std::string& yaml, const TestFileOptions& options = {}) {
  const auto file = ParseTestFile(yaml, "t.yml", options);
  return file.ok() ? "" : file.status().message();
}

TEST_CASE("a test file is read with its defaults") {
  const auto file = ParseTestFile(R"(
rule_files: [a.yml, b/*.yml]
evaluation_interval: 30s
group_eval_order: [two, one]
fuzzy_compare: true
tests:
  - name: first
    interval: 10s
    start_timestamp: 2023-11-14T22:13:20Z
    external_labels: {host: web-1}
    external_url: http://x/
    input_series:
      - series: 'up{job="x"}'
        values: '1 0x3 _ stale'
    alert_rule_test:
      - eval_time: 5m
        alertname: Down
        exp_alerts:
          - exp_labels: {severity: page, a: ""}
            exp_annotations: {summary: gone}
    promql_expr_test:
      - expr: up
        eval_time: 1h
        exp_samples: [{labels: 'up{job="x"}', value: 1e3}, {value: .nan}, {labels: h, histogram: '{{count:1}}'}]
  - {}
)",
                                  "t.yml", {});
  REQUIRE_MESSAGE(file.ok(), file.status().message());
  CHECK(file->rule_files == std::vector<std::string>{"a.yml", "b/*.yml"});
  CHECK(file->evaluation_interval == base::Duration(base::seconds(30)));
  CHECK(file->group_order == std::vector<std::string>{"two", "one"});
  CHECK(file->fuzzy_compare);
  REQUIRE(file->tests.size() == 2);
  const TestCase& test = file->tests[0];
  CHECK(test.title == "first");
  CHECK(test.interval == base::Duration(base::seconds(10)));
  CHECK(test.start.ms == 1'700'000'000'000);
  CHECK(test.external_labels.Get("host") == "web-1");
  CHECK(test.input.at(0).labels.ToString() == "up{job=\"x\"}");
  CHECK(test.MaxEvalTime() == base::Duration(base::hours(1)));
  const AlertCase& alert = test.alert_cases.at(0);
  CHECK(alert.alerts.at(0).labels == TextMap{{"a", ""}, {"alertname", "Down"}, {"severity", "page"}});
  CHECK(alert.alerts.at(0).annotations == TextMap{{"summary", "gone"}});
  CHECK(alert.mark.line == 16);
  const ExprCase& expr = test.expr_cases.at(0);
  CHECK(expr.samples.at(0).value == 1000);
  CHECK(std::isnan(expr.samples.at(1).value));
  CHECK(expr.samples.at(1).labels.empty());
  CHECK(expr.samples.at(2).histogram->count == 1);
  CHECK(file->tests[1].title == "unnamed#1");
  CHECK(file->tests[1].interval == base::Duration(base::seconds(30)));
}

TEST_CASE("an empty file has no tests and an evaluation every minute; Unix seconds are a start, too") {
  const auto file = ParseTestFile("", "t.yml", {});
  REQUIRE(file.ok());
  CHECK(file->tests.empty());
  CHECK(file->evaluation_interval == base::Duration(base::minutes(1)));
  CHECK(ParseTestFile("tests: [{start_timestamp: 1609459200}]", "t.yml", {})->tests[0].start.ms == 1'609'459'200'000);
}

TEST_CASE("a series given twice counts as it was given last, and that is said") {
  const auto file =
      ParseTestFile("tests: [{input_series: [{series: a, values: 1}, {series: a, values: 2}]}]", "t.yml", {});
  REQUIRE(file.ok());
  REQUIRE(file->tests[0].input.size() == 1);
  CHECK(file->tests[0].input[0].values == "2");
  CHECK(file->warnings.size() == 1);
}

TEST_CASE("what promtool refuses is refused with its place") {
  const struct {
    const char* yaml;
    const char* says;
  } rows[] = {
      {"tests: {interval: 1m}", "tests: expected a list"},
      {"rule_files: a.yml", "rule_files: expected a list"},
      {"test: []", "unknown key \"test\", did you mean \"tests\"?"},
      {"tests: [{intreval: 1m}]", "unknown key \"intreval\", did you mean \"interval\"?"},
      {"group_eval_order: [a, a]", "group name repeated in evaluation order: a"},
      {"tests: [{input_series: [{series: 'up{', values: 1}]}]", "input series \"up{\""},
      {"tests: [{input_series: [{series: up, values: 1+x}]}]", "input series \"up\""},
      {"tests: [{alert_rule_test: [{eval_time: 1m}]}]", "misses required attribute alertname"},
      {"tests: [{alert_rule_test: [{eval_time: 5, alertname: a}]}]", "eval_time"},
      {"tests: [{promql_expr_test: [{expr: up, exp_samples: [{labels: 'up{'}]}]}]", "labels \"up{\""},
      {"tests: [{promql_expr_test: [{expr: up, exp_samples: [{value: x}]}]}]", "value: expected a number"},
      {"tests: [{promql_expr_test: [{expr: up, exp_samples: [{value: '1'}]}]}]", "in quotes"},
      {"tests: [{promql_expr_test: [{expr: up, exp_samples: [{histogram: '1'}]}]}]", "histogram"},
      {"tests: [{start_timestamp: tomorrow}]", "start_timestamp: expected a time"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.yaml);
    const std::string error = ErrorOf(row.yaml);
    INFO(error);
    CHECK(error.starts_with("t.yml:"));
    CHECK(error.find(row.says) != std::string::npos);
  }
}

TEST_CASE("unknown keys are passed over where somebody asks for it") {
  TestFileOptions options;
  options.ignore_unknown_fields = true;
  CHECK(ErrorOf("x: 1\ntests: [{owner: me, input_series: [{series: a, values: 1, y: 2}]}]", options).empty());
}

TEST_CASE("a file that asks for too much is refused before anything is made of it") {
  TestFileOptions options;
  options.limits.max_series = 2;
  options.limits.max_samples = 100;
  options.limits.max_steps = 60;
  CHECK(ErrorOf("tests: [{input_series: [{series: a, values: 1x90}]}]", options).empty());
  CHECK(ErrorOf("tests: [{input_series: [{series: a, values: 1x100}]}]", options).find("more than 100 samples") !=
        std::string::npos);
  CHECK(ErrorOf("tests: [{input_series: [{series: a, values: 1x99999999}]}]", options).find("100 samples") !=
        std::string::npos);
  CHECK(ErrorOf("tests: [{input_series: [{series: a}, {series: b}, {series: c}]}]", options).find("2 input series") !=
        std::string::npos);
  CHECK(ErrorOf("tests: [{promql_expr_test: [{expr: a, eval_time: 59m}]}]", options).empty());
  const std::string steps = ErrorOf("tests: [{promql_expr_test: [{expr: a, eval_time: 290y}]}]", options);
  CHECK(steps.find("evaluations, more than 60") != std::string::npos);
}

}  // namespace
}  // namespace bekci::ruler::testing::test_file_test
