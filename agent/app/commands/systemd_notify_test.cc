#include "agent/app/commands/systemd_notify.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace bekci::app::commands::systemd_notify_test {
namespace {

// The service manager's end of the socket, under an abstract name.
class Listener {
 public:
  Listener() : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string name = "bekci-test-" + std::to_string(getpid());
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    name_ = "@" + name;
    REQUIRE(::bind(fd_, reinterpret_cast<sockaddr*>(&address),
                   static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size())) == 0);
  }
  ~Listener() { ::close(fd_); }
  std::string Next() {
    char buffer[512];
    const ssize_t n = ::recv(fd_, buffer, sizeof(buffer), MSG_DONTWAIT);
    return n < 0 ? "" : std::string(buffer, static_cast<size_t>(n));
  }
  const std::string& name() const { return name_; }

 private:
  int fd_;
  std::string name_;
};

TEST_CASE("each message is one datagram in sd_notify's form") {
  Listener listener;
  const SystemdNotify notify(listener.name(), base::seconds(20));
  notify.Ready("listening\non 127.0.0.1");
  CHECK(listener.Next() == "READY=1\nSTATUS=listening on 127.0.0.1");
  notify.Reloading({5'000'000'000});
  CHECK(listener.Next() == "RELOADING=1\nMONOTONIC_USEC=5000000");
  notify.Alive();
  CHECK(listener.Next() == "WATCHDOG=1");
  notify.Stopping();
  CHECK(listener.Next() == "STOPPING=1");
  CHECK(notify.watchdog_interval() == base::seconds(10));
}

TEST_CASE("without systemd nothing is sent, and the variables do not reach children") {
  const SystemdNotify silent("", base::Duration(0));
  silent.Ready("nobody listens");
  CHECK_FALSE(silent.enabled());

  setenv("NOTIFY_SOCKET", "/run/x", 1);
  setenv("WATCHDOG_USEC", "3000000", 1);
  setenv("WATCHDOG_PID", "1", 1);  // another process is watched
  const SystemdNotify notify = SystemdNotify::FromEnvironment();
  CHECK(notify.enabled());
  CHECK(notify.watchdog_interval() == base::Duration(0));
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
  CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
}

}  // namespace
}  // namespace bekci::app::commands::systemd_notify_test
