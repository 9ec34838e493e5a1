// Pages through a ScrapePage and a sink, scrape after scrape: what reaches the store must be what a page says,
// whatever the page before said.
#include "agent/collect/scrape_page.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "agent/base/text.h"

namespace bekci::collect::scrape_page_test {
namespace {

using wire::Format;

struct Target {
  explicit Target(ScrapePage::Options options = {}, size_t max_series = 1000) : page(std::move(options)) {
    sink.set_max_series(max_series);
  }

  base::Status Scrape(std::string_view body, Format format = Format::kText) {
    counts = {};
    sink.Begin();
    const base::Status status = page.Read(format, body, sink, &counts);
    round = sink.FinishRound(&problems);
    schema_is_new = round.schema != last;
    last = round.schema;
    return status;
  }

  // Every sample as "name{labels} value [@time] [exemplars]", sorted.
  std::string Series() const {
    std::vector<std::string> lines;
    for (const model::MetricFamily& family : model::ToFamilies(round)) {
      CHECK((family.type == model::MetricType::kUntyped || family.metrics[0].native));
      for (const model::Metric& metric : family.metrics) {
        std::string line = family.name + metric.labels.ToString() + " " + base::DoubleText(metric.value);
        if (metric.native) line += " native:" + base::DoubleText(metric.native->count);
        if (metric.timestamp) line += " @" + std::to_string(metric.timestamp->ms);
        for (const model::Exemplar& exemplar : metric.exemplars) line += " # " + exemplar.labels.ToString();
        lines.push_back(line);
      }
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string& line : lines) all += line + "\n";
    return all;
  }

