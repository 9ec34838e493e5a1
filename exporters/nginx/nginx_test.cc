// The collector, its page and its URL; what discovery reads in nginx's configuration. A real nginx: tests/e2e.
#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/collect/collector.h"
#include "agent/net/server.h"
#include "exporters/nginx/configuration.h"
#include "exporters/nginx/discover.h"
#include "exporters/nginx/status_url.h"
#include "exporters/nginx/stub_status.h"

namespace bekci::exporters::nginx {
extern const collect::CollectorSpec kSpec;
}

namespace bekci::exporters::nginx::nginx_test {
namespace {

std::string TestData(const std::string& name) {
  base::RealFileSystem fs;
  return fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/nginx/testdata/" + name).value();
}

struct FakeNginx {
  FakeNginx() {
    net::ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto started = net::StartServer(
        options,
        [this](const net::HttpRequest& request) {
          net::HttpResponse response;
          response.status = request.path == "/stub_status" ? status : 404;
          response.body = page;
          return response;
        },
        log);
    REQUIRE(started.ok());
    server = std::move(started).value();
    url = "http://" + server->addresses().front() + "/stub_status";
  }
  int status = 200;
  std::string page = TestData("stub_status.txt");
  std::string url;
  base::CaptureLogger log;
  std::unique_ptr<net::Server> server;
};

struct Instance {
  explicit Instance(const std::string& url) {
    config::Errors errors;
    const auto node = config::ParseYaml("url: " + url, "test.yml");
    REQUIRE(node.ok());
    const auto options = config::Check(*node, kSpec.options, &errors);
    REQUIRE(errors.empty());
    auto made = kSpec.make(options, {&fs, &clock, &log});
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    collector = std::move(made).value();
  }
  base::Status Collect() {
    sink.Begin();
    base::Status status = collector->Collect({clock.Monotonic() + base::seconds(5), {}, {}}, sink);
    values = sink.FinishRound().values;
    return status;
  }
  base::MemoryFileSystem fs;
  base::RealClock clock;
  base::CaptureLogger log;
  collect::FamilySink sink;
  std::unique_ptr<collect::Collector> collector;
  std::vector<double> values;
};

}  // namespace

TEST_CASE("the page of a real nginx is read") {
  const auto status = ParseStubStatus(TestData("stub_status.txt"));
  REQUIRE(status.ok());
  CHECK(status->active == 2);
  CHECK(status->accepted == 2187);
  CHECK(status->handled == 2187);
  CHECK(status->requests == 2972);
  CHECK(status->reading == 0);
  CHECK(status->writing == 1);
  CHECK(status->waiting == 1);
}

TEST_CASE("a page that is cut off or of something else is refused with the line") {
  const std::string page = TestData("stub_status.txt");
  // Up to the last number; its final blank and line end do not matter.
  for (size_t size = 0; size < page.size() - 3; ++size) {
    CHECK(ParseStubStatus(page.substr(0, size)).status().code() == base::Code::kCorrupt);
  }
  CHECK(ParseStubStatus("<html>welcome</html>").status().message() ==
        "stub_status: line 1 is \"<html>welcome</html>\"");
  CHECK(!ParseStubStatus("Active connections: -1\n").ok());
}

TEST_CASE("URLs in all their forms are taken apart, and wrong ones are told") {
  auto url = ParseStatusUrl("http://127.0.0.1:8080/stub_status?x");
  REQUIRE(url.ok());
  CHECK(url->address.ToString() == "127.0.0.1:8080");
  CHECK(url->path == "/stub_status?x");
  CHECK(!url->tls);
  url = ParseStatusUrl("https://shop.example");
  REQUIRE(url.ok());
  CHECK(url->tls);
  CHECK(url->address.port == 443);
  CHECK(url->path == "/");
  url = ParseStatusUrl("unix:/run/n.sock:/status");
  REQUIRE(url.ok());
  CHECK(url->address.unix_path == "/run/n.sock");
  CHECK(url->path == "/status");
  for (const char* bad :
       {"", "ftp://x/", "http://", "http://u:p@h/", "unix:relative:/x", "unix:/s:x", "http://h/a b"}) {
    CHECK(ParseStatusUrl(bad).status().code() == base::Code::kInvalid);
  }
}

TEST_CASE("nginx_up says whether the page was there, and the numbers come with it") {
  FakeNginx nginx;
  Instance instance(nginx.url);
  CHECK(instance.Collect().ok());
  CHECK(instance.values.size() == 8);
  nginx.status = 403;
  base::Status status = instance.Collect();
  CHECK(status.code() == base::Code::kDenied);
  CHECK(status.message().find("allow") != std::string::npos);
  CHECK(instance.values == std::vector<double>{0});
  nginx.status = 200;
  nginx.page = "It works!";
  CHECK(instance.Collect().code() == base::Code::kCorrupt);
  nginx.page = std::string(1 << 20, 'x');
  CHECK(instance.Collect().code() == base::Code::kLimit);
  nginx.page = TestData("stub_status.txt");
  CHECK(instance.Collect().ok());
  nginx.server.reset();
  CHECK(instance.Collect().code() == base::Code::kUnavailable);
  CHECK(instance.values == std::vector<double>{0});
}

TEST_CASE("stub_status is found in nginx's configuration, with every listen of its server") {
  const std::string text = R"(
# server { listen 1; location /commented { stub_status; } }
http {
  server { listen 443 ssl; location / { return 200 "stub_status; {}"; } }
  server {
    listen 127.0.0.1:8080;
    listen [::]:8081 default_server;
    listen unix:/run/nginx.sock;
    listen 8443 ssl;
    location = /nginx_status { stub_status on; allow 127.0.0.1; deny all; }
    location ~ ^/other { stub_status; }
  }
  server { location /s { stub_status; } }
})";
  CHECK(StubStatusUrls(text) ==
        std::vector<std::string>{"http://127.0.0.1:8080/nginx_status", "http://[::1]:8081/nginx_status",
                                 "unix:/run/nginx.sock:/nginx_status", "https://127.0.0.1:8443/nginx_status",
                                 "http://127.0.0.1:80/s"});
  CHECK(StubStatusUrls("}}}{{{ server { stub_status").empty());
  CHECK(StubStatusUrls("server { listen \"").empty());
}

