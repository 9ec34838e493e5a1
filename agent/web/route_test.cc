#include "agent/web/route.h"

#include <doctest/doctest.h>

namespace bekci::web::route_test {
namespace {

RouteTable Table() {
  const auto named = [](const char* text) { return [text](const net::HttpRequest&) { return TextAnswer(200, text); }; };
  return RouteTable({
      {.methods = "GET", .path = "/metrics", .name = "metrics", .help = "everything", .handle = named("page")},
      {.methods = "GET", .path = "/metrics/", .below = true, .name = "instance", .help = "one", .handle = named("one")},
      {.methods = "POST PUT", .path = "/-/reload", .name = "reload", .changes_state = true, .handle = named("re")},
      {.methods = "GET", .path = "/", .name = "landing", .handle = named("hello")},
  });
}

TEST_CASE("a path finds its row, whole paths before beginnings") {
  const RouteTable table = Table();
  CHECK(table.Find("/metrics")->name == "metrics");
  CHECK(table.Find("/metrics/host/web-1")->name == "instance");
  CHECK(table.Find("/")->name == "landing");
  CHECK(table.Find("/metricsx") == nullptr);
  CHECK(table.Find("/-/reload/") == nullptr);
}

TEST_CASE("HEAD comes with GET and with nothing else") {
  const RouteTable table = Table();
  CHECK(table.Find("/metrics")->Allows("GET"));
  CHECK(table.Find("/metrics")->Allows("HEAD"));
  CHECK_FALSE(table.Find("/metrics")->Allows("POST"));
  CHECK(table.Find("/-/reload")->Allows("PUT"));
  CHECK_FALSE(table.Find("/-/reload")->Allows("HEAD"));
  CHECK_FALSE(table.Find("/-/reload")->Allows(""));
}

TEST_CASE("the wrong method is told which ones are right") {
  const RouteTable table = Table();
  const net::HttpResponse reload = RouteTable::MethodNotAllowed(*table.Find("/-/reload"), "GET");
  CHECK(reload.status == 405);
  REQUIRE(reload.headers.size() == 1);
  CHECK(reload.headers[0] == std::pair<std::string, std::string>("Allow", "POST, PUT"));
  CHECK(table.Find("/metrics")->AllowText() == "GET, HEAD");
}

TEST_CASE("an unknown path is answered with the nearest one, or with the list") {
  const RouteTable table = Table();
  CHECK(table.NotFound("/metric").body == "404 not found: there is no \"/metric\" here, did you mean /metrics ?\n");
  const std::string list = table.NotFound("/completely/else").body;
  CHECK(list.find("/-/reload") != std::string::npos);
  CHECK(list.find("everything") != std::string::npos);
}

}  // namespace
}  // namespace bekci::web::route_test
