#include "agent/web/exposition_page.h"

#include <doctest/doctest.h>

#include <atomic>
#include <iterator>
#include <limits>
#include <thread>

#include "agent/web/fake_collection.h"

namespace bekci::web::exposition_page_test {
namespace {

using model::Labels;
using model::MetricType;

std::string Page(const std::vector<PageSource>& sources, std::string_view accept = "") {
  base::CaptureLogger log;
  ExpositionPage page(log);
  return page.Write(sources, wire::Negotiate(accept));
}

TEST_CASE("families of several instances stand once, sorted, each series with its instance") {
  const auto primary = RoundOf({Gauge("mysql_up", 1), Gauge("mysql_threads", 7)});
  const auto replica = RoundOf({Gauge("mysql_up", 0)});
  const auto host = RoundOf({Gauge("node_load1", 0.25)});
  CHECK(Page({{host, {}}, {primary, {{"instance", "primary"}}}, {replica, {{"instance", "replica"}}}}) ==
        "# HELP mysql_threads Help.\n"
        "# TYPE mysql_threads gauge\n"
        "mysql_threads{instance=\"primary\"} 7\n"
        "# HELP mysql_up Help.\n"
        "# TYPE mysql_up gauge\n"
        "mysql_up{instance=\"primary\"} 1\n"
        "mysql_up{instance=\"replica\"} 0\n"
        "# HELP node_load1 Help.\n"
        "# TYPE node_load1 gauge\n"
        "node_load1 0.25\n");
}

TEST_CASE("a series that has an instance label of its own keeps it") {
  const auto round = RoundOf({FamilyOf("probe_success", MetricType::kGauge, {{{{"instance", "shop.example"}}, 1}})});
  CHECK(Page({{round, {{"instance", "a"}}}}).find("probe_success{instance=\"shop.example\"} 1\n") != std::string::npos);
}

TEST_CASE("of two types or two equal series the first stays; the loss is counted and told once") {
  const auto first = RoundOf({Gauge("a", 1), Gauge("b", 1)});
  const auto second = RoundOf({FamilyOf("a", MetricType::kCounter, {{Labels(), 2}}), Gauge("b", 2), Gauge("c", 3)});
  base::CaptureLogger log;
  ExpositionPage page(log);
  const std::vector<PageSource> sources = {{first, {}}, {second, {}}};
  const std::string expected =
      "# HELP a Help.\n# TYPE a gauge\na 1\n"
      "# HELP b Help.\n# TYPE b gauge\nb 1\n"
      "# HELP c Help.\n# TYPE c gauge\nc 3\n";
  CHECK(page.Write(sources, wire::Negotiate("")) == expected);
  CHECK(page.left_out() == 2);
  CHECK(page.Write(sources, wire::Negotiate("")) == expected);
  CHECK(page.left_out() == 4);
  CHECK(log.CountContaining("a is both gauge and counter") == 1);
  CHECK(log.CountContaining("b{} stands twice") == 1);
}

TEST_CASE("the same schemas with new numbers use the layout they have; a new schema makes a new one") {
  base::CaptureLogger log;
  ExpositionPage page(log);
  collect::FamilySink sink;
  constexpr collect::MetricSpec kSpec = {"x", MetricType::kGauge, "Help.", "n"};
  const auto round = [&](int series, double value) {
    sink.Begin();
    for (int i = 0; i < series; ++i) sink.Add(kSpec, {std::to_string(i)}, value);
    return std::make_shared<const model::Round>(sink.FinishRound());
  };
  const wire::Negotiated text = wire::Negotiate("");
  for (int i = 0; i < 5; ++i) {
    const PageSource source{round(2, i), {}};
    CHECK(page.Write({&source, 1}, text) == "# HELP x Help.\n# TYPE x gauge\nx{n=\"0\"} " + std::to_string(i) +
                                                "\nx{n=\"1\"} " + std::to_string(i) + "\n");
  }
  CHECK(page.layouts_built() == 1);
  const PageSource changed{round(3, 0), {}};
  CHECK(page.Write({&changed, 1}, text).find("x{n=\"2\"} 0") != std::string::npos);
  CHECK(page.layouts_built() == 2);
  page.Write({&changed, 1}, wire::Negotiate("application/openmetrics-text;version=1.0.0"));
  CHECK(page.layouts_built() == 3);
}

TEST_CASE("the cache is bounded by count and by bytes, and forgets layouts whose schema is gone") {
  LayoutCache cache(3, 1 << 20);
  const wire::Negotiated as = wire::Negotiate("");
  bool built = false;
  std::vector<PageSource> kept;
  for (int i = 0; i < 5; ++i) {
    kept.push_back({RoundOf({Gauge("x" + std::to_string(i), 1)}), {}});
    cache.Get({&kept.back(), 1}, KeyOf({&kept.back(), 1}, as), &built);
    CHECK(built);
  }
  CHECK(cache.size() == 3);
  cache.Get({&kept[4], 1}, KeyOf({&kept[4], 1}, as), &built);
  CHECK_FALSE(built);
  cache.Get({&kept[0], 1}, KeyOf({&kept[0], 1}, as), &built);
  CHECK(built);
  kept.resize(1);
  const PageSource other{RoundOf({Gauge("y", 1)}), {}};
  cache.Get({&other, 1}, KeyOf({&other, 1}, as), &built);
  CHECK(cache.size() == 2);

  LayoutCache tiny(10, 1);
  for (const PageSource& source : {kept[0], other}) tiny.Get({&source, 1}, KeyOf({&source, 1}, as), &built);
  CHECK(tiny.size() == 1);
}

TEST_CASE("histograms and summaries keep their order of buckets and quantiles") {
  model::MetricFamily histogram{"h", "Help.", "", MetricType::kHistogram, {{}}};
  histogram.metrics[0].buckets = {{0.5, 1}, {std::numeric_limits<double>::infinity(), 3}};
  histogram.metrics[0].sum = 4.5;
  histogram.metrics[0].count = 3;
  CHECK(Page({{RoundOf({histogram}), {{"instance", "a"}}}}) ==
        "# HELP h Help.\n# TYPE h histogram\n"
        "h_bucket{instance=\"a\",le=\"0.5\"} 1\n"
        "h_bucket{instance=\"a\",le=\"+Inf\"} 3\n"
        "h_sum{instance=\"a\"} 4.5\n"
        "h_count{instance=\"a\"} 3\n");
}

TEST_CASE("families without a fixed shape join those that have one: one header, sorted, duplicates left out") {
  model::MetricFamily stamped = FamilyOf("b", MetricType::kGauge, {{{{"t", "1"}}, 5}});
  stamped.metrics[0].timestamp = base::Timestamp{1'700'000'000'000};
  const auto first = RoundOf({Gauge("a", 1), FamilyOf("b", MetricType::kGauge, {{{{"t", "0"}}, 4}}), Gauge("c", 2)});
  const auto second = RoundOf({stamped});
  const auto third = RoundOf({stamped});
  base::CaptureLogger log;
  ExpositionPage page(log);
  const std::vector<PageSource> sources = {{first, {}}, {second, {}}, {third, {}}};
  CHECK(page.Write(sources, wire::Negotiate("")) ==
        "# HELP a Help.\n# TYPE a gauge\na 1\n"
        "# HELP b Help.\n# TYPE b gauge\nb{t=\"0\"} 4\nb{t=\"1\"} 5 1700000000000\n"
        "# HELP c Help.\n# TYPE c gauge\nc 2\n");
  CHECK(page.left_out() == 1);
}

TEST_CASE("an empty page is empty, and in OpenMetrics it still ends") {
  CHECK(Page({}) == "");
  CHECK(Page({}, "application/openmetrics-text;version=1.0.0") == "# EOF\n");
}

// A round of many series whose numbers change: long enough to be worth compressing.
class Changing {
 public:
  explicit Changing(std::string family) : family_(std::move(family)) {}
  PageSource Next() {
    const collect::MetricSpec spec = {family_, MetricType::kGauge, "What changes.", "n"};
    sink_.Begin();
    for (int i = 0; i < 200; ++i) sink_.Add(spec, {std::to_string(i)}, Number());
    return {std::make_shared<const model::Round>(sink_.FinishRound()), {}};
  }

