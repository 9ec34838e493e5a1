#include "agent/ruler/testing/file_run.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"

namespace bekci::ruler::testing::file_run_test {
namespace {

constexpr const char* kRules = R"(
groups:
  - name: g
    interval: 7m
    rules:
      - record: rec
        expr: up + 0
      - alert: Down
        expr: up == 0
        for: 2m
        labels: {severity: page, gone: "{{ if false }}x{{ end }}"}
        annotations: {summary: "{{ $labels.instance }} of {{ $externalLabels.host }} is {{ $value }}", empty: ""}
)";

// The report of a test file beside kRules.
FileReport Run(const std::string& tests, FileRunOptions options = {}) {
  base::MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/t").ok());
  REQUIRE(fs.WriteFileAtomic("/t/r.yml", kRules).ok());
  REQUIRE(fs.WriteFileAtomic("/t/t.yml", "rule_files: [r.yml]\ntests:\n" + tests).ok());
  return RunTestFile(fs, "/t/t.yml", options);
}

std::string Text(const FileReport& report) {
  return ReportText(report);
}

constexpr const char* kInput = "    input_series: [{series: 'up{instance=\"a\"}', values: '1 1 0x10'}]\n";

std::string AlertTest(const std::string& rest) {
  return "  - name: t\n    external_labels: {host: web-1}\n" + std::string(kInput) + "    alert_rule_test:\n      - " +
         rest + "\n";
}

void CheckSays(const FileReport& report, const std::vector<std::string>& says) {
  const std::string text = Text(report);
  INFO(text);
  CHECK(!report.passed());
  for (const std::string& words : says) {
    CAPTURE(words);
    CHECK(text.find(words) != std::string::npos);
  }
}

TEST_CASE("alerts that are expected fire, at the evaluation at or before the time, whatever the group's interval") {
  const std::string fires =
      "exp_alerts: [{exp_labels: {severity: page, instance: a}, exp_annotations: {summary: a of web-1 is 0, empty: "
      "''}}]}";
  for (const char* time : {"4m", "4m30s", "10m"}) {
    const FileReport report = Run(AlertTest("{eval_time: " + std::string(time) + ", alertname: Down, " + fires));
    CHECK_MESSAGE(report.passed(), Text(report));
    CHECK(report.checks() == 1);
  }
  for (const char* time : {"0", "3m", "3m59s"}) {
    const FileReport report = Run(AlertTest("{eval_time: " + std::string(time) + ", alertname: Down, exp_alerts: []}"));
    CHECK_MESSAGE(report.passed(), Text(report));
  }
}

TEST_CASE("a label or an annotation that differs is shown with the place where it begins to") {
  const FileReport report = Run(
      AlertTest("{eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {severity: pages, instance: a, zone: x}, "
                "exp_annotations: {summary: a of web-2 is 0}}]}"));
  CheckSays(report,
            {"FAILED   /t/t.yml  (1 test (1 failed), 1 check (1 failed)",
             "/t/t.yml:7: test \"t\": alert Down at 5m: expected 1 firing alert, got 1, but not the same",
             "label severity:\n        expected \"pages\"\n        got      \"page\"\n                      ^ differs",
             "label zone: expected \"x\", got none", "annotation summary:", "annotation empty: not expected, got \"\"",
             "rule /t/r.yml:8: up == 0   for: 2m", "up at 5m", "up{instance=\"a\"}: 1m 1, 2m 0, 3m 0, 4m 0, 5m 0"});
}

TEST_CASE("an alert that does not fire yet is shown as pending, one that nobody makes by its nearest name") {
  CheckSays(Run(AlertTest("{eval_time: 3m, alertname: Down, exp_alerts: [{exp_labels: {severity: page}}]}")),
            {"does not fire:", "pending since 2m: {alertname=\"Down\""});
  CheckSays(Run(AlertTest("{eval_time: 3m, alertname: Dowm, exp_alerts: [{}]}")),
            {"no rule makes an alert of this name, did you mean Down?"});
  CheckSays(Run(AlertTest("{eval_time: 5m, alertname: Down, exp_alerts: []}")), {"fires and is not expected:"});
}

TEST_CASE("an empty label never comes: that it is expected is told") {
  CheckSays(Run(AlertTest("{eval_time: 5m, alertname: Down, exp_alerts: [{exp_labels: {severity: page, instance: a, "
                          "gone: ''}, exp_annotations: {summary: a of web-1 is 0, empty: ''}}]}")),
            {"label gone: expected \"\", got none (an empty label is no label: leave it out)"});
}

std::string ExprTest(const std::string& series, const std::string& rest) {
  return "  - input_series: [" + series + "]\n    promql_expr_test:\n      - " + rest + "\n";
}

TEST_CASE("samples are compared by labels and value; what differs is named") {
  const std::string x = "{series: 'x{a=\"b\"}', values: '1 2 3'}";
  CHECK(Run(ExprTest(x, "{expr: x, eval_time: 2m, exp_samples: [{labels: 'x{a=\"b\"}', value: 3}]}")).passed());
  CHECK(Run(ExprTest(x, "{expr: scalar(x), eval_time: 1m, exp_samples: [{value: 2}]}")).passed());
  CHECK(Run(ExprTest(x, "{expr: x > 9, eval_time: 1m}")).passed());
  CheckSays(Run(ExprTest(x, "{expr: x, eval_time: 2m, exp_samples: [{labels: 'x{a=\"c\"}', value: 4}]}")),
            {"expr \"x\" at 2m: expected 1 sample, got 1, but not the same", "label a:", "value: expected 4, got 3",
             "x{a=\"b\"}: 0s 1, 1m 2, 2m 3"});
  CheckSays(Run(ExprTest(x, "{expr: y, eval_time: 2m, exp_samples: [{labels: y, value: 4}]}")),
            {"got nothing more", "no series of this metric"});
  CheckSays(Run(ExprTest(x, "{expr: 'x{a=\"z\"}', eval_time: 2m, exp_samples: [{value: 4}]}")),
            {"the metric is there with others"});
  CheckSays(Run(ExprTest(x, "{expr: 'x(', eval_time: 0}")), {"parse error"});
  CheckSays(Run(ExprTest(x, "{expr: '\"s\"', eval_time: 0}")), {"not a vector or scalar"});
  CheckSays(Run(ExprTest(x, "{expr: x, eval_time: 0}")), {"not expected: x{a=\"b\"} 1"});
}

TEST_CASE("NaN equals nothing, and the last bit counts unless fuzzy_compare is set") {
  CheckSays(Run(ExprTest("{series: x, values: NaN}", "{expr: x, exp_samples: [{labels: x, value: .nan}]}")),
            {"NaN equals nothing"});
  const std::string bit =
      ExprTest("{series: x, values: 2.9999999999999996}", "{expr: x, exp_samples: [{labels: x, value: 3}]}");
  CheckSays(Run(bit), {"fuzzy_compare: true allows for it"});
  CHECK(Run(bit + "fuzzy_compare: true\n").passed());
}

TEST_CASE("histograms are compared whole, their hint included") {
  const std::string h = "{series: h, values: '{{count:2 sum:3 buckets:[2]}}x2'}";
  const auto at = [&](const std::string& histogram) {
    return Run(ExprTest(h, "{expr: h, eval_time: 2m, exp_samples: [{labels: h, histogram: '" + histogram + "'}]}"));
  };
  CHECK(at("{{count:2 sum:3 counter_reset_hint:not_reset buckets:[2]}}").passed());
  CheckSays(at("{{count:2 sum:3 buckets:[2]}}"), {"differs here"});
}

TEST_CASE("a rule that fails ends the test and says which, when and why") {
  CheckSays(Run("  - input_series: [{series: up, values: 1x5}, {series: rec, values: 5x5}]\n"
                "    promql_expr_test: [{expr: rec, eval_time: 3m}]\n"),
            {"rule rec of group g fails at 0s: samples refused by the store"});
}

TEST_CASE("a test begins at its own time, and templates see its URL") {
  const FileReport report =
      Run("  - start_timestamp: 2023-11-14T22:13:20Z\n    promql_expr_test: [{expr: 'time()', eval_time: 1m, "
          "exp_samples: [{value: 1700000060}]}]\n");
  CHECK_MESSAGE(report.passed(), Text(report));
}

TEST_CASE("a test may span as much time as a duration can say") {
  const FileReport report =
      Run("  - interval: 100d\n    input_series: [{series: x, values: 0+1x1067}]\n    alert_rule_test: [{eval_time: "
          "106751d, "
          "alertname: Down}]\n    promql_expr_test: [{expr: timestamp(x), eval_time: 106751d}, {expr: x, eval_time: "
          "106700d, "
          "exp_samples: [{labels: x, value: 1067}]}]\nevaluation_interval: 100d\n");
  CHECK_MESSAGE(report.passed(), Text(report));
}

TEST_CASE("what rules may see is what has happened: later samples are loaded later") {
  const FileReport report = Run(ExprTest("{series: x, values: 0+1x20}",
                                         "{expr: x offset -4m, eval_time: 2m, exp_samples: [{labels: x, value: 2}]}"));
  CHECK_MESSAGE(report.passed(), Text(report));
}

TEST_CASE("tests are chosen by name; those left out are counted") {
  FileRunOptions options;
  options.wanted = [](const std::string& name) { return name == "good"; };
  const FileReport report =
      Run("  - {name: good}\n  - {name: bad, promql_expr_test: [{expr: '1', exp_samples: []}]}\n  - {}\n", options);
  CHECK(report.passed());
  CHECK(report.tests.size() == 1);
  CHECK(report.skipped == 2);
  CHECK(SummaryText({report}).starts_with("1 file, 1 test, 0 checks, 2 tests skipped, in "));
}

TEST_CASE("rule files are found by pattern, each once; one that is missing is a warning, one that is wrong an error") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.WriteFileAtomic("/a.yml", "groups: [{name: g, rules: [{record: one, expr: '1'}]}]").ok());
  REQUIRE(fs.WriteFileAtomic("/bad.yml", "groups: [{name: g, rules: [{record: one}]}]").ok());
  const auto run = [&](const std::string& files) {
    REQUIRE(fs.WriteFileAtomic("/t.yml", "rule_files: [" + files +
                                             "]\ntests: [{promql_expr_test: [{expr: one, exp_samples: [{labels: one, "
                                             "value: 1}]}]}]")
                .ok());
    return RunTestFile(fs, "/t.yml", {});
  };
  CHECK(run("a.yml").passed());
  CHECK(run("'a*.yml', a.yml, /a.yml").passed());
  CHECK(run("a.yml, nope.yml").warnings == std::vector<std::string>{"no file match pattern /nope.yml"});
  const FileReport bad = run("bad.yml");
  CHECK(!bad.status.ok());
  CHECK(bad.status.message().starts_with("/bad.yml:1: "));
  CHECK(!bad.unreadable);
  CHECK(RunTestFile(fs, "/none.yml", {}).unreadable);
}

