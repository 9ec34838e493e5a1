// Reading requests: what is accepted, what is refused, whatever the pieces in which it comes.
#include "agent/net/http.h"

#include <doctest/doctest.h>

#include "agent/net/answer.h"
#include "agent/net/chunked_body.h"
#include "agent/net/listen_address.h"
#include "agent/net/request_head.h"
#include "agent/net/tls_names.h"

namespace bekci::net::http_test {
namespace {

// 0: accepted; -1: the scanner refuses; -2: no end; else the parser's status.
int StatusOf(const std::string& text) {
  HeadScanner scanner;
  const HeadScanner::State state = scanner.Scan(text);
  if (state == HeadScanner::State::kBad) return -1;
  if (state == HeadScanner::State::kMore) return -2;
  RequestHead head;
  return ParseRequestHead(text.substr(scanner.head_begin(), scanner.head_size() - scanner.head_begin()), &head).status;
}

std::string Get(const std::string& more) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

TEST_CASE("heads that two readers could understand differently are refused") {
  struct Row {
    const char* what;
    std::string text;
    int status;
  };
  std::string many;
  for (size_t i = 0; i < kMaxHeadFields; ++i) many += "X: 1\r\n";
  const Row rows[] = {
      {"plain", Get(""), 0},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0},
      {"one empty line first", "\r\n" + Get(""), 0},
      {"three empty lines first", "\r\n\r\n\r\n" + Get(""), -1},
      {"no end", "GET / HTTP/1.1\r\nHost: a\r\n", -2},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", -1},
      {"bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", -1},
      {"NUL", Get(std::string("X: a\0b\r\n", 8)), -1},
      {"DEL", Get("X: a\x7f\r\n"), -1},
      {"folded line", Get("X: 1\r\n 2\r\n"), 400},
      {"space before colon", Get("Content-Length : 1\r\n"), 400},
      {"no colon", Get("nonsense\r\n"), 400},
      {"empty name", Get(": x\r\n"), 400},
      {"name with a slash", Get("a/b: x\r\n"), 400},
      {"UTF-8 value", Get("X: \xc3\xa9\r\n"), 0},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", Get("Host: b\r\n"), 400},
      {"Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"length", Get("Content-Length: 5\r\n"), 0},
      {"two equal lengths", Get("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {"list of lengths", Get("Content-Length: 5, 5\r\n"), 400},
      {"signed length", Get("Content-Length: +5\r\n"), 400},
      {"hexadecimal length", Get("Content-Length: 0x5\r\n"), 400},
      {"empty length", Get("Content-Length:\r\n"), 400},
      {"endless length", Get("Content-Length: 99999999999999999999\r\n"), 400},
      {"chunked", Get("Transfer-Encoding: Chunked\r\n"), 0},
      {"chunked twice", Get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"length and chunked", Get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked and length", Get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {"other coding", Get("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"hidden coding", Get("Transfer-Encoding: xchunked\r\n"), 501},
      {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"expectation", Get("Expect: 100-Continue\r\n"), 0},
      {"odd expectation", Get("Expect: cookies\r\n"), 417},
      {"too many fields", Get(many), 431},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"no version", "GET /\r\n\r\n", 400},
      {"bad version", "GET / HTTP/1.x\r\nHost: a\r\n\r\n", 400},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"raw UTF-8 in target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute form", "GET http://h:1/x HTTP/1.1\r\nHost: a\r\n\r\n", 0},
      {"absolute form with user", "GET http://u@h/x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"authority form", "CONNECT h:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(StatusOf(row.text) == row.status);
  }
}

TEST_CASE("a head is found at the same place whatever the pieces") {
  const std::string text = "\r\n" + Get("X: 1\r\n") + "body";
  HeadScanner scanner;
  size_t fed = 0;
  HeadScanner::State state = HeadScanner::State::kMore;
  while (state == HeadScanner::State::kMore) state = scanner.Scan(std::string_view(text).substr(0, ++fed));
  CHECK(state == HeadScanner::State::kDone);
  CHECK(scanner.head_begin() == 2);
  CHECK(text.substr(scanner.head_size()) == "body");
}

TEST_CASE("keep-alive follows version and Connection") {
  struct Row {
    const char* text;
    bool keep;
  };
  for (const Row& row :
       {Row{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        Row{"GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", false},
        Row{"GET / HTTP/1.1\r\nHost: a\r\nConnection: te, close\r\n\r\n", false}, Row{"GET / HTTP/1.0\r\n\r\n", false},
        Row{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}}) {
    CAPTURE(row.text);
    RequestHead head;
    CHECK(ParseRequestHead(row.text, &head).status == 0);
    CHECK(head.keep_alive == row.keep);
  }
}

TEST_CASE("targets are decoded, and dot segments and NUL refused however they are written") {
  struct Row {
    const char* target;
    bool good;
    const char* path;
    const char* query;
  };
  for (const Row& row :
       {Row{"/", true, "/", ""}, Row{"/a%2Fb?x=%41&y", true, "/a/b", "x=%41&y"}, Row{"/a+b", true, "/a+b", ""},
        Row{"/...", true, "/...", ""}, Row{"/%00", false, "", ""}, Row{"/a/../b", false, "", ""},
        Row{"/a/%2e%2E/b", false, "", ""}, Row{"/a%2f..", false, "", ""}, Row{"/.", false, "", ""},
        Row{"/%zz", false, "", ""}, Row{"/%4", false, "", ""}, Row{"*", false, "", ""}}) {
    CAPTURE(row.target);
    std::string path;
    std::string_view query;
    REQUIRE(ParseTarget(row.target, &path, &query) == row.good);
    if (row.good) CHECK(path == row.path);
    if (row.good) CHECK(query == row.query);
  }
}

TEST_CASE("chunked bodies are read strictly and the same in any pieces") {
  using State = ChunkedBody::State;
  struct Row {
    const char* what;
    std::string text;
    State state;
    std::string body;
  };
  const Row rows[] = {
      {"empty", "0\r\n\r\n", State::kDone, ""},
      {"two chunks", "4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\nrest", State::kDone, "Wikipedia"},
      {"upper-case size", "A\r\n0123456789\r\n0\r\n\r\n", State::kDone, "0123456789"},
      {"extension", "1;a=\"b\"\r\nx\r\n0\r\n\r\n", State::kDone, "x"},
      {"trailer", "1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n", State::kDone, "x"},
      {"unfinished", "4\r\nWi", State::kMore, "Wi"},
      {"no size", "\r\n", State::kBad, ""},
      {"sign", "-1\r\n", State::kBad, ""},
      {"prefix", "0x1\r\n", State::kBad, ""},
      {"nine digits", "000000001\r\n", State::kBad, ""},
      {"bare LF", "1\nx\n0\n\n", State::kBad, ""},
      {"longer than it says", "1\r\nxy\r\n", State::kBad, "x"},
      {"NUL in extension", std::string("1;\0\r\n", 5), State::kBad, ""},
      {"endless extension", "1;" + std::string(5000, 'a'), State::kBad, ""},
      {"endless trailer", "0\r\n" + std::string(5000, 'a'), State::kBad, ""},
      {"over the cap at once", "15\r\n", State::kTooLarge, ""},
      {"over the cap in the end", "10\r\n0123456789abcdef\r\n5\r\n", State::kTooLarge, "0123456789abcdef"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    ChunkedBody whole(20);
    ChunkedBody pieces(20);
    std::string body;
    size_t used = 0;
    State state = whole.Feed(row.text, &used, &body);
    if (row.state == State::kTooLarge && state == State::kMore) state = whole.Feed("012345", &used, &body);
    CHECK(state == row.state);
    CHECK(body == row.body);
    std::string piece_body;
    State piece_state = State::kMore;
    for (size_t i = 0; i < row.text.size() && piece_state == State::kMore; ++i) {
      piece_state = pieces.Feed(std::string_view(row.text).substr(i, 1), &used, &piece_body);
    }
    if (row.state != State::kTooLarge) CHECK(piece_state == row.state);
    CHECK(piece_body == row.body);
  }
}

TEST_CASE("forms are decoded in order, within bounds") {
  std::vector<std::pair<std::string, std::string>> pairs;
  CHECK(ParseForm("q=up%7B%7D+1&m=&n&&q=2", &pairs));
  const std::vector<std::pair<std::string, std::string>> expected = {{"q", "up{} 1"}, {"m", ""}, {"n", ""}, {"q", "2"}};
  CHECK(pairs == expected);
  for (const char* bad : {"a=%", "a=%4", "a=%4g", "%=1"}) {
    CAPTURE(bad);
    pairs.clear();
    CHECK_FALSE(ParseForm(bad, &pairs));
  }
  pairs.clear();
  CHECK_FALSE(ParseForm("a&b&c", &pairs, 2));
  CHECK(pairs.size() == 2);
}

TEST_CASE("lookups in a request ignore the case of headers, not of parameters") {
  HttpRequest request;
  request.headers = {{"Accept", "a"}, {"accept", "b"}};
  request.query = {{"match[]", "x"}, {"match[]", "y"}, {"Match[]", "z"}};
  CHECK(request.Header("ACCEPT") == "a");
  CHECK(request.Header("Host").empty());
  CHECK(request.Query("match[]") == "x");
  CHECK(request.QueryAll("match[]").size() == 2);
}

TEST_CASE("dates are those of RFC 9110") {
  CHECK(HttpDate(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(HttpDate(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
  CHECK(HttpDate(1709164800) == "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST_CASE("an answer is whole, says whether the connection stays, and cannot be split by a header") {
  HttpResponse response;
  response.body = "hello";
  response.headers = {{"X-A", "b"}, {"X-Bad", "a\r\nX-Evil: 1"}, {"X Bad", "v"}};
  size_t bad = 0;
  const std::string text = ComposeAnswer(response, {.keep_alive = true}, &bad);
  CHECK(bad == 2);
  CHECK(text ==
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "X-A: b\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello");
  CHECK(ComposeAnswer(response, {.head_only = true}, &bad).ends_with("Content-Length: 5\r\nConnection: close\r\n\r\n"));
  response.status = 204;
  CHECK(ComposeAnswer(response, {}, &bad).find("Content-Length") == std::string::npos);
  response.status = 200;
  response.body.reserve(4096);
  CHECK(ComposeAnswer(response, {.keep_alive = true}, &bad) == text);
}

TEST_CASE("listen addresses are read as people write them") {
  struct Row {
    const char* text;
    bool good;
    const char* host;
    int port;
  };
  for (const Row& row :
       {Row{"127.0.0.1:9100", true, "127.0.0.1", 9100}, Row{"[::1]:0", true, "::1", 0}, Row{":9100", true, "", 9100},
        Row{"localhost:1", true, "localhost", 1}, Row{"127.0.0.1", false, "", 0}, Row{"::1:9100", false, "", 0},
        Row{"a:70000", false, "", 0}, Row{"a:http", false, "", 0}, Row{"unix:", false, "", 0}, Row{"", false, "", 0}}) {
    CAPTURE(row.text);
    const auto address = ParseListenAddress(row.text);
    REQUIRE(address.ok() == row.good);
    if (!row.good) continue;
    CHECK(address->host == row.host);
    CHECK(address->port == row.port);
  }
}

TEST_CASE("Go's cipher and curve names are understood, misspelt ones explained") {
  const auto ciphers = ChooseCiphers({"TLS_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"});
  REQUIRE(ciphers.ok());
  CHECK(ciphers->tls12 == "ECDHE-RSA-AES128-GCM-SHA256");
  CHECK_FALSE(ciphers->only_tls13);
  CHECK(ChooseCiphers({"TLS_AES_128_GCM_SHA256"})->only_tls13);
  CHECK(*ChooseCurves({"X25519", "CurveP256"}) == "X25519:P-256");
  CHECK(ChooseCurves({"CurveP265"}).status().message() == "unknown curve \"CurveP265\", did you mean CurveP256?");
}

}  // namespace
}  // namespace bekci::net::http_test
