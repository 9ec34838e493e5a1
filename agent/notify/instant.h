// Instant: one reading of both clocks: what the pipeline is told when it is told that time has passed.
//
// Wall time is what alerts, silences and intervals are compared with; steady time is what timers run on, so that a
// clock that is set back delays no page. Thread rule: values.
#pragma once

#include "agent/base/clock.h"

namespace bekci::notify {

struct Instant {
  base::Timestamp wall;
  base::MonotonicTime steady;

  static Instant Of(const base::Clock& clock) { return {clock.Now(), clock.Monotonic()}; }
  friend Instant operator+(Instant at, base::Duration by) { return {at.wall + by, at.steady + by}; }
};

}  // namespace bekci::notify