TEST_CASE("groups are evaluated in the order that the file asks for") {
  base::MemoryFileSystem fs;
  REQUIRE(fs.WriteFileAtomic("/r.yml",
                             "groups:\n  - {name: reads, rules: [{record: b, expr: a}]}\n"
                             "  - {name: writes, rules: [{record: a, expr: '1'}]}\n")
              .ok());
  const auto run = [&](const std::string& order, const std::string& expected) {
    REQUIRE(fs.WriteFileAtomic("/t.yml", "rule_files: [r.yml]\n" + order +
                                             "tests: [{promql_expr_test: [{expr: b, exp_samples: " + expected + "}]}]")
                .ok());
    return RunTestFile(fs, "/t.yml", {}).passed();
  };
  CHECK(run("", "[]"));
  CHECK(run("group_eval_order: [writes, reads]\n", "[{labels: b, value: 1}]"));
}

TEST_CASE("rules that make too much end the test with words") {
  FileRunOptions options;
  options.run.limits.max_samples = 10;
  CheckSays(Run("  - promql_expr_test: [{expr: rec, eval_time: 30m}]\n    input_series: [{series: up, values: 1x8}]\n",
                options),
            {"input and rules have made more than 10 samples"});
}

TEST_CASE("the dump shows every series with every sample") {
  FileRunOptions options;
  options.run.dump = true;
  const FileReport report =
      Run(ExprTest("{series: up, values: 1 _ 2}", "{expr: 'vector(1)', eval_time: 2m, exp_samples: [{value: 1}]}"),
          options);
  CHECK(report.passed());
  CHECK(report.tests[0].dump.find("up{}: 0s 1, 2m 2\n") != std::string::npos);
}

}  // namespace
}  // namespace bekci::ruler::testing::file_run_test
