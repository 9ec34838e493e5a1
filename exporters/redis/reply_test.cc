#include "exporters/redis/reply.h"

#include <doctest/doctest.h>

#include <string>

#include "exporters/redis/recorded_server.h"

namespace bekci::exporters::redis::reply_test {
namespace {

// All replies of `bytes`, fed in pieces of `piece` bytes, as one text.
std::string Read(std::string_view bytes, size_t piece) {
  struct Printer {
    static void Print(const Reply& reply, std::string* out) {
      switch (reply.type) {
        case ReplyType::kNil:
          *out += "nil";
          break;
        case ReplyType::kInteger:
          *out += std::to_string(reply.integer);
          break;
        case ReplyType::kArray:
          *out += '[';
          for (const Reply& element : reply.elements) Print(element, out);
          *out += ']';
          break;
        default:
          out->append(reply.IsError() ? "!" : "").append(reply.text);
      }
      *out += ' ';
    }
  };
  ReplyReader reader;
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    REQUIRE(reader.Feed(bytes.substr(at, piece)).ok());
    for (;;) {
      const auto reply = reader.Next();
      REQUIRE(reply.ok());
      if (*reply == nullptr) break;
      Printer::Print(**reply, &out);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("replies are the same however the bytes were cut") {
  const std::string bytes =
      "+OK\r\n-ERR no\r\n:-42\r\n$5\r\nhe\r\no\r\n$-1\r\n*3\r\n$1\r\na\r\n*2\r\n:1\r\n*0\r\n$-1\r\n*-1\r\n$0\r\n\r\n";
  const std::string all = Read(bytes, bytes.size());
  CHECK(all == "OK !ERR no -42 he\r\no nil [a [1 [] ] nil ] nil  ");
  for (size_t piece = 1; piece < bytes.size(); ++piece) CHECK(Read(bytes, piece) == all);
}

TEST_CASE("recorded replies of every server are read, in one piece and byte by byte") {
  for (const char* name : {"redis-6.0.16.resp", "redis-7.0.15.resp", "redis-8.0.2.resp", "valkey-8.1.1.resp",
                           "valkey-9.1.2.resp", "redis-7.0.15-cluster.resp", "redis-7.0.15-sentinel.resp"}) {
    CAPTURE(name);
    const std::string bytes = Recorded(name);
    const std::string whole = Read(bytes, bytes.size());
    CHECK(whole.size() > 300);
    CHECK(Read(bytes, 1) == whole);
  }
}

TEST_CASE("what is no RESP is an error, and the reader works again once the connection is another one") {
  ReplyReader reader;
  REQUIRE(reader.Feed("HTTP/1.1 400 Bad Request\r\n").ok());
  CHECK(reader.Next().status().code() == base::Code::kCorrupt);
  CHECK(reader.Feed("+OK\r\n").code() == base::Code::kCorrupt);
  reader.Forget();
  REQUIRE(reader.Feed("+OK\r\n").ok());
  const auto reply = reader.Next();
  REQUIRE(reply.ok());
  CHECK((*reply)->text == "OK");
}

TEST_CASE("a server cannot make us keep more than the round's budget") {
  SUBCASE("an array of two thousand million elements") {
    ReplyReader reader(1 << 20);
    REQUIRE(reader.Feed("*2000000000\r\n").ok());
    CHECK(reader.Next().status().code() == base::Code::kLimit);
  }
  SUBCASE("arrays within arrays") {
    ReplyReader reader(1 << 20);
    base::Code code = base::Code::kOk;
    for (int i = 0; i < 100 && code == base::Code::kOk; ++i) {
      REQUIRE(reader.Feed("*10000\r\n").ok());
      code = reader.Next().status().code();
    }
    CHECK((code == base::Code::kLimit || code == base::Code::kCorrupt));
  }
  SUBCASE("a text that never ends") {
    ReplyReader reader(1 << 20);
    const std::string more(100'000, 'x');
    REQUIRE(reader.Feed("$500000000\r\n").ok());
    base::Status status;
    for (int i = 0; i < 20 && status.ok(); ++i) status = reader.Feed(more);
    CHECK(status.code() == base::Code::kLimit);
  }
  SUBCASE("each round has its own") {
    ReplyReader reader(1000);
    for (int round = 0; round < 5; ++round) {
      reader.BeginRound();
      REQUIRE(reader.Feed("$600\r\n" + std::string(600, 'x') + "\r\n").ok());
      REQUIRE(reader.Next().ok());
    }
  }
}

TEST_CASE("names and numbers are found in arrays of names and values") {
  ReplyReader reader;
  REQUIRE(reader.Feed("*6\r\n$5\r\nflags\r\n$6\r\nmaster\r\n$6\r\nquorum\r\n$1\r\n2\r\n$5\r\nepoch\r\n:7\r\n").ok());
  const Reply& reply = **reader.Next();
  CHECK(reply.Find("flags")->text == "master");
  CHECK(reply.Find("quorum")->IntegerOr(-1) == 2);
  CHECK(reply.Find("epoch")->IntegerOr(-1) == 7);
  CHECK(reply.Find("flags")->IntegerOr(-1) == -1);
  CHECK(reply.Find("master") == nullptr);
}

}  // namespace bekci::exporters::redis::reply_test