 private:
  double Number() {
    constexpr double kOdd[] = {0,
                               -0.0,
                               1e308,
                               -5e-324,
                               std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity(),
                               std::numeric_limits<double>::quiet_NaN()};
    ++count_;
    return count_ % 5 == 0 ? kOdd[count_ % std::size(kOdd)] : static_cast<double>(count_ * count_) / 8;
  }
  const std::string family_;
  collect::FamilySink sink_;
  size_t count_ = 0;
};

constexpr std::string_view kTextForms[] = {"", "application/openmetrics-text;version=1.0.0"};

TEST_CASE("an encoded page is the plain page, the first time and the twentieth") {
  base::CaptureLogger log;
  ExpositionPage page(log);
  Changing changing("x");
  for (int i = 0; i < 20; ++i) {
    const PageSource source = changing.Next();
    for (const std::string_view accept : kTextForms) {
      const wire::Negotiated as = wire::Negotiate(accept);
      const std::string plain = page.Write({&source, 1}, as);
      for (const auto encoding : {wire::ContentEncoding::kGzip, wire::ContentEncoding::kZstd}) {
        const ExpositionPage::Encoded encoded = page.WriteEncoded({&source, 1}, as, encoding);
        CHECK(encoded.encoding == encoding);
        CHECK(encoded.page_bytes == plain.size());
        const auto decoded = wire::Decompress(encoding, encoded.body, plain.size());
        REQUIRE_MESSAGE(decoded.ok(), decoded.status().message());
        CHECK(*decoded == plain);
      }
      CHECK(page.WriteEncoded({&source, 1}, as, wire::ContentEncoding::kIdentity).body == plain);
    }
  }
  CHECK(page.layouts_built() == std::size(kTextForms));
}

TEST_CASE("small pages and general pages are encoded as far as it helps") {
  base::CaptureLogger log;
  ExpositionPage page(log);
  const PageSource small{RoundOf({Gauge("a", 1)}), {}};
  Changing changing("x");
  model::MetricFamily stamped = FamilyOf("b", MetricType::kGauge, {{{{"t", "1"}}, 5}});
  stamped.metrics[0].timestamp = base::Timestamp{1'700'000'000'000};
  const std::vector<PageSource> general = {changing.Next(), {RoundOf({stamped}), {}}};
  for (int i = 0; i < 20; ++i) {
    const auto plain = page.WriteEncoded({&small, 1}, wire::Negotiate(""), wire::ContentEncoding::kGzip);
    CHECK(plain.encoding == wire::ContentEncoding::kIdentity);
    CHECK(plain.body == "# HELP a Help.\n# TYPE a gauge\na 1\n");
    const auto packed = page.WriteEncoded(general, wire::Negotiate(""), wire::ContentEncoding::kGzip);
    CHECK(packed.encoding == wire::ContentEncoding::kGzip);
    const auto decoded = wire::Decompress(wire::ContentEncoding::kGzip, packed.body, 1 << 20);
    REQUIRE(decoded.ok());
    CHECK(*decoded == page.Write(general, wire::Negotiate("")));
  }
}

TEST_CASE("a layout asked for gzip again and again gets its compressor, once, and says what it takes") {
  Changing changing("x");
  const PageSource first = changing.Next();
  const PageLayout layout({&first, 1}, KeyOf({&first, 1}, wire::Negotiate("")));
  const size_t bytes_before = layout.size_bytes();
  std::vector<double> values;
  layout.Gather({&first, 1}, &values);
  std::string text;
  std::vector<wire::TextSpan> numbers;
  layout.text().Write(values, &text, &numbers);

  // Many at once: some are told to do it themselves, all others get the same page.
  std::atomic<int> packed_pages = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        std::string packed;
        if (!layout.Gzip(text, numbers, &packed)) continue;
        ++packed_pages;
        const auto back = wire::Decompress(wire::ContentEncoding::kGzip, packed, text.size());
        if (!back.ok() || *back != text) packed_pages = -1000;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string packed;
  CHECK(layout.Gzip(text, numbers, &packed));
  CHECK(packed_pages > 0);
  CHECK(packed_pages <= 64);  // those before it were asked too early
  CHECK(layout.size_bytes() > bytes_before);
  CHECK(layout.size_bytes() < bytes_before + 2 * text.size());
}

TEST_CASE("every format says the same") {
  const auto round =
      RoundOf({FamilyOf("requests_total", MetricType::kCounter, {{{{"code", "200"}}, 12}}), Gauge("a", 1)});
  const std::vector<PageSource> sources = {{round, {{"instance", "i"}}}};
  const auto text = wire::ParseText(Page(sources));
  const auto open = wire::ParseOpenMetrics(Page(sources, "application/openmetrics-text;version=1.0.0"));
  const auto proto = wire::ParseProtobuf(
      Page(sources, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"));
  for (const auto* families : {&text, &open, &proto}) {
    REQUIRE(families->ok());
    REQUIRE((*families)->size() == 2);
    CHECK((**families)[1].name == "requests_total");
    CHECK((**families)[1].metrics[0].labels == Labels{{"code", "200"}, {"instance", "i"}});
    CHECK((**families)[1].metrics[0].value == 12);
  }
}

}  // namespace
}  // namespace bekci::web::exposition_page_test
