// Exact pages: what a reader sees of each kind of metric in text and OpenMetrics.
#include "agent/wire/exposition.h"

#include <doctest/doctest.h>

#include <limits>

namespace bekci::wire::exposition_test {
namespace {

using model::Metric;
using model::MetricFamily;
using model::MetricType;

constexpr double kInf = std::numeric_limits<double>::infinity();

std::string Page(Format format, const std::vector<MetricFamily>& families, Escaping escaping = Escaping::kUnderscores) {
  std::string page;
  WriteExposition(families, {format, escaping, "1.0.0"}, &page);
  return page;
}

MetricFamily Single(std::string name, MetricType type, double value, model::Labels labels = {}) {
  MetricFamily family{std::move(name), "", "", type, {}};
  Metric& metric = family.metrics.emplace_back();
  metric.labels = std::move(labels);
  metric.value = value;
  return family;
}

MetricFamily Histogram(MetricType type) {
  MetricFamily family{"h_seconds", "Time.", "seconds", type, {}};
  Metric& metric = family.metrics.emplace_back();
  metric.labels = {{"a", "b"}};
  metric.buckets = {{0.5, 1}, {1, 2}, {kInf, 3}};
  metric.count = 3;
  metric.sum = 2.5;
  metric.created = base::Timestamp{1'520'430'000'123};
  metric.exemplars = {{{{"trace_id", "x"}}, 0.7, base::Timestamp{1'520'879'607'700}}};
  metric.exemplar_bounds = {1};
  return family;
}

}  // namespace

TEST_CASE("counters keep their series name; OpenMetrics strips _total from the family or calls it unknown") {
  std::vector<MetricFamily> families{Single("x_seconds_total", MetricType::kCounter, 1e6, {{"cpu", "0"}}),
                                     Single("y", MetricType::kCounter, 2)};
  families[0].help = "CPU \"time\"\\\nspent.";
  families[0].unit = "seconds";
  families[0].metrics[0].timestamp = base::Timestamp{1'500'000'000'120};
  families[0].metrics[0].created = base::Timestamp{-1};
  families[0].metrics[0].exemplars = {{{}, 1, {}}};
  CHECK(Page(Format::kText, families) ==
        "# HELP x_seconds_total CPU \"time\"\\\\\\nspent.\n"
        "# TYPE x_seconds_total counter\n"
        "x_seconds_total{cpu=\"0\"} 1e+06 1500000000120\n"
        "# TYPE y counter\n"
        "y 2\n");
  CHECK(Page(Format::kOpenMetrics, families) ==
        "# HELP x_seconds CPU \\\"time\\\"\\\\\\nspent.\n"
        "# TYPE x_seconds counter\n"
        "# UNIT x_seconds seconds\n"
        "x_seconds_total{cpu=\"0\"} 1e+06 1500000000.12 # {} 1\n"
        "x_seconds_created{cpu=\"0\"} -0.001\n"
        "# TYPE y unknown\n"
        "y 2\n"
        "# EOF\n");
}

TEST_CASE("histograms have their +Inf bucket, canonical bounds and exemplars") {
  CHECK(Page(Format::kText, {Histogram(MetricType::kHistogram)}) ==
        "# HELP h_seconds Time.\n"
        "# TYPE h_seconds histogram\n"
        "h_seconds_bucket{a=\"b\",le=\"0.5\"} 1\n"
        "h_seconds_bucket{a=\"b\",le=\"1\"} 2\n"
        "h_seconds_bucket{a=\"b\",le=\"+Inf\"} 3\n"
        "h_seconds_sum{a=\"b\"} 2.5\n"
        "h_seconds_count{a=\"b\"} 3\n");
  CHECK(Page(Format::kOpenMetrics, {Histogram(MetricType::kHistogram)}) ==
        "# HELP h_seconds Time.\n"
        "# TYPE h_seconds histogram\n"
        "# UNIT h_seconds seconds\n"
        "h_seconds_bucket{a=\"b\",le=\"0.5\"} 1\n"
        "h_seconds_bucket{a=\"b\",le=\"1.0\"} 2 # {trace_id=\"x\"} 0.7 1520879607.7\n"
        "h_seconds_bucket{a=\"b\",le=\"+Inf\"} 3\n"
        "h_seconds_sum{a=\"b\"} 2.5\n"
        "h_seconds_count{a=\"b\"} 3\n"
        "h_seconds_created{a=\"b\"} 1520430000.123\n"
        "# EOF\n");
}

TEST_CASE("gauge histograms are histograms in text and have their own suffixes in OpenMetrics") {
  const std::string text = Page(Format::kText, {Histogram(MetricType::kGaugeHistogram)});
  CHECK(text.find("# TYPE h_seconds histogram\n") != std::string::npos);
  CHECK(text.find("h_seconds_count{a=\"b\"} 3\n") != std::string::npos);
  const std::string open = Page(Format::kOpenMetrics, {Histogram(MetricType::kGaugeHistogram)});
  CHECK(open.find("# TYPE h_seconds gaugehistogram\n") != std::string::npos);
  CHECK(open.find("h_seconds_gcount{a=\"b\"} 3\n") != std::string::npos);
  CHECK(open.find("h_seconds_gsum{a=\"b\"} 2.5\n") != std::string::npos);
  CHECK(open.find("_created") == std::string::npos);
}

TEST_CASE("native histograms leave their count and sum in the text formats, custom buckets all of them") {
  MetricFamily family{"n", "", "", MetricType::kHistogram, {}};
  model::NativeHistogram native;
  native.count = 4;
  native.sum = 8;
  native.positive_spans = {{0, 2}};
  native.positive_buckets = {1, 3};
  family.metrics.emplace_back().native = native;
  CHECK(Page(Format::kText, {family}) == "# TYPE n histogram\nn_bucket{le=\"+Inf\"} 4\nn_sum 8\nn_count 4\n");
  family.metrics[0].native->schema = model::kCustomBucketsSchema;
  family.metrics[0].native->custom_values = {1, 5};
  family.metrics[0].native->positive_spans = {{1, 2}};
  CHECK(Page(Format::kText, {family}) ==
        "# TYPE n histogram\nn_bucket{le=\"1\"} 0\nn_bucket{le=\"5\"} 1\nn_bucket{le=\"+Inf\"} 4\nn_sum 8\nn_count "
        "4\n");
}

TEST_CASE("summaries print quantiles, sum and count") {
  MetricFamily family{"s", "", "", MetricType::kSummary, {}};
  Metric& metric = family.metrics.emplace_back();
  metric.quantiles = {{0.5, 1}, {1, std::numeric_limits<double>::quiet_NaN()}};
  metric.sum = 3;
  metric.count = 2;
  CHECK(Page(Format::kText, {family}) ==
        "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"1\"} NaN\ns_sum 3\ns_count 2\n");
  CHECK(Page(Format::kOpenMetrics, {family}) ==
        "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns{quantile=\"1.0\"} NaN\ns_sum 3\ns_count 2\n# EOF\n");
}

TEST_CASE("info and stateset are gauges in text, types of their own in OpenMetrics") {
  const std::vector<MetricFamily> families{
      Single("build_info", MetricType::kInfo, 1, {{"v", "1"}}), Single("odd", MetricType::kInfo, 1),
      Single("state", MetricType::kStateset, 0, {{"state", "a"}}), Single("what", MetricType::kUntyped, 7)};
  CHECK(Page(Format::kText, families) ==
        "# TYPE build_info gauge\nbuild_info{v=\"1\"} 1\n# TYPE odd gauge\nodd 1\n"
        "# TYPE state gauge\nstate{state=\"a\"} 0\n# TYPE what untyped\nwhat 7\n");
  CHECK(Page(Format::kOpenMetrics, families) ==
        "# TYPE build info\nbuild_info{v=\"1\"} 1\n# TYPE odd gauge\nodd 1\n"
        "# TYPE state stateset\nstate{state=\"a\"} 0\n# TYPE what unknown\nwhat 7\n# EOF\n");
}

TEST_CASE("UTF-8 names are quoted where the reader allows it, else escaped") {
  const std::vector<MetricFamily> families{Single("my.total", MetricType::kGauge, 1, {{"l.x", "v\"\\\n"}, {"b", "ş"}}),
                                           Single("my.empty", MetricType::kGauge, 2)};
  CHECK(Page(Format::kText, families, Escaping::kAllowUtf8) ==
        "# TYPE \"my.total\" gauge\n{\"my.total\",b=\"ş\",\"l.x\"=\"v\\\"\\\\\\n\"} 1\n"
        "# TYPE \"my.empty\" gauge\n{\"my.empty\"} 2\n");
  CHECK(Page(Format::kText, {families[1]}) == "# TYPE my_empty gauge\nmy_empty 2\n");
  CHECK(Page(Format::kText, {families[1]}, Escaping::kValues) == "# TYPE U__my_2e_empty gauge\nU__my_2e_empty 2\n");
  std::string old;
  WriteExposition(std::vector<MetricFamily>{families[1]}, {Format::kText, Escaping::kAllowUtf8, "0.0.4"}, &old);
  CHECK(old == "# TYPE my_empty gauge\nmy_empty 2\n");
}

TEST_CASE("bytes that are not UTF-8 are replaced, not passed on") {
  MetricFamily family = Single("m", MetricType::kGauge, 1, {{"mount", "/a\xff\xfe\"z"}});
  family.help = "caf\xe9";
  const std::string page = Page(Format::kText, {family});
  CHECK(page == "# HELP m caf\xEF\xBF\xBD\n# TYPE m gauge\nm{mount=\"/a\xEF\xBF\xBD\\\"z\"} 1\n");
  std::string bytes;
  WriteExposition(std::vector<MetricFamily>{family}, {Format::kProtobuf, Escaping::kUnderscores, ""}, &bytes);
  CHECK(ParseProtobuf(bytes).ok());
}

TEST_CASE("labels that the format writes itself and families without metrics are left out") {
  MetricFamily family = Histogram(MetricType::kHistogram);
  family.metrics[0].labels = {{"le", "7"}, {"__name__", "z"}};
  CHECK(Page(Format::kText, {family}).find("\"7\"") == std::string::npos);
  CHECK(Page(Format::kText, {{"empty", "help", "", MetricType::kGauge, {}}, Single("", MetricType::kGauge, 1)}) == "");
}

}  // namespace bekci::wire::exposition_test
