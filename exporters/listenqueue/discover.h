// Whether any service that listenqueue knows listens on this host.
#pragma once

#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/collector.h"
#include "agent/collect/discovery.h"

namespace bekci::exporters::listenqueue {

// One entry, naming the sockets, or none. It needs no right and no login.
std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline);

}  // namespace bekci::exporters::listenqueue
