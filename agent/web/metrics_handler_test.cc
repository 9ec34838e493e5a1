#include "agent/web/metrics_handler.h"

#include <doctest/doctest.h>
#include <prometheus/registry.h>

#include "agent/web/fake_collection.h"
#include "agent/wire/compression.h"

namespace bekci::web::metrics_handler_test {
namespace {

struct Fixture {
  FakeCollection collection;
  FakeOwnMetrics own;
  prometheus::Registry registry;
  WebMetrics metrics{registry};
  base::FakeClock clock;
  base::CaptureLogger log;
  MetricsHandler handler{collection, own, metrics, "web-1", clock, log};

  static net::HttpRequest Ask(std::string path, std::vector<std::pair<std::string, std::string>> query = {},
                              std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::HttpRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    request.headers = std::move(headers);
    return request;
  }
};

bool Contains(const net::HttpResponse& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

TEST_CASE("the page may take what the scraper's time-out leaves") {
  const struct {
    const char* header;
    base::Duration expected;
  } rows[] = {{"10", base::milliseconds(9500)}, {"1", base::milliseconds(800)}, {"2.5", base::milliseconds(2000)},
              {"0.1", base::milliseconds(80)},  {"", base::seconds(10)},        {"0", base::seconds(10)},
              {"-3", base::seconds(10)},        {"soon", base::seconds(10)},    {"NaN", base::seconds(10)},
              {"1e9", base::seconds(10)}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.header));
    net::HttpRequest request;
    if (*row.header != '\0') request.headers = {{"X-Prometheus-Scrape-Timeout-Seconds", row.header}};
    CHECK(base::ToSeconds(ScrapeTime(request)) == doctest::Approx(base::ToSeconds(row.expected)));
  }
  Fixture f;
  f.handler.Everything(Fixture::Ask("/metrics", {}, {{"X-Prometheus-Scrape-Timeout-Seconds", "5"}}));
  CHECK(f.collection.deadlines_.at(0) == f.clock.Monotonic() + base::milliseconds(4500));
}

TEST_CASE("a collector that fails costs its own series, never the page") {
  Fixture f;
  f.collection.Add("host", "web-1", RoundOf({Gauge("node_load1", 1)}));
  f.collection.Add("mysql", "primary", nullptr, base::Timeout("no answer"));
  f.collection.Add("redis", "cache", RoundOf({Gauge("redis_up", 0)}), base::Unavailable("refused"));
  const net::HttpResponse page = f.handler.Everything(Fixture::Ask("/metrics"));
  CHECK(page.status == 200);
  CHECK(Contains(page, "node_load1 1\n"));
  CHECK(Contains(page, "redis_up 0\n"));
  CHECK(Contains(page, "bekci_collector_success{collector=\"mysql\",instance=\"primary\"} 0\n"));
  CHECK(Contains(page, "bekci_collector_success{collector=\"host\",instance=\"web-1\"} 1\n"));

  f.collection.error_ = base::Unavailable("the worker is away");
  const net::HttpResponse alone = f.handler.Everything(Fixture::Ask("/metrics"));
  CHECK(alone.status == 200);
  CHECK(Contains(alone, "bekci_collector_success"));
  CHECK_FALSE(Contains(alone, "node_load1"));
}

TEST_CASE("several instances carry their name, also when only one has answered") {
  Fixture f;
  f.collection.Add("redis", "a", RoundOf({Gauge("redis_up", 1)}));
  f.collection.Add("redis", "b", nullptr, base::Timeout("no answer"));
  CHECK(Contains(f.handler.Everything(Fixture::Ask("/metrics")), "redis_up{instance=\"a\"} 1\n"));
  // its own page is what the peer exporter would print
  const net::HttpResponse own = f.handler.Instance(Fixture::Ask("/metrics/redis/a"));
  CHECK(own.body == "# HELP redis_up Help.\n# TYPE redis_up gauge\nredis_up 1\n");
}

TEST_CASE("collect[] and exclude[] choose as in node_exporter, and the agent itself goes by the name bekci") {
  Fixture f;
  f.collection.Add("host", "web-1", RoundOf({Gauge("node_load1", 1)}));
  const auto both = f.handler.Everything(Fixture::Ask("/metrics", {{"collect[]", "cpu"}, {"exclude[]", "wifi"}}));
  CHECK(both.status == 400);
  CHECK(f.collection.asked_.empty());

  f.handler.Everything(Fixture::Ask("/metrics", {{"collect[]", "cpu"}, {"collect[]", "loadavg"}}));
  CHECK(f.collection.asked_.back().only == std::vector<std::string>{"cpu", "loadavg"});
  f.handler.Everything(Fixture::Ask("/metrics", {{"exclude[]", "wifi"}}));
  CHECK(f.collection.asked_.back().exclude == std::vector<std::string>{"wifi"});

  const size_t asked = f.collection.asked_.size();
  const auto own = f.handler.Everything(Fixture::Ask("/metrics", {{"collect[]", "bekci"}}));
  CHECK(f.collection.asked_.size() == asked);
  CHECK(Contains(own, "bekci_collector_success"));
  CHECK_FALSE(Contains(own, "node_load1"));
  const auto without = f.handler.Everything(Fixture::Ask("/metrics", {{"exclude[]", "bekci"}}));
  CHECK(without.body == "# HELP node_load1 Help.\n# TYPE node_load1 gauge\nnode_load1 1\n");
  CHECK(f.collection.asked_.back().exclude.empty());

  f.collection.error_ = base::NotFound("no collector \"cpuu\", did you mean \"cpu\"?");
  const auto unknown = f.handler.Everything(Fixture::Ask("/metrics", {{"collect[]", "cpuu"}}));
  CHECK(unknown.status == 400);
  CHECK(Contains(unknown, "did you mean"));
}

TEST_CASE("the page of one instance: unknown is 404, nothing to show is 503, nothing there is an empty page") {
  Fixture f;
  f.collection.Add("mysql", "a/b", RoundOf({Gauge("mysql_up", 1)}));
  f.collection.Add("mysql", "dead", nullptr, base::Timeout("no answer within 4s"));
  f.collection.Add("systemd", "web-1", nullptr, base::NoData("no systemd here"));
  f.collection.Add("redis", "down", RoundOf({Gauge("redis_up", 0)}), base::Unavailable("refused"));
  const struct {
    const char* path;
    int status;
    const char* text;
  } rows[] = {{"/metrics/mysql/a/b", 200, "mysql_up 1"},
              {"/metrics/mysql/dead", 503, "no answer within 4s"},
              {"/metrics/systemd/web-1", 200, ""},
              {"/metrics/redis/down", 200, "redis_up 0"},
              {"/metrics/mysql/none", 404, "/sd"},
              {"/metrics/mysql", 404, "/sd"},
              {"/metrics/mysql/", 404, "/sd"},
              {"/metrics//x", 404, "/sd"},
              {"/metrics/bekci/web-1", 200, "bekci_collector_success"},
              {"/metrics/bekci/other", 404, "/sd"}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.path));
    const net::HttpResponse page = f.handler.Instance(Fixture::Ask(row.path));
    CHECK(page.status == row.status);
    CHECK(Contains(page, row.text));
  }
}

