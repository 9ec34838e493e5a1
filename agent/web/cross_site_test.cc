#include "agent/web/cross_site.h"

#include <doctest/doctest.h>

#include <vector>

namespace bekci::web::cross_site_test {
namespace {

net::HttpRequest Ask(std::vector<std::pair<std::string, std::string>> headers, bool tls = false) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = "/-/reload";
  request.headers = std::move(headers);
  request.tls = tls;
  return request;
}

TEST_CASE("a request that changes something passes only when no other site can have made the browser send it") {
  struct Row {
    int line;
    const char* host;
    const char* origin;
    const char* fetch_site;
    bool tls;
    bool authenticated;
    bool passes;
  };
  const Row rows[] = {
      {__LINE__, "127.0.0.1:10112", "", "", false, false, true},  // curl
      {__LINE__, "shop.example", "", "", false, false, true},
      {__LINE__, "127.0.0.1:10112", "http://127.0.0.1:10112", "same-origin", false, false, true},
      {__LINE__, "localhost:10112", "http://localhost:10112", "", false, false, true},
      {__LINE__, "[::1]:10112", "http://[::1]:10112", "same-origin", false, false, true},
      {__LINE__, "web-1:80", "http://web-1", "same-origin", false, false, true},
      {__LINE__, "WEB-1", "https://web-1", "", true, false, true},
      {__LINE__, "127.0.0.1:10112", "", "none", false, false, true},  // typed into the address bar
      {__LINE__, "127.0.0.1:10112", "", "cross-site", false, false, false},
      {__LINE__, "127.0.0.1:10112", "", "same-site", false, false, false},
      {__LINE__, "127.0.0.1:10112", "http://evil.example", "", false, false, false},
      {__LINE__, "127.0.0.1:10112", "http://127.0.0.1:8080", "", false, false, false},   // another port
      {__LINE__, "127.0.0.1:10112", "https://127.0.0.1:10112", "", false, false, true},  // TLS ended at a proxy
      {__LINE__, "127.0.0.1:10112", "null", "", false, false, false},
      {__LINE__, "evil.example:10112", "http://evil.example:10112", "same-origin", false, false, false},  // rebinding
      {__LINE__, "evil.example:10112", "http://evil.example:10112", "same-origin", false, true,
       true},  // has a password
  };
  const std::vector<std::string> own = {"web-1"};
  for (const Row& row : rows) {
    CAPTURE(row.line);
    std::vector<std::pair<std::string, std::string>> headers = {{"Host", row.host}};
    if (*row.origin != '\0') headers.emplace_back("Origin", row.origin);
    if (*row.fetch_site != '\0') headers.emplace_back("Sec-Fetch-Site", row.fetch_site);
    CHECK(CheckSameSite(Ask(headers, row.tls), own, row.authenticated).ok() == row.passes);
  }
}

TEST_CASE("the host is found in authorities and URLs") {
  CHECK(HostOf("web-1:9100") == "web-1");
  CHECK(HostOf("[2001:DB8::1]:9100") == "2001:db8::1");
  CHECK(HostOf("2001:db8::1") == "2001:db8::1");
  CHECK(HostOf("https://Shop.example:8443/bekci/") == "shop.example");
  CHECK(HostOf("") == "");
}

}  // namespace
}  // namespace bekci::web::cross_site_test
