#include "exporters/redis/discover.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "exporters/redis/loopback_listener.h"
#include "exporters/redis/recorded_server.h"

namespace bekci::exporters::redis::discover_test {
namespace {

struct Fixture {
  base::MemoryFileSystem fs;
  base::RealClock clock;
  base::CaptureLogger log;

  std::vector<collect::Found> Find() { return Discover({&fs, &clock, &log}, clock.Monotonic() + base::seconds(3)); }
};

const collect::Found* At(const std::vector<collect::Found>& all, std::string_view address) {
  const auto found = std::ranges::find_if(
      all, [&](const collect::Found& one) { return one.options.size() == 1 && one.options[0].second == address; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("a host without Redis has none") {
  CHECK(Fixture().Find().empty());
}

// Port 1 of loopback: nobody listens there.
TEST_CASE("a process that is one but does not answer is found, with what to do") {
  Fixture f;
  f.fs.Put("/proc/4711/cmdline", std::string("/usr/bin/redis-server 127.0.0.1:1\0\0", 35));
  f.fs.Put("/proc/4712/cmdline", std::string("/usr/bin/vim redis-server.c\0", 28));
  f.fs.Put("/proc/4713/cmdline", std::string("valkey-server *:1 [cluster]\0", 28));
  const auto all = f.Find();
  REQUIRE(all.size() == 1);
  CHECK(all[0].instance == "1");
  CHECK(all[0].options[0] == std::pair<std::string, std::string>("address", "redis://127.0.0.1:1"));
  CHECK(all[0].problem.find("refused") != std::string::npos);
  CHECK_FALSE(all[0].fix.empty());
}

TEST_CASE("a running server is named for what it is, once, however many sources tell of it") {
  Fixture f;
  const std::string info = Recorded("redis-7.0.15-replica.info");
  Listener server(2, [&](int fd) {
    (void)Take(fd);
    Give(fd, "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n");
  });
  const std::string port = std::to_string(server.port());
  f.fs.Put("/etc/redis/redis.conf", "port " + port + "\n");
  f.fs.Put("/proc/9/cmdline", "redis-server *:" + port);
  const auto all = f.Find();
  REQUIRE(all.size() == 1);
  CHECK(all[0].what == "Redis 7.0.15 replica at redis://127.0.0.1:" + port);
  CHECK(all[0].instance == port);
  CHECK(all[0].problem.empty());
}

TEST_CASE("a server that wants a password comes with the exact grant") {
  Fixture f;
  Listener server(1, [&](int fd) {
    (void)Take(fd);
    Give(fd, "-NOAUTH Authentication required.\r\n");
  });
  const std::string port = std::to_string(server.port());
  f.fs.Put("/proc/9/cmdline", "redis-server 127.0.0.1:" + port);
  const auto all = f.Find();
  REQUIRE(all.size() == 1);
  CHECK(all[0].problem.find("NOAUTH") != std::string::npos);
  CHECK(all[0].fix.find("redis-cli -h 127.0.0.1 -p " + port + " --askpass ACL SETUSER bekci on") != std::string::npos);
  CHECK(all[0].fix.find("password_file") != std::string::npos);
}

TEST_CASE("a server that is configured but does not run is no finding") {
  Fixture f;
  f.fs.Put("/etc/redis/redis.conf", "bind 127.0.0.1 -::1\nport 1\nunixsocket /nowhere/redis.sock\n");
  CHECK(f.Find().empty());
}

TEST_CASE("damaged sources do no harm") {
  Fixture f;
  f.fs.Put("/etc/redis/redis.conf", "port\nport 99999\nunixsocket\nunixsocket relative\nbind\n\xff\xfe\n");
  f.fs.Put("/proc/1/cmdline", "redis-server ");
  f.fs.Put("/proc/2/cmdline", "redis-server nonsense");
  f.fs.Put("/proc/3/cmdline", "redis-server unixsocket:");
  f.fs.Put("/proc/net/tcp", "sl local\n 0: zz 0 0A\n 1: 0100007F:ZZZZ x 0A\n 2:\n");
  const auto all = f.Find();
  CHECK(all.size() <= 4);
  CHECK(At(all, "redis://nonsense") == nullptr);
}

}  // namespace bekci::exporters::redis::discover_test