TEST_CASE("includes are followed where they stand, relative to the main file, with patterns, and not for ever") {
  base::MemoryFileSystem fs;
  fs.Put("/etc/nginx/nginx.conf",
         "http { include mime.types; include /srv/*/nginx/*.conf;\n"
         "  server { listen 127.0.0.1:81; include 'snippets/status.conf'; include snippets/none.conf; }\n"
         "  server { listen 127.0.0.1:82; location /s { include snippets/on.conf; } } }");
  fs.Put("/etc/nginx/snippets/status.conf", "location = /status { stub_status; }");
  fs.Put("/etc/nginx/snippets/on.conf", "stub_status;");
  fs.Put("/etc/nginx/snippets/unused.conf", "server { location /unused { stub_status; } }");
  fs.Put("/srv/a/nginx/x.conf", "server { listen 83; include /srv/a/nginx/deeper.inc; }");
  fs.Put("/srv/a/nginx/deeper.inc", "include snippets/status.conf;");
  fs.Put("/srv/b/nginx/y.conf", "server { listen 84; location /y { stub_status; } }");
  fs.Put("/srv/b/nginx/y.conf.old", "server { listen 85; location /y { stub_status; } }");
  CHECK(StubStatusUrlsOfFile(fs, "/etc/nginx/nginx.conf") ==
        std::vector<std::string>{"http://127.0.0.1:83/status", "http://127.0.0.1:84/y", "http://127.0.0.1:81/status",
                                 "http://127.0.0.1:82/s"});

  // One that includes itself twice would be read 2^depth times, and one that includes all of a directory each time
  // more.
  fs.Put("/etc/nginx/nginx.conf", "server { location /r { stub_status; } } include nginx.conf; include nginx.conf;");
  const size_t twice = StubStatusUrlsOfFile(fs, "/etc/nginx/nginx.conf").size();
  CHECK(twice > kMaxIncludeDepth);
  CHECK(twice <= kMaxConfigurationFiles);
  for (int i = 0; i < 300; ++i) {
    fs.Put("/etc/nginx/many/" + std::to_string(i) + ".conf", "server { location /m { stub_status; } } include many/*;");
  }
  CHECK(StubStatusUrlsOfFile(fs, "/etc/nginx/many/0.conf").size() == 1);  // many/many is nowhere
  fs.Put("/etc/nginx/nginx.conf", "include many/*;");
  CHECK(StubStatusUrlsOfFile(fs, "/etc/nginx/nginx.conf").size() == kMaxConfigurationFiles - 1);
}

TEST_CASE("discovery finds a page that answers, and else says what to add") {
  base::MemoryFileSystem fs;
  base::RealClock clock;
  base::CaptureLogger log;
  const collect::Environment environment{&fs, &clock, &log};
  const auto soon = [&] { return clock.Monotonic() + base::seconds(5); };
  CHECK(Discover(environment, soon()).empty());

  fs.Put("/etc/nginx/nginx.conf", "http { include /etc/nginx/conf.d/*.conf; }");
  auto found = Discover(environment, soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].fix.find("location = /stub_status { stub_status;") != std::string::npos);

  FakeNginx nginx;
  const std::string address = nginx.server->addresses().front();
  fs.Put("/etc/nginx/conf.d/a.conf",
         "server { listen 127.0.0.1:1; listen " + address + "; location /stub_status { stub_status; } }");
  found = Discover(environment, soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].problem == "");
  CHECK(found[0].options[0].second == nginx.url);
  REQUIRE(fs.Remove("/etc/nginx/nginx.conf").ok());  // or not readable for us: the usual layout
  found = Discover(environment, soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].options[0].second == nginx.url);
  nginx.status = 403;
  found = Discover(environment, soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].problem != "");
  CHECK(found[0].fix != "");
}

}  // namespace bekci::exporters::nginx::nginx_test
