// Discover: the Redis and Valkey servers and sentinels of this host, found without configuration.
//
// Where they are: the servers' own configuration files (/etc/redis, /etc/valkey: port, unixsocket), the titles that
// running servers give their processes ("redis-server 127.0.0.1:6379"), and the usual ports when somebody listens
// there. Each is then tried without a password; what refuses comes back with the exact command that would let us in.
//
// Thread rule: plain function.
#pragma once

#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/collector.h"
#include "agent/collect/discovery.h"

namespace bekci::exporters::redis {

// Ends by `deadline`; what was not tried by then is reported as not answering. At most 32 instances.
std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline);

}  // namespace bekci::exporters::redis
