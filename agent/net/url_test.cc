#include "agent/net/url.h"

#include <doctest/doctest.h>

namespace bekci::net::url_test {

TEST_CASE("an address is taken apart and put together again") {
  const auto url = ParseUrl("HTTPS://me:pw@[::1]:8443/a/b?x=1#frag");
  REQUIRE(url.ok());
  CHECK(url->tls);
  CHECK(url->userinfo == "me:pw");
  CHECK(url->host == "::1");
  CHECK(url->port == 8443);
  CHECK(url->target == "/a/b?x=1");
  CHECK(url->ToString() == "https://[::1]:8443/a/b?x=1");
  CHECK(ParseUrl("http://Host")->ToString() == "http://host/");
  CHECK(ParseUrl("http://host")->port == 80);
  CHECK(ParseUrl("https://host?q")->port == 443);
  CHECK(ParseUrl("https://host?q")->target == "/?q");
  CHECK(ParseUrl("http://[::1]/x")->Authority() == "[::1]");
  for (const char* bad : {"", "host", "ftp://host/", "http://", "http:///x", "http://h:99999/", "http://h:/x y",
                          "http://unix:/x", "http://::1/", "http://h\n/"}) {
    CAPTURE(bad);
    CHECK(ParseUrl(bad).status().code() == base::Code::kInvalid);
  }
}

TEST_CASE("a redirect means what a browser makes of it") {
  const Url base = *ParseUrl("http://h:8080/a/b/c?q=1");
  const std::pair<const char*, const char*> rows[] = {
      {"https://other/x", "https://other/x"},
      {"//other:1/x", "http://other:1/x"},
      {"/x?y", "http://h:8080/x?y"},
      {"d", "http://h:8080/a/b/d"},
      {"../d?z=/../", "http://h:8080/a/d?z=/../"},
      {"?only=query", "http://h:8080/a/b/c?only=query"},
      {"", "http://h:8080/a/b/c"},
      {"./", "http://h:8080/a/b/"},
      {"../../../..", "http://h:8080/"},
      {"#frag", "http://h:8080/a/b/c"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.first);
    const auto url = ResolveUrl(base, row.first);
    REQUIRE(url.ok());
    CHECK(url->ToString() == row.second);
  }
  CHECK(!ResolveUrl(base, "javascript:alert(1)").ok());
  CHECK(!ResolveUrl(base, "file:///etc/passwd").ok());
}

TEST_CASE("texts are escaped as Go escapes them") {
  CHECK(QueryEscaped("a b/ç?&=+") == "a+b%2F%C3%A7%3F%26%3D%2B");
  CHECK(PathEscaped("/a b/ç?x=1") == "/a%20b/%C3%A7%3Fx=1");
  CHECK(Unescaped("a%20b%zz%4") == "a b%zz%4");
}

}  // namespace bekci::net::url_test
