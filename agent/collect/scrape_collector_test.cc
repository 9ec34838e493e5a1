// A target scraped over HTTP by its collector, built from options as the core sends them.
#include "agent/collect/scrape_collector.h"

#include <doctest/doctest.h>

#include <functional>

#include "agent/base/byte_budget.h"
#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/collect/collect_once.h"
#include "agent/collect/worker_instance.h"
#include "agent/net/server.h"
#include "agent/wire/compression.h"

namespace bekci::collect::scrape_collector_test {
namespace {

struct Exporter {
  explicit Exporter(net::Handler handler) {
    net::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto started = net::StartServer(options, std::move(handler), log);
    REQUIRE(started.ok());
    server = std::move(*started);
  }
  std::string Url() const { return "http://" + server->addresses().front() + "/metrics"; }
  base::CaptureLogger log;
  std::unique_ptr<net::Server> server;
};

net::Handler Says(std::string body, std::string content_type = "text/plain; version=0.0.4", int status = 200) {
  return [=](const net::HttpRequest&) {
    net::HttpResponse response;
    response.body = body;
    response.content_type = content_type;
    response.status = status;
    return response;
  };
}

struct Scraped {
  base::Status status;
  ScrapeCounts counts;
  model::Round round;
};

Scraped Scrape(const std::string& url, const std::string& options, base::Duration deadline = base::seconds(10),
               base::ByteBudget* budget = nullptr) {
  static base::RealClock clock;
  static base::RealFileSystem fs;
  base::CaptureLogger log;
  InstanceConfig config;
  config.collector = kScrapeCollector;
  const auto node =
      config::ParseYaml("target: {url: '" + url + "', labels: {job: j}, timeout: '10'}\n" + options, "t.yml");
  REQUIRE_MESSAGE(node.ok(), node.status().message());
  config.options = *node;
  config.max_series = 1000;
  const auto collector = MakeCollector(config, {&fs, &clock, &log, budget});
  REQUIRE_MESSAGE(collector.ok(), collector.status().message());
  FamilySink sink;
  sink.set_max_series(config.max_series);
  sink.Begin();
  Scraped scraped;
  scraped.status = (*collector)->Collect({clock.Monotonic() + deadline, {}, {}}, sink);
  const FamilySink::Output output = sink.Finish();
  REQUIRE(output.counts.has_value());
  scraped.counts = *output.counts;
  scraped.round = sink.FinishRound();
  return scraped;
}

std::string Message(const Scraped& scraped) {
  CHECK(scraped.round.values.empty());
  return scraped.status.message();
}

}  // namespace

TEST_CASE("a target's page becomes series with its labels, and what was asked is what Prometheus asks") {
  net::HttpRequest asked;
  const Exporter exporter([&asked](const net::HttpRequest& request) {
    asked = request;
    return Says("a 1\nb{job=\"own\"} 2\n")(request);
  });
  const Scraped scraped = Scrape(exporter.Url() + "?x=1", "");
  REQUIRE_MESSAGE(scraped.status.ok(), scraped.status.message());
  CHECK(scraped.counts.scraped == 2);
  CHECK(scraped.counts.body_bytes == 19);
  REQUIRE(scraped.round.schema->series() == 2);
  CHECK(scraped.round.schema->families()[1].series[0].labels.ToString() == R"({exported_job="own", job="j"})");
  CHECK(asked.path == "/metrics");
  CHECK(asked.Query("x") == "1");
  CHECK(asked.Header("X-Prometheus-Scrape-Timeout-Seconds") == "10");
  CHECK(asked.Header("Accept-Encoding") == "gzip");
  CHECK(
      asked.Header("Accept") ==
      "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0."
      "1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2");
}

TEST_CASE("pages being scraped have a bound together: without room a scrape fails in words and costs no others") {
  std::string page;
  while (page.size() < 300'000) page += "# a comment that nobody needs, but that takes its place like any other line\n";
  page += "a 1\n";
  const std::string packed = *wire::Compress(wire::ContentEncoding::kGzip, page);
  const Exporter plain(Says(page));
  const Exporter gzip([&](const net::HttpRequest& request) {
    net::HttpResponse response = Says(packed)(request);
    response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
  });
  for (const Exporter* exporter : {&plain, &gzip}) {
    base::ByteBudget enough(1 << 20);
    CHECK(Scrape(exporter->Url(), "", base::seconds(10), &enough).status.ok());
    CHECK(enough.used() == 0);

    base::ByteBudget small(200'000);
    const Scraped refused = Scrape(exporter->Url(), "", base::seconds(10), &small);
    CHECK(refused.status.code() == base::Code::kLimit);
    CHECK(refused.status.message().find("no room for the page") != std::string::npos);
    CHECK(refused.status.message().find("worker.scrape_memory") != std::string::npos);
    CHECK(refused.counts.body_bytes == kNoRoomForBody);
    CHECK(small.used() == 0);

    base::ByteBudget taken(1 << 20);
    base::ByteCharge others(&taken);
    REQUIRE(others.Set((1 << 20) - 100'000));
    CHECK(Scrape(exporter->Url(), "", base::seconds(10), &taken).counts.body_bytes == kNoRoomForBody);
    others.Set(0);
    CHECK(Scrape(exporter->Url(), "", base::seconds(10), &taken).status.ok());
  }
  // The page's own limit is still what it says when that comes first.
  base::ByteBudget enough(1 << 20);
  for (const Exporter* exporter : {&plain, &gzip}) {
    const Scraped large = Scrape(exporter->Url(), "body_size_limit: 100KiB", base::seconds(10), &enough);
    CHECK(large.status.message().find("body_size_limit") != std::string::npos);
    CHECK(large.counts.body_bytes == -1);
  }
}

TEST_CASE("passwords, tokens and headers are sent") {
  net::HttpRequest asked;
  const Exporter exporter([&asked](const net::HttpRequest& request) {
    asked = request;
    return Says("a 1\n")(request);
  });
  REQUIRE(Scrape(exporter.Url(), "basic_auth: {username: me, password: 'open sesame'}").status.ok());
  CHECK(asked.Header("Authorization") == "Basic bWU6b3BlbiBzZXNhbWU=");
  REQUIRE(Scrape(exporter.Url(), "authorization: {credentials: token}").status.ok());
  CHECK(asked.Header("Authorization") == "Bearer token");
  REQUIRE(Scrape(exporter.Url(), "http_headers: {X-A: {values: [one]}, X-B: {secrets: [two]}}").status.ok());
  CHECK(asked.Header("X-A") == "one");
  CHECK(asked.Header("X-B") == "two");
  const Exporter issuer([](const net::HttpRequest& request) {
    CHECK(request.method == "POST");
    CHECK(request.body == "grant_type=client_credentials&scope=metrics");
    return Says(R"({"access_token": "fresh", "expires_in": 3600})")(request);
  });
  REQUIRE(Scrape(exporter.Url(),
                 "oauth2: {client_id: shop, client_secret: s, scopes: [metrics], token_url: '" + issuer.Url() + "'}")
              .status.ok());
  CHECK(asked.Header("Authorization") == "Bearer fresh");
  CHECK(Message(Scrape(exporter.Url(), "authorization: {credentials_file: /no/such/file}")) ==
        "open /no/such/file: No such file or directory");
}

TEST_CASE("a packed page is unpacked, and a bomb is not") {
  const auto packed = [](std::string_view page) {
    return [body = *wire::Compress(wire::ContentEncoding::kGzip, page)](const net::HttpRequest& request) {
      net::HttpResponse response = Says(body)(request);
      response.headers = {{"Content-Encoding", "gzip"}};
      return response;
    };
  };
  const Exporter good(packed("a 1\n"));
  CHECK(Scrape(good.Url(), "").counts.scraped == 1);
  const Exporter bomb(packed(std::string(40 << 20, '\n')));
  const Scraped scraped = Scrape(bomb.Url(), "");
  CHECK(Message(scraped) == "body size limit exceeded: the page has more than 16MiB (body_size_limit)");
  CHECK(scraped.counts.body_bytes == -1);
  const Exporter large(Says("a 1\n" + std::string(2000, '#') + "\n"));
  CHECK(Message(Scrape(large.Url(), "body_size_limit: 1KB")).starts_with("body size limit exceeded"));
}

TEST_CASE("what is no page says why") {
  const Exporter missing(Says("gone", "text/plain", 404));
  CHECK(Message(Scrape(missing.Url(), "")) == "server returned HTTP status 404 Not Found");
  const Exporter html(Says("<html>", "text/html"));
  CHECK(Message(Scrape(html.Url(), "")) ==
        "the target sends Content-Type \"text/html\" and no fallback_scrape_protocol says how to read it");
  const Exporter plain(Says("a 1\n", "text/html"));
  CHECK(Scrape(plain.Url(), "fallback_scrape_protocol: PrometheusText0.0.4").status.ok());
  CHECK(Message(Scrape("http://127.0.0.1:1/metrics", "")) == "connect 127.0.0.1:1: Connection refused");
  const Exporter garbage(Says("\x1f\x8b garbage \xFF"));
  CHECK(Message(Scrape(garbage.Url(), "")).starts_with("line 1: expected a metric name"));
}

TEST_CASE("a target over its pool's limit is not asked") {
  const auto node = config::ParseYaml("target: {url: 'http://127.0.0.1:1/', forced_error: too many}", "t.yml");
  base::RealClock clock;
  base::RealFileSystem fs;
  base::CaptureLogger log;
  InstanceConfig config;
  config.collector = kScrapeCollector;
  config.options = *node;
  const auto once = CollectOnce(config, {&fs, &clock, &log});
  REQUIRE(once.ok());
  CHECK(once->status.message() == "too many");
}

}  // namespace bekci::collect::scrape_collector_test
