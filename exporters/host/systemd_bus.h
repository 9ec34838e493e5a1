// SystemdBus: what the host collector asks systemd's manager over D-Bus. Behind an interface so that what is made of
// the answers can be tested without a systemd.
//
// Source: org.freedesktop.systemd1(5). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"

namespace bekci::exporters::host {

struct SystemdUnit {
  std::string name;          // nginx.service
  std::string load_state;    // loaded, not-found, masked ...
  std::string active_state;  // active, activating, deactivating, inactive, failed ...
  std::string object_path;   // /org/freedesktop/systemd1/unit/nginx_2eservice
};

class SystemdBus {
 public:
  virtual ~SystemdBus() = default;
  // Every unit systemd has in memory, in its order. At most `limit` (more is an error of code limit).
  virtual base::Status ListUnits(base::MonotonicTime deadline, size_t limit, std::vector<SystemdUnit>* units) = 0;
  // A property of type s, or of type u or t. `interface` is without its org.freedesktop.systemd1 prefix: "Service".
  // Errors: not_found when the object has no such property (an older systemd).
  virtual base::Result<std::string> TextProperty(const std::string& object_path, const char* interface,
                                                 const char* property, base::MonotonicTime deadline) = 0;
  virtual base::Result<uint64_t> NumberProperty(const std::string& object_path, const char* interface,
                                                const char* property, base::MonotonicTime deadline) = 0;
};

inline constexpr char kSystemdManagerPath[] = "/org/freedesktop/systemd1";
// The object path of a unit by its name; systemd loads the unit when it is asked for.
std::string SystemdUnitPath(const std::string& unit_name);

// Talks to systemd itself: through its private socket, which answers root alone, else through the system bus. The
// connection is made at first use, kept, and made anew after an error; no call outlasts its deadline.
// Sockets are given as paths: <rootfs>/run/systemd/private and <rootfs>/run/dbus/system_bus_socket.
std::unique_ptr<SystemdBus> MakeSystemdBus(std::string private_socket, std::string bus_socket, base::Clock& clock);

}  // namespace bekci::exporters::host
