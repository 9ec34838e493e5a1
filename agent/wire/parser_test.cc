// What the parsers take, what they refuse and what they say then.
#include <doctest/doctest.h>

#include <bit>

#include "agent/base/clock.h"
#include "agent/wire/exposition.h"

namespace bekci::wire::parser_test {
namespace {

using model::MetricFamily;
using model::MetricType;

std::vector<MetricFamily> Text(std::string_view page) {
  auto families = ParseText(page);
  REQUIRE_MESSAGE(families.ok(), families.status().message());
  return *std::move(families);
}

std::vector<MetricFamily> Open(std::string_view page) {
  auto families = ParseOpenMetrics(page);
  REQUIRE_MESSAGE(families.ok(), families.status().message());
  return *std::move(families);
}

struct ErrorRow {
  int line;
  const char* page;
  const char* message;
};

}  // namespace

TEST_CASE("text: errors name the line and what was expected") {
  const ErrorRow rows[] = {
      {__LINE__, "a 1\nb\n", "line 2: expected a value, found end of line"},
      {__LINE__, "a 1\n\n# c\nb x\n", "line 4: expected a value, found \"x\""},
      {__LINE__, "a{b=\"c\" 1\n", "line 1: expected a label name or \"}\", found \"1\""},
      {__LINE__, "a{b=\"c} 1\n", "line 1: a quoted string has no end"},
      {__LINE__, "a{b=c} 1\n", "line 1: expected a quoted value of label \"b\", found \"c} 1\""},
      {__LINE__, "a{b} 1\n", "line 1: expected \"=\" behind label name \"b\", found \"} 1\""},
      {__LINE__, "a{b=\"c\",b=\"d\"} 1\n", "line 1: label \"b\" stands twice"},
      {__LINE__, "a{__name__=\"b\"} 1\n", "line 1: a label is called __name__"},
      {__LINE__, "{a=\"b\"} 1\n", "line 1: the series has no metric name"},
      {__LINE__, "a{\"b\"} 1\n", "line 1: a second metric name \"b\""},
      {__LINE__, "a 1 2 3\n", "line 1: expected the end of the line, found \"3\""},
      {__LINE__, "a 1 2.5\n", "line 1: expected a timestamp in milliseconds or the end of the line, found \"2.5\""},
      {__LINE__, "a 0x1p3\n", "line 1: expected a value, found \"0x1p3\""},
      {__LINE__, "a 1_0\n", "line 1: expected a value, found \"1_0\""},
      {__LINE__, "a 1e999\n", "line 1: expected a value, found \"1e999\""},
      {__LINE__, "a 1\r\n", "line 1: expected a value, found \"1\\r\""},
      {__LINE__, "1a 1\n", "line 1: expected a metric name, found \"1a 1\""},
      {__LINE__, "# TYPE a\n", "line 1: expected a blank and a type, found end of line"},
      {__LINE__, "# TYPE a conter\n",
       "line 1: expected counter, gauge, histogram, summary or untyped as the type of \"a\", found \"conter\""},
      {__LINE__, "# HELP a caf\xe9\n", "line 1: the help of \"a\" is not valid UTF-8"},
  };
  for (const ErrorRow& row : rows) {
    CAPTURE(row.line);
    const auto families = ParseText(row.page);
    REQUIRE_FALSE(families.ok());
    CHECK(families.status().message() == row.message);
    CHECK(families.status().code() == base::Code::kInvalid);
  }
}

TEST_CASE("text: what Prometheus takes is taken") {
  const auto families = Text(
      "  # HELP  a  two  blanks \\\\ \\n end\n#comment\n# TYPE\ta\tcounter\n\n"
      "a { b = \"c\" , d=\"\\\"\\\\\\n\\d\" , } 1 -5 \n"
      "a{b=\"1\" d=\"2\"}+Inf\n\t a NaN\n"
      "{\"u.x\",\"l.y\"=\"z\"} 3\n# EOF\nlast 0.5");
  REQUIRE(families.size() == 3);
  CHECK(families[0].type == MetricType::kCounter);
  CHECK(families[0].help == " two  blanks \\ \n end");
  REQUIRE(families[0].metrics.size() == 3);
  CHECK(families[0].metrics[0].labels == model::Labels{{"b", "c"}, {"d", "\"\\\n\\d"}});
  CHECK(families[0].metrics[0].timestamp == base::Timestamp{-5});
  CHECK(families[0].metrics[1].labels == model::Labels{{"b", "1"}, {"d", "2"}});
  CHECK(std::bit_cast<uint64_t>(families[0].metrics[2].value) == 0x7ff8000000000001);
  CHECK(families[1].name == "u.x");
  CHECK(families[1].metrics[0].labels == model::Labels{{"l.y", "z"}});
  CHECK(families[2].name == "last");
  CHECK(families[2].metrics[0].value == 0.5);
}

TEST_CASE("text: histograms and summaries are assembled, also when their series are interleaved") {
  const auto families = Text(
      "# TYPE h histogram\n# TYPE s summary\n"
      "h_bucket{x=\"1\",le=\"+Inf\"} 4\nh_bucket{x=\"2\",le=\"1\"} 1\ns{quantile=\"0.9\"} 7\n"
      "h_bucket{x=\"1\",le=\"0.5\"} 2\nh_count{x=\"2\"} 9\nh_sum{x=\"1\"} 3\ns_count 2\n"
      "h_bucket 5\ns 1\n");
  REQUIRE(families.size() == 4);
  const auto& histogram = families[0];
  CHECK(histogram.name == "h");
  REQUIRE(histogram.metrics.size() == 2);
  CHECK(histogram.metrics[0].buckets.size() == 2);
  CHECK(histogram.metrics[0].buckets[0].bound == 0.5);
  CHECK(histogram.metrics[0].count == 4);  // from +Inf
  CHECK(histogram.metrics[0].sum == 3);
  REQUIRE(histogram.metrics[1].buckets.size() == 2);
  CHECK(histogram.metrics[1].buckets[1].value == 9);  // from the count
  CHECK(families[1].type == MetricType::kSummary);
  CHECK(families[1].metrics.at(0).quantiles.at(0).value == 7);
  CHECK(families[1].metrics.at(0).count == 2);
  // Series that do not fit their type are untyped families of their own.
  CHECK(families[2].name == "h_bucket");
  CHECK(families[2].type == MetricType::kUntyped);
  CHECK(families[3].name == "s");
  CHECK(families[3].type == MetricType::kUntyped);
}

TEST_CASE("OpenMetrics: errors name the line and what was expected") {
  const ErrorRow rows[] = {
      {__LINE__, "", "line 1: expected \"# EOF\", found end of text"},
      {__LINE__, "a 1\n", "line 2: expected \"# EOF\", found end of text"},
      {__LINE__, "a 1", "line 1: expected a line end, found end of text"},
      {__LINE__, "# EOF\na 1\n", "line 2: expected nothing behind \"# EOF\", found \"a 1\""},
      {__LINE__, "# EOF\n\n", "line 2: expected nothing behind \"# EOF\", found end of line"},
      {__LINE__, "\n# EOF\n", "line 1: expected a metric name, found end of line"},
      {__LINE__, "# comment\n# EOF\n", "line 1: expected HELP, TYPE, UNIT or EOF, found \"comment\""},
      {__LINE__, "a  1\n# EOF\n", "line 1: expected a value, found \" 1\""},
      {__LINE__, "a{b=\"c\" ,d=\"e\"} 1\n# EOF\n", "line 1: expected \",\" or \"}\", found \" ,d=\\\"e\\\"} 1\""},
      {__LINE__, "a 1 \n# EOF\n", "line 1: expected a timestamp in seconds, found end of line"},
      {__LINE__, "a 1 NaN\n# EOF\n", "line 1: expected a timestamp in seconds, found \"NaN\""},
      {__LINE__, "a 1 # b\n# EOF\n", "line 1: expected \"{\" of an exemplar, found \"b\""},
      {__LINE__, "# TYPE a untyped\n# EOF\n",
       "line 1: expected a type (counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown) of "
       "\"a\", found \"untyped\""},
      {__LINE__, "# UNIT a_b seconds\n# EOF\n",
       "line 1: expected a unit that the name \"a_b\" ends in, found \"seconds\""},
  };
  for (const ErrorRow& row : rows) {
    CAPTURE(row.line);
    const auto families = ParseOpenMetrics(row.page);
    REQUIRE_FALSE(families.ok());
    CHECK(families.status().message() == row.message);
  }
}

TEST_CASE("OpenMetrics: every type is read") {
  const auto families = Open(
      "# TYPE c_seconds counter\n# UNIT c_seconds seconds\n# HELP c_seconds say \\\"hi\\\"\n"
      "c_seconds_total{a=\"b\"} 17.0 1520879607.789 # {id=\"x\"} 0.5 1.0015\n"
      "c_seconds_created{a=\"b\"} 1520430000.123\n"
      "# TYPE i info\ni_info{v=\"1\"} 1\n# TYPE st stateset\nst{st=\"a\"} 1\n"
      "# TYPE g gaugehistogram\ng_bucket{le=\"1.0\"} 1 # {} 0.4\ng_bucket{le=\"+Inf\"} 2\ng_gcount 2\ng_gsum 3\n"
      "# TYPE u unknown\nu 1\nplain{} 2\n# EOF");
  REQUIRE(families.size() == 6);
  const auto& counter = families[0];
  CHECK(counter.name == "c_seconds_total");
  CHECK(counter.type == MetricType::kCounter);
  CHECK(counter.unit == "seconds");
  CHECK(counter.help == "say \"hi\"");
  CHECK(counter.metrics.at(0).timestamp == base::Timestamp{1'520'879'607'789});
  CHECK(counter.metrics[0].created == base::Timestamp{1'520'430'000'123});
  CHECK(counter.metrics[0].exemplars.at(0).timestamp == base::Timestamp{1002});
  CHECK(families[1].name == "i_info");
  CHECK(families[1].type == MetricType::kInfo);
  CHECK(families[2].type == MetricType::kStateset);
  CHECK(families[3].type == MetricType::kGaugeHistogram);
  CHECK(families[3].metrics.at(0).exemplar_bounds == std::vector<double>{1});
  CHECK(families[3].metrics[0].sum == 3);
  CHECK(families[4].type == MetricType::kUntyped);
  CHECK(families[5].name == "plain");
}

TEST_CASE("OpenMetrics: PHP-FPM's counters without _total and late help are taken, as Prometheus takes them") {
  const auto families = Open(
      "# TYPE phpfpm_up gauge\n# HELP phpfpm_up Could pool be reached?\nphpfpm_up 1\n"
      "# TYPE phpfpm_accepted_connections counter\nphpfpm_accepted_connections 5\n# EOF\n");
  REQUIRE(families.size() == 2);
  CHECK(families[0].help == "Could pool be reached?");
  CHECK(families[1].name == "phpfpm_accepted_connections");
  CHECK(families[1].type == MetricType::kCounter);
  CHECK(families[1].metrics.at(0).value == 5);
}

TEST_CASE("limits hold for series and for the labels of one series") {
  CHECK(ParseText("a 1\nb 1\n", {.max_series = 1}).status().code() == base::Code::kLimit);
  const std::string wide = "a{b=\"" + std::string(2000, 'x') + "\"} 1\n";
  CHECK(ParseText(wide, {.max_label_bytes = 1000}).status().code() == base::Code::kLimit);
  CHECK(ParseText(wide, {.max_label_bytes = 3000}).ok());
  CHECK(ParseOpenMetrics(wide + "# EOF\n", {.max_label_bytes = 1000}).status().code() == base::Code::kLimit);
  std::vector<MetricFamily> families = Text("a 1\nb 1\n");
  std::string bytes;
  WriteExposition(families, {Format::kProtobuf, Escaping::kUnderscores, ""}, &bytes);
  CHECK(ParseProtobuf(bytes, {.max_series = 1}).status().code() == base::Code::kLimit);
  for (size_t cut = 1; cut < bytes.size(); ++cut) {
    const auto part = ParseProtobuf(std::string_view(bytes).substr(0, cut));
    CHECK((part.ok() ? part->size() == 1 : part.status().code() == base::Code::kInvalid));
  }
}

TEST_CASE("interleaved series of a hundred thousand histograms take linear time") {
  std::string page = "# TYPE h histogram\n";
  for (const char* part : {"h_bucket{le=\"1\",i=\"", "h_sum{i=\"", "h_count{i=\""}) {
    for (int i = 0; i < 100'000; ++i) page.append(part).append(std::to_string(i)).append("\"} 1\n");
  }
  const base::RealClock clock;
  const auto before = clock.Monotonic();
  const auto families = Text(page);
  CHECK(families.at(0).metrics.size() == 100'000);
  // Quadratic work would take minutes; the bound is far from both.
  CHECK(clock.Monotonic() - before < base::seconds(20));
}

}  // namespace bekci::wire::parser_test