TEST_CASE("the format is negotiated, and a page worth it is compressed") {
  Fixture f;
  std::vector<std::pair<model::Labels, double>> points;
  const std::string longer(100, 'x');
  for (int i = 0; i < 40; ++i) points.push_back({{{"n", longer + std::to_string(i)}}, 1});
  f.collection.Add("host", "web-1", RoundOf({FamilyOf("big", model::MetricType::kGauge, points)}));

  const auto plain = f.handler.Everything(Fixture::Ask("/metrics"));
  const auto zipped = f.handler.Everything(Fixture::Ask("/metrics", {}, {{"Accept-Encoding", "gzip"}}));
  CHECK(plain.content_type.starts_with("text/plain; version=0.0.4"));
  CHECK(zipped.body.size() < plain.body.size() / 2);
  const auto unzipped = wire::Decompress(wire::ContentEncoding::kGzip, zipped.body, 1 << 20);
  REQUIRE(unzipped.ok());
  CHECK(*unzipped == plain.body);
  const auto has = [](const net::HttpResponse& response, const std::string& name, const std::string& value) {
    return std::find(response.headers.begin(), response.headers.end(), std::pair(name, value)) !=
           response.headers.end();
  };
  CHECK(has(zipped, "Content-Encoding", "gzip"));
  CHECK(has(zipped, "Vary", "Accept, Accept-Encoding"));
  CHECK(has(plain, "Vary", "Accept, Accept-Encoding"));

  const auto small = f.handler.Instance(Fixture::Ask("/metrics/bekci/web-1", {}, {{"Accept-Encoding", "gzip"}}));
  CHECK_FALSE(has(small, "Content-Encoding", "gzip"));

  const auto open =
      f.handler.Everything(Fixture::Ask("/metrics", {}, {{"Accept", "application/openmetrics-text;version=1.0.0"}}));
  CHECK(open.content_type.starts_with("application/openmetrics-text; version=1.0.0"));
  CHECK(open.body.ends_with("# EOF\n"));

  // Both encodings welcome: text has a compressor of its own for gzip, protobuf takes what is cheaper in general.
  const std::pair<std::string, std::string> both = {"Accept-Encoding", "gzip, zstd"};
  CHECK(has(f.handler.Everything(Fixture::Ask("/metrics", {}, {both})), "Content-Encoding", "gzip"));
  const std::string protobuf =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  CHECK(has(f.handler.Everything(Fixture::Ask("/metrics", {}, {{"Accept", protobuf}, both})), "Content-Encoding",
            "zstd"));
}

}  // namespace
}  // namespace bekci::web::metrics_handler_test
