// Schedule: when an instance is collected next.
//
// As Prometheus does it: ticks are aligned to the interval in wall time, moved by an offset that depends on the
// instance's name alone, so that load is spread over the interval and a restart changes nothing. The very first
// collection happens at once.
//
// Thread rule: pure functions.
#pragma once

#include <string_view>

#include "agent/base/clock.h"

namespace bekci::collect {

// Where in its interval an instance ticks: 0 <= offset < interval, whole milliseconds, stable over restarts.
base::Duration TickOffset(std::string_view collector, std::string_view instance, base::Duration interval);

// The time from `now` to the next tick, at least half an interval away, so that a tick that came a millisecond early
// (clocks are slewed) or a first collection just before a tick is not followed by another at once.
base::Duration UntilNextTick(base::Timestamp now, base::Duration interval, base::Duration offset);

}  // namespace bekci::collect
