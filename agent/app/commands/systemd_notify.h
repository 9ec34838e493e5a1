// Tells systemd how the service is doing: one datagram to $NOTIFY_SOCKET, no library.
//
// Source: sd_notify(3), systemd.service(5) Type=notify and WatchdogSec=. Without the variable every call does nothing.
//
// Thread rule: any thread; a datagram each.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"

namespace bekci::app::commands {

class SystemdNotify {
 public:
  // From $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which are taken out of the environment so that the worker
  // does not speak for the service.
  static SystemdNotify FromEnvironment();
  SystemdNotify(std::string socket, base::Duration watchdog) : socket_(std::move(socket)), watchdog_(watchdog) {}

  void Ready(std::string_view status) const;
  void Reloading(base::MonotonicTime now) const;  // followed by Ready when it is over
  void Stopping() const;
  void Status(std::string_view status) const;
  void Alive() const;  // feeds the watchdog
  // How often Alive should be called: half of what systemd waits for; 0: never.
  base::Duration watchdog_interval() const { return watchdog_ / 2; }
  bool enabled() const { return !socket_.empty(); }

 private:
  void Send(const std::string& message) const;
  std::string socket_;  // a path, or '@' and an abstract name
  base::Duration watchdog_;
};

}  // namespace bekci::app::commands