  ScrapePage page;
  FamilySink sink;
  ScrapeCounts counts;
  model::Round round;
  std::shared_ptr<const model::Schema> last;
  bool schema_is_new = false;
  std::vector<std::string> problems;
};

void CheckCounts(const ScrapeCounts& counts, uint64_t scraped, uint64_t kept, uint64_t added) {
  CHECK(counts.scraped == scraped);
  CHECK(counts.kept == kept);
  CHECK(counts.added == added);
}

ScrapePage::Options Relabeling(std::initializer_list<model::RelabelSpec> specs) {
  ScrapePage::Options options;
  for (const model::RelabelSpec& spec : specs) options.labels.relabel.push_back(*model::RelabelRule::Make(spec));
  return options;
}

}  // namespace

TEST_CASE("a page's lines are series, and the same page again is the same schema") {
  Target target;
  REQUIRE(target.Scrape("# HELP a_total What a is.\n# TYPE a_total counter\na_total 1\n\na_total{x=\"y\"} 2\n").ok());
  CHECK(target.Series() == "a_total{x=\"y\"} 2\na_total{} 1\n");
  CheckCounts(target.counts, 2, 2, 2);
  REQUIRE(target.last->described().size() == 1);
  CHECK(target.last->described()[0].name == "a_total");
  CHECK(target.last->described()[0].help == "What a is.");
  CHECK(target.last->described()[0].type == model::MetricType::kCounter);

  REQUIRE(target.Scrape("# HELP a_total What a is.\n# TYPE a_total counter\na_total 5\n\na_total{x=\"y\"} NaN\n").ok());
  CHECK(target.Series() == "a_total{x=\"y\"} NaN\na_total{} 5\n");
  CheckCounts(target.counts, 2, 2, 0);
  CHECK_FALSE(target.schema_is_new);
}

TEST_CASE("series come, go and move, and only those that were not there count as added") {
  Target target;
  REQUIRE(target.Scrape("a 1\nb 2\nc 3\n").ok());
  CheckCounts(target.counts, 3, 3, 3);
  REQUIRE(target.Scrape("a 1\nx 9\nb 2\nc 3\n").ok());
  CHECK(target.Series() == "a{} 1\nb{} 2\nc{} 3\nx{} 9\n");
  CheckCounts(target.counts, 4, 4, 1);
  REQUIRE(target.Scrape("c 4\na 1\n").ok());
  CHECK(target.Series() == "a{} 1\nc{} 4\n");
  CheckCounts(target.counts, 2, 2, 0);
  REQUIRE(target.Scrape("c 4\n").ok());
  CHECK(target.Series() == "c{} 4\n");
  REQUIRE(target.Scrape("").ok());
  CHECK(target.Series().empty());
  REQUIRE(target.Scrape("c 4\n").ok());
  CheckCounts(target.counts, 1, 1, 1);
}

TEST_CASE("a line is only known when it is wholly the same series") {
  Target target;
  REQUIRE(target.Scrape("foo 1\nbar{a=\"b\"} 2\n").ok());
  REQUIRE(target.Scrape("foobar 1\nbar{a=\"b\"} 2\n").ok());
  CHECK(target.Series() == "bar{a=\"b\"} 2\nfoobar{} 1\n");
  REQUIRE(target.Scrape("foo 1\nbar{a=\"b\"} 2\n").ok());
  REQUIRE(target.Scrape("foo {a=\"b\"} 1\nbar{a=\"b\"}\t 2  \n").ok());
  CHECK(target.Series() == "bar{a=\"b\"} 2\nfoo{a=\"b\"} 1\n");
  REQUIRE(target.Scrape("foo{} 1\nfoo{ } 3\n").ok());
  CHECK(target.Series() == "foo{} 1\n");
  CHECK(target.problems.size() == 1);  // the second is a duplicate
}

TEST_CASE("a bad page brings nothing and forgets nothing") {
  Target target;
  REQUIRE(target.Scrape("a 1\nb 2\nc 3\n").ok());
  const base::Status bad = target.Scrape("a 1\nb 2\nx 1\nc oops\n");
  CHECK(bad.code() == base::Code::kInvalid);
  CHECK(bad.message() == "line 4: expected a value, found \"oops\"");
  CHECK(target.Series().empty());
  CheckCounts(target.counts, 3, 3, 1);
  REQUIRE(target.Scrape("a 4\nb 5\nc 6\n").ok());
  CHECK(target.Series() == "a{} 4\nb{} 5\nc{} 6\n");
  CheckCounts(target.counts, 3, 3, 0);  // what a failed scrape did not show is not new
  REQUIRE(!target.Scrape("a 4\nb 5\nc").ok());
  REQUIRE(target.Scrape("a 4\nb 5\nc 6\n").ok());
  CheckCounts(target.counts, 3, 3, 0);
}

TEST_CASE("timestamps are taken or not, as honor_timestamps says") {
  const std::string page = "a 1 1000\nb 2\n";
  Target honest;
  REQUIRE(honest.Scrape(page).ok());
  REQUIRE(honest.Scrape("a 3 2000\nb 2\n").ok());
  CHECK(honest.Series() == "a{} 3 @2000\nb{} 2\n");
  CheckCounts(honest.counts, 2, 2, 0);
  REQUIRE(honest.Scrape("a 3\nb 2 7\n").ok());
  CHECK(honest.Series() == "a{} 3\nb{} 2 @7\n");
  Target deaf({.honor_timestamps = false});
  REQUIRE(deaf.Scrape(page).ok());
  REQUIRE(deaf.Scrape("a 3 2000\nb 2\n").ok());
  CHECK(deaf.Series() == "a{} 3\nb{} 2\n");
  CHECK_FALSE(deaf.schema_is_new);
}

TEST_CASE("OpenMetrics: exemplars travel with their samples, and a page without its end is half a page") {
  Target target;
  const std::string page =
      "# TYPE h histogram\nh_bucket{le=\"1\"} 3 # {trace=\"t\"} 0.5 1.5\nh_bucket{le=\"+Inf\"} 4\nh_count 4\nh_sum "
      "2.5\n# EOF\n";
  for (int i = 0; i < 2; ++i) {
    REQUIRE(target.Scrape(page, Format::kOpenMetrics).ok());
    CHECK(target.Series() ==
          "h_bucket{le=\"+Inf\"} 4\nh_bucket{le=\"1.0\"} 3 # {trace=\"t\"}\nh_count{} 4\nh_sum{} 2.5\n");
  }
  CHECK_FALSE(target.schema_is_new);
  CHECK(target.Scrape("a 1\n", Format::kOpenMetrics).message() == "line 2: expected \"# EOF\", found end of text");
  CHECK(!target.Scrape("a 1\n# EOF\nb 2\n", Format::kOpenMetrics).ok());
  CHECK(!target.Scrape("a  1\n# EOF\n", Format::kOpenMetrics).ok());
}

TEST_CASE("bounds are written in one way where they are bounds, and left alone where they are not") {
  Target target;
  REQUIRE(target
              .Scrape("# TYPE h histogram\nh_bucket{le=\"1\"} 3\nh_bucket{le=\"1e6\"} 3\n# TYPE s "
                      "summary\ns{quantile=\"0.50\"} 1\n# TYPE g gauge\ng{le=\"1\",quantile=\"01\"} 1\n")
              .ok());
  CHECK(target.Series() ==
        "g{le=\"1\", quantile=\"01\"} 1\nh_bucket{le=\"1.0\"} 3\nh_bucket{le=\"1e+06\"} 3\ns{quantile=\"0.5\"} 1\n");
  // A new line behind remembered ones still knows whose type it has.
  REQUIRE(target.Scrape("# TYPE h histogram\nh_bucket{le=\"1\"} 3\nh_bucket{le=\"2\"} 3\n").ok());
  CHECK(target.Series() == "h_bucket{le=\"1.0\"} 3\nh_bucket{le=\"2.0\"} 3\n");
}

TEST_CASE("metric relabeling drops and renames, in known pages as in new ones") {
  Target target(Relabeling({{.action = model::RelabelAction::kDrop, .source_labels = {"__name__"}, .regex = "go_.*"},
                            {.source_labels = {"__name__"}, .regex = "x_(.*)", .target_label = "__name__"}}));
  for (int i = 0; i < 2; ++i) {
    REQUIRE(target.Scrape("go_a 1\nx_b 2\ngo_c 3 99\nd 4\n").ok());
    CHECK(target.Series() == "b{} 2\nd{} 4\n");
    CheckCounts(target.counts, 4, 2, i == 0 ? 4 : 0);
  }
}

TEST_CASE("limits fail the page, and count to its end") {
  Target target({.sample_limit = 2});
  CHECK(target.Scrape("a 1\nb 2\n").ok());
  const base::Status over = target.Scrape("a 1\nb 2\nc 3\nd 4\n");
  CHECK(over.message() == "sample limit exceeded: 4 samples, sample_limit is 2");
  CheckCounts(target.counts, 4, 4, 2);
  CHECK(target.Scrape("a 1\nb 2\n").ok());
  CHECK(target.Series() == "a{} 1\nb{} 2\n");

  Target small({}, 3);
  CHECK(small.Scrape("a 1\nb 1\nc 1\nd 1\n").message() == "more than 3 series (max_series)");
  CHECK(small.Scrape("#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n").code() ==
        base::Code::kLimit);
  CHECK(small.Scrape("a 1\nb 1 5\nc 1\n").ok());
}

TEST_CASE("protobuf says the same as text, histogram by histogram") {
  const std::string text =
      "# HELP c_total Help.\n# TYPE c_total counter\nc_total{a=\"b\"} 1\n# TYPE h histogram\nh_bucket{le=\"0.5\"} "
      "1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 2\ns_count 3\n";
  std::string bytes;
  wire::WriteExposition(*wire::ParseText(text), {wire::Format::kProtobuf, wire::Escaping::kAllowUtf8, "1.0.0"}, &bytes);
  Target by_text;
  Target by_protobuf;
  REQUIRE(by_text.Scrape(text).ok());
  for (int i = 0; i < 2; ++i) {
    const base::Status status = by_protobuf.Scrape(bytes, Format::kProtobuf);
    REQUIRE_MESSAGE(status.ok(), status.message());
    CHECK(by_protobuf.Series() == by_text.Series());
    CheckCounts(by_protobuf.counts, 8, 8, i == 0 ? 8 : 0);
  }
  CHECK_FALSE(by_protobuf.schema_is_new);
  CHECK(by_protobuf.last->described().size() == 3);
  CHECK(!by_protobuf.Scrape("\xFF\xFF garbage", Format::kProtobuf).ok());
  REQUIRE(by_protobuf.Scrape(bytes, Format::kProtobuf).ok());
  CheckCounts(by_protobuf.counts, 8, 8, 0);
}

TEST_CASE("native histograms are taken where they are wanted") {
  model::MetricFamily family{"h", "", "", model::MetricType::kHistogram, {}};
  model::Metric& metric = family.metrics.emplace_back();
  metric.native.emplace();
  metric.native->positive_spans = {{0, 1}};
  metric.native->positive_buckets = {4};
  metric.native->count = metric.count = 4;
  metric.native->zero_threshold = 0.001;
  metric.buckets = {{1, 3}, {std::numeric_limits<double>::infinity(), 4}};
  std::string bytes;
  wire::WriteExposition({&family, 1}, {wire::Format::kProtobuf, wire::Escaping::kAllowUtf8, "1.0.0"}, &bytes);
  Target classic;
  REQUIRE(classic.Scrape(bytes, Format::kProtobuf).ok());
  CHECK(classic.Series() == "h_bucket{le=\"+Inf\"} 4\nh_bucket{le=\"1.0\"} 3\nh_count{} 4\nh_sum{} 0\n");
  Target native({.native_histograms = true});
  REQUIRE(native.Scrape(bytes, Format::kProtobuf).ok());
  CHECK(native.Series() == "h{} 0 native:4\n");
  Target both({.native_histograms = true, .classic_too = true});
  REQUIRE(both.Scrape(bytes, Format::kProtobuf).ok());
  CHECK(both.Series() == "h_bucket{le=\"+Inf\"} 4\nh_bucket{le=\"1.0\"} 3\nh_count{} 4\nh_sum{} 0\nh{} 0 native:4\n");
}

TEST_CASE("whatever changes between pages, the series are those of a target that sees the page for the first time") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same pages every time
  const auto pick = [&random](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  ScrapePage::Options options =
      Relabeling({{.action = model::RelabelAction::kDrop, .source_labels = {"__name__"}, .regex = "m[02]"}});
  options.labels.target = {{"job", "j"}};
  Target target(options);
  for (int round = 0; round < 400; ++round) {
    std::string page;
    const uint32_t start = pick(3) == 0 ? pick(4) : 0;
    for (uint32_t i = start; i < 12; ++i) {
      if (pick(15) == 0) continue;
      if (pick(20) == 0) page += "# TYPE m" + std::to_string(i) + " histogram\n";
      page += "m" + std::to_string(i % 5) + "{i=\"" + std::to_string(i) + "\",le=\"1\"} " + std::to_string(pick(100));
      if (pick(12) == 0) page += " " + std::to_string(1000 + i);
      page += "\n";
    }
    if (pick(10) == 0) page += "oops";
    Target fresh(options);
    const bool good = fresh.Scrape(page).ok();
    REQUIRE(target.Scrape(page).ok() == good);
    REQUIRE(target.Series() == fresh.Series());
    REQUIRE(target.counts.kept == fresh.counts.kept);
    REQUIRE(target.counts.scraped == fresh.counts.scraped);
  }
}

TEST_CASE("reading a page ends when it is told that it takes too long, and the next page is read as if nothing was") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "m{i=\"" + std::to_string(i) + "\"} 1\n";
  Target target({}, 10'000);
  REQUIRE(target.Scrape(text).ok());
  int asked = 0;
  const auto late = [&] { return ++asked < 3 ? base::OkStatus() : base::Timeout("too late"); };
  FamilySink& sink = target.sink;
  sink.Begin();
  ScrapeCounts counts;
  CHECK(target.page.Read(Format::kText, text, sink, &counts, late).code() == base::Code::kTimeout);
  CHECK(asked == 3);
  (void)sink.FinishRound();
  REQUIRE(target.Scrape(text + "n 2\n").ok());
  CHECK(target.round.values.size() == 5001);
}

}  // namespace bekci::collect::scrape_page_test
