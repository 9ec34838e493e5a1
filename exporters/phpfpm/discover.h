// Finds the pools of PHP-FPM on this host and tries each.
#pragma once

#include <vector>

#include "agent/base/clock.h"
#include "agent/collect/collector.h"
#include "agent/collect/discovery.h"

namespace bekci::exporters::phpfpm {

// One entry per pool that a file declares, in the order of the files. Where there is none: one per socket in which
// FPM's processes or places show it, which needs its address configured.
std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline);

}  // namespace bekci::exporters::phpfpm
