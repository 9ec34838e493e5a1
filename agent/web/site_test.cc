#include "agent/web/site.h"

#include <doctest/doctest.h>
#include <prometheus/registry.h>

#include "agent/base/memory_file_system.h"
#include "agent/web/fake_collection.h"

namespace bekci::web::site_test {
namespace {

struct Fixture {
  FakeCollection collection;
  FakeOwnMetrics own;
  prometheus::Registry registry;
  WebMetrics metrics{registry};
  base::FakeClock clock;
  base::CaptureLogger log;
  base::MemoryFileSystem fs;
  WebGuard guard{"", WebConfig{}, fs, clock, log};
  base::Status reload_status;
  int reloads = 0;
  Site site;

  explicit Fixture(bool lifecycle = true)
      : site({.host = "web-1",
              .version = "1",
              .config_file = "",
              .listen_address = "127.0.0.1:10112",
              .external_url = ""},
             {.lifecycle_enabled = [lifecycle] { return lifecycle; },
              .reload =
                  [this] {
                    ++reloads;
                    return reload_status;
                  },
              .reload_error = [this] { return reload_status.message(); }},
             collection, own, metrics, guard, clock, log) {}

  net::HttpResponse Ask(std::string method, std::string path,
                        std::vector<std::pair<std::string, std::string>> headers = {}) {
    net::HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers = std::move(headers);
    request.headers.emplace_back("Host", "127.0.0.1:10112");
    return site.Handle(request);
  }
};

bool Contains(const net::HttpResponse& response, std::string_view text) {
  return response.body.find(text) != std::string::npos;
}

TEST_CASE("every address answers with the status it should") {
  Fixture f;
  f.collection.Add("host", "web-1", RoundOf({Gauge("node_load1", 1)}));
  const struct {
    const char* method;
    const char* path;
    int status;
    const char* text;
  } rows[] = {{"GET", "/", 200, "<h1>web-1</h1>"},
              {"GET", "/metrics", 200, "node_load1 1"},
              {"HEAD", "/metrics", 200, ""},
              {"POST", "/metrics", 405, "GET, HEAD"},
              {"GET", "/metrics/host/web-1", 200, "node_load1 1"},
              {"GET", "/metrics/host/web-2", 404, ""},
              {"GET", "/sd", 200, "/metrics/host/web-1"},
              {"GET", "/-/healthy", 200, "healthy"},
              {"HEAD", "/-/healthy", 200, ""},
              {"GET", "/-/ready", 200, "ready"},
              {"GET", "/-/reload", 405, "POST, PUT"},
              {"HEAD", "/-/reload", 405, ""},
              {"POST", "/-/reload", 200, "reloaded"},
              {"PUT", "/-/reload", 200, "reloaded"},
              {"GET", "/static/bekci.css", 200, "prefers-color-scheme"},
              {"GET", "/static/icon.svg", 200, "<svg"},
              {"GET", "/favicon.ico", 200, "<svg"},
              {"GET", "/metric", 404, "did you mean /metrics"},
              {"BREW", "/", 405, ""}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.method) + " " + row.path);
    const net::HttpResponse response = f.Ask(row.method, row.path);
    CHECK(response.status == row.status);
    CHECK(Contains(response, row.text));
  }
  CHECK(f.reloads == 2);
}

TEST_CASE("ready means that the worker runs and every instance was tried once, and it stays") {
  Fixture f;
  f.collection.worker_.running = false;
  auto& host = f.collection.Add("host", "web-1");
  host.rounds = 0;
  CHECK(f.Ask("GET", "/-/ready").status == 503);
  CHECK(Contains(f.Ask("GET", "/-/ready"), "worker is not running"));
  f.collection.worker_.running = true;
  CHECK(Contains(f.Ask("GET", "/-/ready"), "the first collection of host/web-1 has not ended"));
  CHECK(Contains(f.Ask("GET", "/"), "Not ready:"));
  f.collection.states_[0].rounds = 1;
  f.collection.states_[0].status = base::Timeout("no answer");  // tried is enough
  CHECK(f.Ask("GET", "/-/ready").status == 200);
  f.collection.worker_.running = false;
  CHECK(f.Ask("GET", "/-/ready").status == 200);
}

TEST_CASE(
    "a reload that fails is a 500 with the reasons, from another site it is refused, and it can be switched off") {
  Fixture f;
  f.reload_status = base::Invalid("bekci.yml:3: unknown key \"colectors\"");
  const net::HttpResponse bad = f.Ask("POST", "/-/reload");
  CHECK(bad.status == 500);
  CHECK(Contains(bad, "bekci.yml:3: unknown key"));
  CHECK(Contains(f.Ask("GET", "/"), "The last reload failed"));
  CHECK(f.Ask("POST", "/-/reload", {{"Origin", "http://evil.example"}}).status == 403);
  CHECK(f.reloads == 1);

  Fixture off(false);
  CHECK(off.Ask("POST", "/-/reload").status == 403);
  CHECK(off.reloads == 0);
}

TEST_CASE("no path can be asked without a password when one is demanded, not even to learn that it does not exist") {
  Fixture f;
  REQUIRE(f.fs.WriteFileAtomic("/web.yml",
                               "basic_auth_users: {a: $2b$04$abcdefghijklmnopqrstuu0123456789012345678901234567890}\n")
              .ok());
  const auto config = LoadWebConfig(f.fs, "/web.yml");
  REQUIRE_MESSAGE(config.ok(), config.status().message());
  REQUIRE(f.guard.Apply("/web.yml", *config).ok());
  for (const Route& route : f.site.routes()) {
    const net::HttpResponse response = f.Ask("GET", std::string(route.path));
    CHECK(response.status == 401);
    CHECK(response.headers.at(0).first == "WWW-Authenticate");
  }
  CHECK(f.Ask("GET", "/no/such").status == 401);
  CHECK(f.Ask("BREW", "/").status == 401);
}

TEST_CASE("requests are counted by row of the table, not by path") {
  Fixture f;
  f.Ask("GET", "/-/healthy");
  f.Ask("GET", "/a/path/of/the/client");
  f.Ask("BREW", "/another");
  std::map<std::string, double> counted;
  for (const prometheus::MetricFamily& family : f.registry.Collect()) {
    if (family.name != "bekci_http_requests_total") continue;
    for (const prometheus::ClientMetric& metric : family.metric) {
      std::string key;
      for (const auto& label : metric.label) key += label.name + "=" + label.value + " ";
      counted[key] = metric.counter.value;
    }
  }
  CHECK(counted == std::map<std::string, double>{{"code=200 handler=healthy method=GET ", 1},
                                                 {"code=404 handler=none method=GET ", 1},
                                                 {"code=404 handler=none method=other ", 1}});
}

}  // namespace
}  // namespace bekci::web::site_test
