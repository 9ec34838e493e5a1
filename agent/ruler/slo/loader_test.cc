#include "agent/ruler/slo/loader.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/bucket_bounds.h"
#include "agent/ruler/slo/indicator_queries.h"
#include "agent/ruler/slo/window_text.h"

namespace bekci::ruler::slo::loader_test {
namespace {

base::Result<LoadedSlos> Load(const std::string& text) {
  return LoadSlos(std::vector<SourceText>{{"a.yml", text}}, {});
}

std::string ErrorOf(const std::string& text) {
  const auto loaded = Load(text);
  return loaded.ok() ? "loaded " + std::to_string(loaded->slos.size()) : loaded.status().message();
}

// One objective of the short form with these further lines.
std::string Short(const std::string& lines) {
  return "service: shop\nslos:\n- name: pay\n  objective: 99.9\n" + lines;
}

struct Row {
  int source_line;
  std::string text;
  std::string error;
};

TEST_CASE("a mistake in a short form is told with its line and what was probably meant") {
  const Row rows[] = {
      {__LINE__, Short("  bad: a\n  total: b\n"), "loaded 1"},
      {__LINE__, Short("  bad: a\n  totals: b\n"), "a.yml:6: unknown key \"totals\", did you mean \"total\"?"},
      {__LINE__, Short("  bad: a\n"), "a.yml:5: bad: needs total beside it"},
      {__LINE__, Short("  total: a\n  probe: up\n"), "a.yml:5: total: belongs to bad or good"},
      {__LINE__, Short("  bad: a\n  total: a\n"), "a.yml:5: bad and total are the same query"},
      {__LINE__, Short("  bad: a{\n  total: b\n"),
       "a.yml:5: bad: 1:3: parse error: unexpected end of input inside braces"},
      {__LINE__, Short("  bad: sum(a)\n  total: b\n"),
       "a.yml:5: bad: must be a selector of counters, or a query with [{{.window}}] where the window goes"},
      {__LINE__, Short("  bad: sum(rate(a[{{.window}}]))\n  total: sum(increase(b[{{.window}}]))\n"),
       "a.yml:5: bad and total: one is a rate per second, the other a count; use rate() in both, or increase()"},
      {__LINE__, Short(""),
       "a.yml:3: says not what is measured: one of bad and total, good and total, latency, slices, "
       "probe, raw"},
      {__LINE__, Short("  probe: up\n  raw: x\n"),
       "a.yml:3: probe and raw: only one is possible, one of bad and total, good and total, latency, slices, probe, "
       "raw"},
      {__LINE__, Short("  raw: x\n"), "a.yml:5: raw: has no {{.window}}; it goes where the range stands"},
      {__LINE__, Short("  probe: up\n  window: 5y\n"),
       "a.yml:6: window: \"5y\" must be a duration between 1h and 366d, or week, month, quarter or year"},
      {__LINE__, Short("  probe: up\n  time_zone: Europe/Istanbul\n"),
       "a.yml:6: time_zone: means something only with a calendar window (month, quarter, year)"},
      {__LINE__, Short("  probe: up\n  labels: {a-b: c}\n"), "a.yml:3: labels: \"a-b\" is no label name"},
      {__LINE__, Short("  slices: {query: a, value: 1, op: less}\n"),
       "a.yml:5: op: \"less\" is not one of lte, lt, gte, gt"},
      {__LINE__, "slos:\n- {name: pay, objective: 100, probe: up}\n",
       "a.yml:2: service: is missing here and at the top of the file"},
      {__LINE__, "service: shop\nslos:\n- {name: pay, objective: 100, probe: up}\n",
       "a.yml:3: objective: \"pay\": an objective of 100 % has no error budget; 99.99 still allows one event in ten "
       "thousand"},
      {__LINE__, "service: shop\nslos:\n- {name: -x, objective: 99, probe: up}\n",
       "a.yml:3: name: \"-x\" must be letters, digits, '-', '_' or '.', and begin and end with a letter or "
       "digit"},
      {__LINE__, "", "a.yml: says nothing"},
      {__LINE__, "just a text\n", "a.yml:1: expected objectives (slos:), found no mapping"},
      {__LINE__, "apiVersion: openslo/v2\nkind: SLO\n",
       "a.yml:1: version \"openslo/v2\" is not known here, did you mean \"openslo/v1\"?"},
      {__LINE__, "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevels\n",
       "a.yml:2: kind \"PrometheusServiceLevels\" is not known here, did you mean \"PrometheusServiceLevel\"?"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    CHECK(ErrorOf(row.text) == row.error);
  }
}

std::string Sloth(const std::string& sli, const std::string& rest = "    alerting: {name: A}\n") {
  return "version: prometheus/v1\nservice: svc\nslos:\n  - name: one\n    objective: 99\n    sli: {" + sli + "}\n" +
         rest;
}

TEST_CASE("a Sloth file is held to Sloth's own rules") {
  const std::string events = "events: {error_query: 'rate(a[{{.window}}])', total_query: 'rate(b[{{.window}}])'}";
  const Row rows[] = {
      {__LINE__, Sloth(events), "loaded 1"},
      {__LINE__, Sloth(events, ""),
       "a.yml:4: alerting: name is missing; without alerts, disable page_alert and "
       "ticket_alert"},
      {__LINE__, Sloth(""), "a.yml:6: sli: says neither events, raw nor plugin"},
      {__LINE__, Sloth(events + ", raw: {error_ratio_query: 'a[{{.window}}]'}"),
       "a.yml:6: sli: says more than one of events, raw and plugin"},
      {__LINE__, Sloth("raw: {error_ratio_query: 'rate(a[5m])'}"),
       "a.yml:6: error_ratio_query: has no {{.window}}; it goes where the range stands, as in [{{.window}}]"},
      {__LINE__, Sloth("raw: {error_ratio_query: 'rat(a[{{.window}}])'}"),
       "a.yml:6: error_ratio_query: 1:1: parse error: unknown function with name \"rat\""},
      {__LINE__, Sloth("plugin: {id: x}"),
       "a.yml:6: plugin: Sloth's plugins are Go programs and cannot run here; write the queries it makes as events"},
      {__LINE__, Sloth(events) + "---\n" + Sloth(events),
       "a.yml:12: objective \"svc-one\" is there already, in a.yml:4"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    CHECK(ErrorOf(row.text) == row.error);
  }
}

TEST_CASE("keys that Sloth ignores are ignored, and told") {
  const auto good = Load(Sloth("raw: {error_ratio_query: 'rate(a[{{.window}}])'}",
                               "    alerting: {name: A, pageAlert: {disable: true}}\n"));
  REQUIRE(good.ok());
  CHECK(good->warnings ==
        std::vector<std::string>{"a.yml:7: unknown key \"pageAlert\" is ignored, did you mean \"page_alert\"?"});
  CHECK(!good->slos[0].page.disabled);
}

TEST_CASE("references of OpenSLO are resolved over all files, and a missing one is told") {
  const std::string slo =
      "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: s}\nspec:\n  service: svc\n  indicatorRef: i\n"
      "  timeWindow: [{duration: 1M, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}]\n"
      "  budgetingMethod: Occurrences\n  objectives: [{target: 0.99}]\n  alertPolicies: [nobody]\n";
  const std::string sli =
      "apiVersion: openslo/v1\nkind: SLI\nmetadata: {name: i}\nspec:\n  ratioMetric: {counter: true, "
      "good: {metricSource: {spec: {query: g}}}, total: {metricSource: {spec: {query: t}}}}\n";
  const auto missing = Load(slo);
  CHECK(missing.status().message() == "a.yml:10: alertPolicyRef: there is no AlertPolicy \"nobody\"");
  const std::string quiet = slo.substr(0, slo.find("  alertPolicies"));
  CHECK(ErrorOf(quiet) == "a.yml:6: indicatorRef: there is no SLI \"i\"");
  const auto loaded = LoadSlos(std::vector<SourceText>{{"slo.yml", quiet}, {"sli.yml", sli}}, {});
  REQUIRE_MESSAGE(loaded.ok(), loaded.status().message());
  REQUIRE(loaded->slos.size() == 1);
  CHECK(loaded->slos[0].id == "svc-s");
  CHECK(loaded->slos[0].indicator.good == "sum(rate(g[{{.window}}]))");
  REQUIRE(loaded->slos[0].calendar.has_value());
  CHECK(loaded->slos[0].calendar->year == 2026);
}

TEST_CASE("queries are made of the little that people write") {
  const auto latency = Latency("h{job=\"a\",}", 1, false, {});
  REQUIRE(latency.ok());
  CHECK(latency->good == "sum(rate(h_bucket{job=\"a\", le=~\"1|1\\\\.0\"}[{{.window}}]))");
  CHECK(latency->total == "sum(rate(h_count{job=\"a\"}[{{.window}}]))");
  CHECK(Latency("h_bucket", 0.5, false, {})->part_counter == "h_bucket{le=\"0.5\"}");
  CHECK(BoundMatcher(1e6) == "le=~\"1e\\\\+06|1000000|1000000\\\\.0\"");
  const auto native = Latency("h", 0.25, true, std::vector<std::string>{"handler"});
  CHECK(native->total == "histogram_count(sum by (handler) (rate(h[{{.window}}])))");
  for (const Indicator& indicator : {*latency, *native, *Uptime("up", {})}) {
    for (const std::string* query : {&indicator.bad, &indicator.good, &indicator.total}) {
      if (!query->empty()) CHECK(CheckQuery(*query).ok());
    }
  }
  CHECK(!IsPlainSelector("a offset 5m"));
  CHECK(*EventQuery("a{x=\"#\"} # all of them", {}) == "sum(rate(a{x=\"#\"}[{{.window}}]))");
  CHECK(WithoutComments("'a\\'#' # x\n+ `#` # y") == "'a\\'#' \n+ `#` ");
  CHECK(UnitOf("sum(rate(a[{{.window}}])) / 2") == QueryUnit::kPerSecond);
  CHECK(FillWindow("a[{{ .window }}] b[{{.window}}] {{.windows}}", "5m") == "a[5m] b[5m] {{.windows}}");
}

TEST_CASE("a threshold between two buckets is told with its neighbours") {
  const std::vector<std::string> bounds = {"0.05", "0.25", "1.0", "+Inf"};
  CHECK(BucketProblem(0.25, bounds).empty());
  CHECK(BucketProblem(1, bounds).empty());
  CHECK(BucketProblem(0.1, bounds) == "no bucket has the bound 0.1; there is 0.05 below and 0.25 above");
  CHECK(BucketProblem(2, bounds) == "no bucket has the bound 2; there is 1 below, none above");
  CHECK(BucketProblem(2, {}).empty());
}

TEST_CASE("windows files add periods, and say what is wrong with them") {
  base::MemoryFileSystem fs;
  const std::string text =
      "apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n  sloPeriod: 7d\n"
      "  page:\n    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}\n"
      "    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}\n"
      "  ticket:\n    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}\n"
      "    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}\n";
  fs.Put("/w/7d.yaml", text);
  WindowCatalogue catalogue;
  REQUIRE(LoadWindowFiles(fs, "/w", &catalogue).ok());
  const AlertWindows* week = catalogue.Find(base::hours(7 * 24));
  REQUIRE(week != nullptr);
  CHECK(BurnFactor(week->page_quick, week->period) == 13.44);
  CHECK(BurnFactor(week->page_slow, week->period) == 3.5);
  CHECK(catalogue.Periods() == "7d, 28d, 30d");
  fs.Put("/w/bad.yml", "apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:\n  sloPeriods: 7d\n");
  CHECK(LoadWindowFiles(fs, "/w", &catalogue).message().find("did you mean \"sloPeriod\"") != std::string::npos);
}

TEST_CASE("a period without windows of its own gets the burn rates of 30 days") {
  const WindowCatalogue catalogue;
  const AlertWindows quarter = catalogue.FindOrDerive(base::hours(90 * 24));
  CHECK(BurnFactor(quarter.page_quick, quarter.period) == doctest::Approx(14.4));
  CHECK(quarter.ticket_slow.long_window == base::hours(72));
  const AlertWindows day = catalogue.FindOrDerive(base::hours(24));
  CHECK(BurnFactor(day.ticket_slow, day.period) == doctest::Approx(1));
  CHECK(day.ticket_slow.long_window <= day.period);
  CHECK(day.page_quick.short_window < day.page_quick.long_window);
}

}  // namespace
}  // namespace bekci::ruler::slo::loader_test
