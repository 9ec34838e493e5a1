#include "exporters/redis/session.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "exporters/redis/loopback_listener.h"
#include "exporters/redis/recorded_server.h"

namespace bekci::exporters::redis::session_test {
namespace {

struct Fixture {
  base::MemoryFileSystem fs;
  base::RealClock clock;
  Pipeline pipeline;
  bool opened = false;

  Session Make(uint16_t port, Login login) {
    net::TargetAddress address;
    address.host = "127.0.0.1";
    address.port = port;
    return {address, nullptr, std::move(login), fs, clock};
  }
  base::MonotonicTime Soon() const { return clock.Monotonic() + base::seconds(5); }
};

}  // namespace

TEST_CASE("login and commands go out in one write, and the login is renewed each round") {
  Fixture f;
  f.fs.Put("/pw", "sesame\n");
  std::vector<std::string> taken;
  {
    Listener server(1, [&](int fd) {
      for (int i = 0; i < 2; ++i) {
        taken.push_back(Take(fd));
        Give(fd, "+OK\r\n+PONG\r\n");
      }
    });
    Session session = f.Make(server.port(), {"watcher", "", "/pw", ""});
    for (int round = 0; round < 2; ++round) {
      REQUIRE(session.Begin(f.Soon(), &f.opened).ok());
      CHECK(f.opened == (round == 0));
      f.pipeline.Clear();
      f.pipeline.Add({"PING"});
      const auto replies = session.Run(f.pipeline, f.Soon());
      REQUIRE(replies.ok());
      REQUIRE(replies->size() == 1);
      CHECK((*replies)[0]->text == "PONG");
    }
  }
  const std::string expected = "*3\r\n$4\r\nAUTH\r\n$7\r\nwatcher\r\n$6\r\nsesame\r\n*1\r\n$4\r\nPING\r\n";
  CHECK(taken == std::vector<std::string>{expected, expected});
}

TEST_CASE("a refused login is denied, in the server's words, and closes the connection") {
  Fixture f;
  Listener server(1, [&](int fd) {
    (void)Take(fd);
    Give(fd, "-WRONGPASS invalid username-password pair or user is disabled.\r\n+PONG\r\n");
  });
  Session session = f.Make(server.port(), {"", "wrong", "", ""});
  REQUIRE(session.Begin(f.Soon(), &f.opened).ok());
  f.pipeline.Add({"PING"});
  const auto replies = session.Run(f.pipeline, f.Soon());
  CHECK(replies.status().code() == base::Code::kDenied);
  CHECK(replies.status().message().find("WRONGPASS") != std::string::npos);
  CHECK(replies.status().message().find("wrong\"") == std::string::npos);
  CHECK_FALSE(session.IsOpen());
}

TEST_CASE("a server that has no place for us is told apart from one that is away") {
  Fixture f;
  Listener server(1, [&](int fd) { Give(fd, "-ERR max number of clients reached\r\n"); });
  Session session = f.Make(server.port(), {"", "", "", "bekci"});
  const base::Status status = session.Begin(f.Soon(), &f.opened);
  CHECK(status.code() == base::Code::kLimit);
  CHECK_FALSE(session.IsOpen());
}

TEST_CASE("half a reply at the deadline is a timeout") {
  Fixture f;
  Listener server(1, [&](int fd) {
    (void)Take(fd);
    Give(fd, "$100\r\nonly this");
    (void)Take(fd);
  });
  Session session = f.Make(server.port(), {});
  REQUIRE(session.Begin(f.Soon(), &f.opened).ok());
  f.pipeline.Add({"INFO"});
  const auto replies = session.Run(f.pipeline, f.clock.Monotonic() + base::milliseconds(50));
  CHECK(replies.status().code() == base::Code::kTimeout);
  CHECK_FALSE(session.IsOpen());
}

TEST_CASE("a connection that the server closed is replaced by a new one") {
  Fixture f;
  Listener server(2, [&](int fd) {
    (void)Take(fd);
    Give(fd, "+PONG\r\n");
  });
  Session session = f.Make(server.port(), {});
  f.pipeline.Add({"PING"});
  for (int round = 0; round < 2; ++round) {
    REQUIRE(session.Begin(f.Soon(), &f.opened).ok());
    const auto replies = session.Run(f.pipeline, f.Soon());
    // The close may be seen only now; then the round is tried again, as the collector does.
    if (!replies.ok()) {
      REQUIRE(session.Begin(f.Soon(), &f.opened).ok());
      CHECK(f.opened);
      CHECK(session.Run(f.pipeline, f.Soon()).ok());
    }
  }
}

TEST_CASE("errors of the server have the code on which callers act") {
  const auto code = [](std::string_view text) { return ErrorReply(text, "INFO").code(); };
  CHECK(code("NOAUTH Authentication required.") == base::Code::kDenied);
  CHECK(code("WRONGPASS invalid username-password pair") == base::Code::kDenied);
  CHECK(code("NOPERM this user has no permissions to run the 'info' command") == base::Code::kDenied);
  CHECK(code("ERR invalid password") == base::Code::kDenied);
  CHECK(code("LOADING Redis is loading the dataset in memory") == base::Code::kUnavailable);
  CHECK(code("MASTERDOWN Link with MASTER is down") == base::Code::kUnavailable);
  CHECK(code("OOM command not allowed when used memory > 'maxmemory'.") == base::Code::kLimit);
  CHECK(code("ERR max number of clients reached") == base::Code::kLimit);
  CHECK(ErrorReply("\xff\xfe", "INFO").message() == "INFO: an error that is not text");
  CHECK(ErrorReply(std::string(5000, 'x'), "INFO").message().size() < 300);
}

}  // namespace bekci::exporters::redis::session_test
