// What runs on this host and can be watched: MySQL and MariaDB servers, found without a configuration.
//
// Places: the server's own configuration files (socket, port), the sockets that processes listen on (/proc/net/unix)
// and the listening TCP ports. Each is asked for its greeting, which names the version before any login; then it is
// tried to log in with the defaults files that an administrator may have left for us, and as the account "bekci" over
// the unix socket. Nobody else's credentials are used.
//
// Thread rule: pure functions of what they are given; Discover connects and waits.
#pragma once

#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/collect/collector.h"
#include "agent/collect/discovery.h"
#include "agent/net/dialer.h"
#include "exporters/mysql/login.h"

namespace bekci::exporters::mysql {

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline);

// --- its parts, for tests ---

// The outside world: connections.
class DiscoveryProbe {
 public:
  virtual ~DiscoveryProbe() = default;
  // The version in the server's greeting ("10.11.6-MariaDB"); an error where no such server answers.
  virtual base::Result<std::string> Greeting(const net::TargetAddress& address, base::MonotonicTime deadline) = 0;
  // Logs in and asks for what the collector's default parts need; the status of the first thing refused.
  virtual base::Status TryLogin(const Login& login, base::MonotonicTime deadline) = 0;
};

// Where servers may be: unix sockets first, then ports that no socket's configuration explains. No duplicates.
std::vector<net::TargetAddress> FindAddresses(base::FileSystem& fs);

std::vector<collect::Found> DiscoverWith(base::FileSystem& fs, DiscoveryProbe& probe, base::MonotonicTime deadline);

}  // namespace bekci::exporters::mysql
