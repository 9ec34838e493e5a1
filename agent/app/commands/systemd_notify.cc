#include "agent/app/commands/systemd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "agent/base/text.h"

namespace bekci::app::commands {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A status is one line; a line end in it would be read as a further assignment.
std::string OneLine(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

}  // namespace

SystemdNotify SystemdNotify::FromEnvironment() {
  const std::string socket = Variable("NOTIFY_SOCKET");
  const auto microseconds = base::ParseUint(Variable("WATCHDOG_USEC"));
  const std::string pid = Variable("WATCHDOG_PID");
  const bool for_us = pid.empty() || pid == std::to_string(getpid());
  unsetenv("NOTIFY_SOCKET");
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
  const base::Duration watchdog =
      microseconds && for_us ? base::Duration(base::microseconds(*microseconds)) : base::Duration(0);
  return SystemdNotify(socket, watchdog);
}

void SystemdNotify::Ready(std::string_view status) const {
  Send("READY=1\nSTATUS=" + OneLine(status));
}

void SystemdNotify::Reloading(base::MonotonicTime now) const {
  Send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.ns / 1000));
}

void SystemdNotify::Stopping() const {
  Send("STOPPING=1");
}

void SystemdNotify::Status(std::string_view status) const {
  Send("STATUS=" + OneLine(status));
}

void SystemdNotify::Alive() const {
  Send("WATCHDOG=1");
}

void SystemdNotify::Send(const std::string& message) const {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || socket_.size() >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;  // systemd then acts on its own time-out; there is nobody else to tell
  [[maybe_unused]] const ssize_t sent =
      ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
  ::close(fd);
}

}  // namespace bekci::app::commands
