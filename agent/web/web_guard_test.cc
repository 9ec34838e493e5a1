#include "agent/web/web_guard.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"

namespace bekci::web::web_guard_test {
namespace {

// bcrypt of "secret", cost 4
constexpr const char* kUsers =
    "basic_auth_users:\n  scraper: $2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n";

struct Fixture {
  base::FakeClock clock;
  base::MemoryFileSystem fs;
  base::CaptureLogger log;

  void Write(const std::string& text) { REQUIRE(fs.WriteFileAtomic("/web.yml", text).ok()); }
  std::unique_ptr<WebGuard> Start(const std::string& text) {
    Write(text);
    auto config = LoadWebConfig(fs, "/web.yml");
    REQUIRE_MESSAGE(config.ok(), config.status().message());
    return std::make_unique<WebGuard>("/web.yml", *config, fs, clock, log);
  }
};

int StatusOf(WebGuard& guard) {
  const auto refusal = guard.Refuse(net::HttpRequest{});
  return refusal ? refusal->status : 200;
}

std::string HeaderOf(WebGuard& guard, const std::string& name) {
  net::HttpResponse response;
  guard.Decorate(&response);
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST_CASE("a changed file counts within a second, without being asked for at every request") {
  Fixture f;
  auto guard = f.Start("http_server_config: {headers: {X-Frame-Options: deny}}\n");
  CHECK(StatusOf(*guard) == 200);
  CHECK(HeaderOf(*guard, "X-Frame-Options") == "deny");
  f.Write(kUsers);
  CHECK(StatusOf(*guard) == 200);  // not looked at yet
  f.clock.Advance(base::seconds(1));
  CHECK(StatusOf(*guard) == 401);
  CHECK(guard->authenticates());
  CHECK(HeaderOf(*guard, "X-Frame-Options") == "");
}

TEST_CASE(
    "a file that has become bad, or is gone, or is refused by the agent leaves the old one in force and is told once") {
  Fixture f;
  auto guard = f.Start(kUsers);
  f.Write("basic_auth_user: {}\n");
  for (int i = 0; i < 3; ++i) {
    f.clock.Advance(base::seconds(2));
    CHECK(StatusOf(*guard) == 401);
  }
  CHECK(f.log.CountContaining("cannot be used") == 1);
  REQUIRE(f.fs.Remove("/web.yml").ok());
  f.clock.Advance(base::seconds(2));
  CHECK(StatusOf(*guard) == 401);
  CHECK(f.log.CountContaining("is gone") == 1);

  guard->set_hooks({.accept =
                        [](const WebConfig& config) {
                          return config.Authenticates() ? base::OkStatus() : base::Denied("open to everybody");
                        },
                    .apply_tls = nullptr});
  f.Write("{}\n");
  f.clock.Advance(base::seconds(2));
  CHECK(StatusOf(*guard) == 401);
  CHECK(f.log.CountContaining("open to everybody") == 1);
}

TEST_CASE("the rate limit lets a burst through and then one request per interval") {
  Fixture f;
  auto guard = f.Start("rate_limit: {interval: 2s, burst: 3}\n");
  for (int i = 0; i < 3; ++i) CHECK(StatusOf(*guard) == 200);
  CHECK(StatusOf(*guard) == 429);
  f.clock.Advance(base::seconds(1));
  CHECK(StatusOf(*guard) == 429);
  f.clock.Advance(base::seconds(1));
  CHECK(StatusOf(*guard) == 200);
  CHECK(StatusOf(*guard) == 429);
  f.clock.Advance(base::hours(1));
  for (int i = 0; i < 3; ++i) CHECK(StatusOf(*guard) == 200);
  CHECK(StatusOf(*guard) == 429);
}

TEST_CASE("a configured header replaces the answer's own") {
  Fixture f;
  auto guard = f.Start("http_server_config: {headers: {Content-Security-Policy: \"default-src 'self'\"}}\n");
  net::HttpResponse response;
  response.headers = {{"content-security-policy", "default-src 'none'"}, {"Vary", "Accept"}};
  guard->Decorate(&response);
  CHECK(response.headers == std::vector<std::pair<std::string, std::string>>{
                                {"Vary", "Accept"}, {"Content-Security-Policy", "default-src 'self'"}});
}

TEST_CASE("without a file everybody comes in, and a reload can name one") {
  Fixture f;
  WebGuard guard("", WebConfig{}, f.fs, f.clock, f.log);
  CHECK(StatusOf(guard) == 200);
  f.Write(kUsers);
  const auto config = LoadWebConfig(f.fs, "/web.yml");
  REQUIRE(config.ok());
  guard.set_hooks({.accept = nullptr, .apply_tls = [](const net::TlsOptions&) { return base::Invalid("no"); }});
  CHECK(guard.Apply("/web.yml", *config).message() == "no");
  CHECK(StatusOf(guard) == 200);
  guard.set_hooks({});
  REQUIRE(guard.Apply("/web.yml", *config).ok());
  CHECK(StatusOf(guard) == 401);
  CHECK(guard.current().first == "/web.yml");
  REQUIRE(guard.Apply("", WebConfig{}).ok());
  CHECK(StatusOf(guard) == 200);
}

}  // namespace
}  // namespace bekci::web::web_guard_test
