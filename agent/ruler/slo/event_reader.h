// EventReader: the events of one objective since the last evaluation, read from the store.
//
// Where the counters behind an indicator are known they are counted one by one; samples of a probe, and slices, are
// counted as they stand; queries that only give rates are multiplied with the time that passed. A time in which nothing
// was evaluated counts only where counters tell what happened in it, and only up to five minutes; what is longer is a
// gap.
//
// Errors: those of the engine, as they are; nothing is counted then.
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/promql/engine.h"
#include "agent/ruler/slo/bucket_ring.h"
#include "agent/ruler/slo/counter_increases.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

class EventReader {
 public:
  // `every`: the interval that evaluations are meant to have. `last`: the evaluation that a saved budget ended with, if
  // any; counters go on from there when that is less than five minutes ago.
  EventReader(const Slo& slo, base::Duration every, std::optional<base::Timestamp> last);

  // What happened since the evaluation before. Nullopt: there is nothing to judge by (no total), or `t` is not later
  // than that evaluation.
  base::Result<std::optional<Events>> Read(promql::Engine& engine, storage::Queryable& store, base::Timestamp t);

 private:
  using Vector = promql::Vector;

  base::Result<Vector> Ask(const std::string& query, base::Timestamp t);
  base::Result<std::optional<Events>> ReadCounters(base::Timestamp t, bool gap);
  base::Status NoBucket(base::Timestamp t);
  base::Result<std::optional<Events>> ReadSlices(base::Timestamp t);
  base::Result<std::optional<Events>> ReadQueries(base::Timestamp t, base::Duration passed);
  base::Result<std::optional<Events>> ReadRaw(base::Timestamp t, base::Duration passed);

  const Indicator indicator_;
  const base::Duration every_;
  std::optional<base::Timestamp> last_;
  bool based_ = false;  // the counters have been looked at
  CounterIncreases part_;
  CounterIncreases total_;
  promql::Engine* engine_ = nullptr;  // of the Read that runs
  storage::Queryable* store_ = nullptr;
};

}  // namespace bekci::ruler::slo
