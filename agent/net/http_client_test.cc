// What HttpClient makes of answers, whole and in pieces, good and hostile; and its connection against a real server.
#include "agent/net/http_client.h"

#include <doctest/doctest.h>

#include "agent/base/log.h"
#include "agent/net/server.h"

namespace bekci::net::http_client_test {
namespace {

const base::RealClock kClock;
constexpr size_t kCap = 100;

struct Reading {
  base::Status status;
  bool done = false;
  HttpAnswer answer;
};

// `piece` bytes at a time; `closed`: the peer closes after them.
Reading Read(std::string_view text, bool closed, size_t piece = 100'000) {
  Reading reading;
  HttpAnswerReader reader(kCap);
  for (; !text.empty() && !reading.done && reading.status.ok(); text.remove_prefix(std::min(piece, text.size()))) {
    auto state = reader.Feed(text.substr(0, piece));
    reading.status = state.status();
    reading.done = state.ok() && *state == HttpAnswerReader::State::kDone;
  }
  if (reading.status.ok() && !reading.done && closed) {
    reading.status = reader.Finish();
    reading.done = reading.status.ok();
  }
  reading.answer = reader.answer();
  return reading;
}

}  // namespace

TEST_CASE("an answer ends by its length, its chunks or the end of the connection, whatever the pieces") {
  struct Row {
    std::string text;
    bool closed;
    int status;
    std::string body;
    bool keep_alive;
  };
  const Row rows[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, 200, "hello", true},
      {"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", false, 404, "", true},
      {"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", false, 200, "abcde",
       true},
      {"HTTP/1.0 200 OK\r\n\r\nhello", true, 200, "hello", false},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx", false, 200, "x", false},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", false, 200, "x", true},
      {"HTTP/1.1 204 No Content\r\n\r\n", false, 204, "", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{10'000}}) {
      const Reading reading = Read(row.text, row.closed, piece);
      CHECK_MESSAGE(reading.status.ok(), reading.status.message());
      CHECK(reading.done);
      CHECK(reading.answer.status == row.status);
      CHECK(reading.answer.body == row.body);
      CHECK(reading.answer.keep_alive == row.keep_alive);
    }
  }
  CHECK(Read("HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n", false).answer.Field("SERVER") == "nginx");
}

TEST_CASE("what could be read in two ways, is no HTTP or too long is refused") {
  const std::string bad[] = {
      "SSH-2.0-OpenSSH_9.2\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "HTTP/1.1 20\r\n\r\n",
      "HTTP/1.1 999 x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nx: a\nb\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
      "HTTP/1.1 101 Switching\r\n\r\n",
  };
  for (const std::string& text : bad) {
    CAPTURE(text);
    CHECK(Read(text, true).status.code() == base::Code::kCorrupt);
    CHECK(Read(text, true, 1).status.code() == base::Code::kCorrupt);
  }
  const std::string long_body(kCap + 1, 'x');
  for (const std::string& text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + long_body, "HTTP/1.1 200 OK\r\n\r\n" + long_body,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + long_body,
        "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')}) {
    CHECK(Read(text, true).status.code() == base::Code::kLimit);
  }
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
  CHECK(Read(many + "\r\n", true).status.code() == base::Code::kLimit);
}

TEST_CASE("a body that may be cut is read as far as it may be, and its connection is not kept") {
  const std::string long_body(kCap + 1, 'x');
  for (const std::string& text :
       {"HTTP/1.1 500 Oh\r\nContent-Length: 101\r\n\r\n" + long_body, "HTTP/1.1 500 Oh\r\n\r\n" + long_body}) {
    HttpAnswerReader reader(kCap, {}, true);
    const auto state = reader.Feed(text);
    REQUIRE(state.ok());
    CHECK(*state == HttpAnswerReader::State::kDone);
    CHECK(reader.answer().status == 500);
    CHECK(reader.answer().body == long_body.substr(0, kCap));
    CHECK(!reader.answer().keep_alive);
  }
  HttpAnswerReader chunked(kCap, {}, true);
  const auto state = chunked.Feed("HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + long_body);
  REQUIRE(state.ok());
  CHECK(*state == HttpAnswerReader::State::kDone);
  HttpAnswerReader exact(kCap, {}, true);
  REQUIRE(exact.Feed("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + long_body.substr(0, kCap)).ok());
  CHECK(exact.answer().keep_alive);
}

TEST_CASE("an answer that is cut off is an error, not a short answer") {
  for (const char* text : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"}) {
    CHECK(Read(text, true).status.code() == base::Code::kUnavailable);
  }
}

TEST_CASE("paths that would break the request are not sent") {
  auto address = ParseTargetAddress("127.0.0.1:1", 0);
  HttpClient get(*address, nullptr, "", kClock);
  const base::MonotonicTime deadline = kClock.Monotonic() + base::seconds(5);
  for (const char* path : {"", "status", "/a b", "/a\r\nX: y"}) {
    CHECK(get.Get(path, kCap, deadline).status().code() == base::Code::kInvalid);
  }
  CHECK(get.Get("/", kCap, deadline).status().code() == base::Code::kUnavailable);
}

TEST_CASE("a real server is asked again and again, also after it was replaced") {
  base::CaptureLogger log;
  ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  const auto handler = [](const HttpRequest& request) {
    HttpResponse response;
    response.body = "you asked for " + request.path;
    return response;
  };
  auto server = StartServer(options, handler, log);
  REQUIRE(server.ok());
  const std::string where = (*server)->addresses().front();
  auto address = ParseTargetAddress(where, 0);
  REQUIRE(address.ok());
  HttpClient get(*address, nullptr, "", kClock);
  const auto ask = [&] { return get.Get("/x", kCap, kClock.Monotonic() + base::seconds(10)); };
  for (int i = 0; i < 3; ++i) {
    const auto answer = ask();
    REQUIRE_MESSAGE(answer.ok(), answer.status().message());
    CHECK(answer->body == "you asked for /x");
  }
  server->reset();
  CHECK(ask().status().code() == base::Code::kUnavailable);
  options.listen_addresses = {where};
  auto again = StartServer(options, handler, log);
  REQUIRE_MESSAGE(again.ok(), again.status().message());
  CHECK(ask().ok());
}

}  // namespace bekci::net::http_client_test
