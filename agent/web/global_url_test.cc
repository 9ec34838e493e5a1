#include "agent/web/global_url.h"

#include <doctest/doctest.h>

namespace bekci::web::global_url_test {

TEST_CASE("a target on a loopback address is told by the name that others know") {
  const OwnAddress own = {"127.0.0.1:10112", "https://mon.example/bekci"};
  CHECK(GlobalUrl("http://127.0.0.1:9100/metrics", own) == "http://mon.example:9100/metrics");
  CHECK(GlobalUrl("http://localhost:9100/metrics?x=1", own) == "http://mon.example:9100/metrics?x=1");
  CHECK(GlobalUrl("http://[::1]:9100/metrics", own) == "http://mon.example:9100/metrics");
  CHECK(GlobalUrl("http://127.0.0.1:10112/metrics", own) == "https://mon.example/metrics");
  CHECK(GlobalUrl("http://127.0.0.1:10112/metrics", {"127.0.0.1:10112", "http://web-1:10112/"}) ==
        "http://web-1:10112/metrics");
}

TEST_CASE("any other address stays as it is") {
  const OwnAddress own = {"127.0.0.1:10112", "http://web-1:10112"};
  for (const char* url : {"http://10.0.0.1:9100/metrics", "http://localhost/metrics", "not an address", ""}) {
    CHECK(GlobalUrl(url, own) == url);
  }
  CHECK(GlobalUrl("http://127.0.0.1:9100/metrics", {"", ""}) == "http://127.0.0.1:9100/metrics");
}

}  // namespace bekci::web::global_url_test
