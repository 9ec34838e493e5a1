// Finds stub_status of the nginx on this host from nginx's own configuration files.
#pragma once

#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/collector.h"
#include "agent/collect/discovery.h"

namespace bekci::exporters::nginx {

// One entry per stub_status location; where nginx is installed but has none, one that says what to add.
std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline);

}  // namespace bekci::exporters::nginx
