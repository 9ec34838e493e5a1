// CounterIncreases: how much the counters of a selector grew since the last look, each series by itself.
//
// Summing first and comparing then would take a series that goes for a reset of all. A counter that fell began anew:
// what it has now came since. A series that was away goes on from what it had. A series seen for the first time begins
// at nothing if its target (job and instance) was read before, so that the first error ever counts, else with what it
// has, so that a new host does not bring its past along.
//
// Bounded: series that were away for a day are forgotten, and beyond a number of series none is taken in.
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "agent/base/clock.h"
#include "agent/promql/value.h"

namespace bekci::ruler::slo {

class CounterIncreases {
 public:
  static constexpr size_t kMaxSeries = 50'000;

  // The counters as they are at `t`. Returns what they grew together; 0 the first time.
  double Observe(base::Timestamp t, const promql::Vector& counters);
  // The counters as they were at `t`, without counting what came before: after a gap.
  void Rebase(base::Timestamp t, const promql::Vector& counters);
  // Their targets were read, too, by another selector of the same indicator.
  void Know(const promql::Vector& counters);

 private:
  struct Seen {
    double value = 0;
    base::Timestamp at;
  };
  double Grown(base::Timestamp t, const promql::VectorElement& counter, bool counts);
  void Forget(base::Timestamp t);

  std::unordered_map<uint64_t, Seen> seen_;  // by hash of the labels
  std::unordered_set<uint64_t> targets_;     // hashes of job and instance
  bool started_ = false;
  base::Timestamp swept_;
};

}  // namespace bekci::ruler::slo
