#include "agent/ruler/slo/counter_increases.h"

#include <algorithm>
#include <cmath>

#include "agent/model/labels.h"

namespace bekci::ruler::slo {
namespace {

constexpr base::Duration kAway = base::hours(24);

uint64_t TargetOf(const model::Labels& labels) {
  return model::Labels{{"job", labels.Get("job")}, {"instance", labels.Get("instance")}}.Hash();
}

}  // namespace

double CounterIncreases::Grown(base::Timestamp t, const promql::VectorElement& counter, bool counts) {
  if (counter.histogram != nullptr || !std::isfinite(counter.value)) return 0;
  const uint64_t key = counter.labels.Hash();
  const auto found = seen_.find(key);
  if (found == seen_.end()) {
    if (seen_.size() >= kMaxSeries) return 0;
    seen_.emplace(key, Seen{counter.value, t});
    return counts && targets_.contains(TargetOf(counter.labels)) ? std::max(counter.value, 0.0) : 0;
  }
  Seen& seen = found->second;
  const double grown = counter.value >= seen.value ? counter.value - seen.value : counter.value;
  seen = {counter.value, t};
  return counts ? std::max(grown, 0.0) : 0;
}

void CounterIncreases::Forget(base::Timestamp t) {
  if (t - swept_ < base::hours(1)) return;
  swept_ = t;
  std::erase_if(seen_, [&](const auto& entry) { return t - entry.second.at > kAway; });
}

double CounterIncreases::Observe(base::Timestamp t, const promql::Vector& counters) {
  double grown = 0;
  for (const promql::VectorElement& counter : counters) grown += Grown(t, counter, started_);
  // Targets are known from the next look on: within one, a target's series are all equally new.
  Know(counters);
  started_ = true;
  Forget(t);
  return grown;
}

void CounterIncreases::Know(const promql::Vector& counters) {
  if (targets_.size() > kMaxSeries) targets_.clear();
  for (const promql::VectorElement& counter : counters) targets_.insert(TargetOf(counter.labels));
}

void CounterIncreases::Rebase(base::Timestamp t, const promql::Vector& counters) {
  seen_.clear();
  started_ = false;
  Observe(t, counters);
}

}  // namespace bekci::ruler::slo
