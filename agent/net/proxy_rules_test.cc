// Which requests go through a proxy, as a table: the rules are Go's.
#include "agent/net/proxy_rules.h"

#include <doctest/doctest.h>

#include <map>

namespace bekci::net::proxy_rules_test {
namespace {

ProxyRules Rules(std::string_view no_proxy) {
  ProxyRules rules;
  rules.for_http = rules.for_https = *ParseProxy("http://proxy:3128");
  rules.has_exceptions = true;
  rules.no_proxy = ParseNoProxy(no_proxy);
  return rules;
}

bool IsDirect(std::string_view no_proxy, const char* url) {
  return Rules(no_proxy).For(*ParseUrl(url)) == nullptr;
}

base::Result<ProxyRules> FromEnvironment(const std::map<std::string, std::string>& variables) {
  return ProxyFromEnvironment([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

}  // namespace

TEST_CASE("hosts that no_proxy names are asked directly, others through the proxy") {
  struct Row {
    const char* no_proxy;
    const char* url;
    bool direct;
  };
  for (const Row& row : {
           Row{"", "http://shop.example/", false},
           Row{"*", "http://shop.example/", true},
           Row{"shop.example", "http://shop.example/", true},
           Row{"SHOP.example", "http://shop.EXAMPLE/", true},
           Row{"shop.example", "http://db.shop.example/", true},
           Row{"shop.example", "http://bookshop.example/", false},
           Row{".shop.example", "http://shop.example/", false},
           Row{".shop.example", "http://db.shop.example/", true},
           Row{"*.shop.example", "http://db.shop.example/", true},
           Row{"shop.example:9100", "http://shop.example:9100/", true},
           Row{"shop.example:9100", "http://shop.example/", false},
           Row{"shop.example:443", "https://shop.example/", true},
           Row{" a , shop.example,", "http://shop.example/", true},
           Row{"10.1.2.3", "http://10.1.2.3/", true},
           Row{"10.1.2.3", "http://10.1.2.4/", false},
           Row{"10.1.2.3:80", "http://10.1.2.3/", true},
           Row{"10.0.0.0/8", "http://10.200.1.1/", true},
           Row{"10.0.0.0/8", "http://11.0.0.1/", false},
           Row{"10.0.0.0/99", "http://10.0.0.1/", false},
           Row{"10.0.0.0/8", "http://ten.example/", false},
           Row{"fd00::/8", "http://[fd00::1]/", true},
           Row{"fd00::1", "http://[fd00::1]:9100/", true},
           Row{"[fd00::1]:9100", "http://[fd00::1]:9100/", true},
           Row{"[fd00::1]:9100", "http://[fd00::1]/", false},
           Row{"[", "http://[fd00::1]/", false},
           Row{"", "http://localhost:9100/", true},
           Row{"", "http://127.8.9.1/", true},
           Row{"", "http://[::1]/", true},
       }) {
    CHECK_MESSAGE(IsDirect(row.no_proxy, row.url) == row.direct, row.no_proxy << " | " << row.url);
  }
}

TEST_CASE("without a list of exceptions even this host is asked through the proxy, as proxy_url alone means it") {
  ProxyRules rules = Rules("");
  rules.has_exceptions = false;
  CHECK(rules.For(*ParseUrl("http://localhost/"))->host == "proxy");
  CHECK(ProxyRules().For(*ParseUrl("http://shop.example/")) == nullptr);
}

TEST_CASE(
    "the environment gives a proxy for each scheme, in letters of either size, and its errors name the variable") {
  const auto rules = FromEnvironment({{"HTTP_PROXY", "http://a:1"}, {"https_proxy", "b:2"}, {"no_proxy", "x.example"}});
  REQUIRE(rules.ok());
  CHECK(rules->For(*ParseUrl("http://shop.example/"))->host == "a");
  CHECK(rules->For(*ParseUrl("https://shop.example/"))->host == "b");
  CHECK(rules->For(*ParseUrl("https://shop.example/"))->port == 2);
  CHECK(rules->For(*ParseUrl("https://x.example/")) == nullptr);
  CHECK(FromEnvironment({})->For(*ParseUrl("http://shop.example/")) == nullptr);
  CHECK(FromEnvironment({{"HTTP_PROXY", "socks5://a:1"}}).status().message() ==
        "the environment's HTTP_PROXY: expected http://HOST:PORT");
}

}  // namespace bekci::net::proxy_rules_test
