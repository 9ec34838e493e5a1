#include "agent/web/service_discovery.h"

#include <doctest/doctest.h>

#include "agent/web/fake_collection.h"

namespace bekci::web::service_discovery_test {
namespace {

const collect::CollectorSpec kHost = {.name = "host", .help = "x", .job = "node"};

net::HttpResponse Discover(const std::string& host, bool tls = false) {
  FakeCollection collection;
  collection.Add("host", "web-1").spec = &kHost;
  collection.Add("redis", "cache/1 \"x\"");
  net::HttpRequest request;
  request.headers = {{"Host", host}};
  request.tls = tls;
  return ServiceDiscovery(request, collection.States(), {"web-1", "127.0.0.1:10112"});
}

TEST_CASE("every instance page is a target with the peer's job, and so is the agent's own page") {
  const net::HttpResponse response = Discover("web-1.example:10112");
  CHECK(response.content_type == "application/json");
  CHECK(
      response.body ==
      "[\n"
      " {\"targets\":[\"web-1.example:10112\"],\"labels\":{\"__metrics_path__\":\"/metrics/bekci/web-1\","
      "\"__meta_bekci_collector\":\"bekci\",\"job\":\"bekci\",\"instance\":\"web-1\"}},\n"
      " {\"targets\":[\"web-1.example:10112\"],\"labels\":{\"__metrics_path__\":\"/metrics/host/web-1\","
      "\"__meta_bekci_collector\":\"host\",\"job\":\"node\",\"instance\":\"web-1\"}},\n"
      " {\"targets\":[\"web-1.example:10112\"],\"labels\":{\"__metrics_path__\":\"/metrics/redis/cache%2F1%20%22x%22\","
      "\"__meta_bekci_collector\":\"redis\",\"job\":\"redis\",\"instance\":\"cache/1 \\\"x\\\"\"}}\n"
      "]\n");
}

TEST_CASE("targets are scraped over TLS where the question came over TLS") {
  CHECK(Discover("web-1:1", true).body.find("\"__scheme__\":\"https\"") != std::string::npos);
  CHECK(Discover("web-1:1", false).body.find("__scheme__") == std::string::npos);
}

TEST_CASE("a Host that is no host is not repeated") {
  for (const std::string& host :
       {std::string("a\"],\"x\":[\""), std::string("a b"), std::string(), std::string(300, 'a')}) {
    CHECK(Discover(host).body.find("\"targets\":[\"127.0.0.1:10112\"]") != std::string::npos);
  }
  CHECK(Discover("[::1]:10112").body.find("\"targets\":[\"[::1]:10112\"]") != std::string::npos);
}

}  // namespace
}  // namespace bekci::web::service_discovery_test
