// When a worker is started: Replacement for one that died, RefreshPace for one that sees too little.
//
// Replacement: the first time after 0.1 s. One that dies again within 10 s of its start waits twice as long as before,
// up to 30 s, so a collector that crashes at once costs the host next to nothing; one that lived for a minute has
// proved itself. RefreshPace: a worker that cannot read what is new (neighbours.h) is replaced at once; where new
// things keep coming, as in a directory for temporary files, the pauses double from 10 s to 10 min.
//
// Thread rule: values, guarded by their owner.
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

class RefreshPace {
 public:
  static constexpr base::Duration kFirstPause = base::seconds(10);
  static constexpr base::Duration kLongestPause = base::minutes(10);

  bool May(base::MonotonicTime now) const { return now >= next_; }
  void OnRefresh(base::MonotonicTime now);

 private:
  base::MonotonicTime next_;
  base::Duration pause_ = {};
};

}  // namespace bekci::collect
