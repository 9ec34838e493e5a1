// Replacement: when a worker that died is started again.
//
// The first time after 0.1 s. One that dies again within 10 s of its start waits twice as long as before, up to 30 s,
// so a collector that crashes at once costs the host next to nothing; one that lived for a minute has proved itself.
//
// Thread rule: a value, guarded by its owner.
#pragma once

#include "agent/base/clock.h"

namespace bekci::collect {

class Replacement {
 public:
  static constexpr base::Duration kFirstDelay = base::milliseconds(100);
  static constexpr base::Duration kLongestDelay = base::seconds(30);
  static constexpr base::Duration kYoung = base::seconds(10);
  static constexpr base::Duration kProven = base::minutes(1);

  void OnStart(base::MonotonicTime now) { started_ = now; }
  // When to start the next one.
  base::MonotonicTime OnDeath(base::MonotonicTime now);

 private:
  base::MonotonicTime started_;
  base::Duration delay_ = {};
};

}  // namespace bekci::collect
