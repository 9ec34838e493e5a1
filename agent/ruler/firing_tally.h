// FiringTally: what a rule's alerts came to, slot by slot: each firing, how long, and what almost fired.
//
// Thread rule: one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "agent/ruler/alert.h"
#include "agent/ruler/backtest.h"

namespace bekci::ruler {

class FiringTally {
 public:
  // What comes before `start` is seen and not counted.
  FiringTally(base::Timestamp start, base::Duration interval) : start_(start), interval_(interval) {}

  // After an evaluation: the alerts that are pending or fire.
  void Observe(base::Timestamp at, const std::vector<const Alert*>& active);
  // No more evaluations: what fires goes on firing.
  void Finish(BacktestResult* result);

 private:
  struct Open {
    base::Timestamp active_at;
    base::Timestamp fired_at;  // 0: it is pending
    bool seen = false;         // at this slot
  };
  void Close(const model::Labels& labels, const Open& open, base::Timestamp resolved_at);
  void Keep(BacktestFiring firing);

  const base::Timestamp start_;
  const base::Duration interval_;
  base::Timestamp last_;
  std::map<model::Labels, Open> open_;
  std::set<model::Labels> fired_;
  std::deque<BacktestFiring> shown_;
  uint64_t firings_ = 0;
  uint64_t near_misses_ = 0;
  base::Duration firing_time_{};
  base::Duration longest_{};
};

}  // namespace bekci::ruler
