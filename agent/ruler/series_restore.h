// SeriesRestore: since when alerts were pending, read back from ALERTS_FOR_STATE, for a start without a journal (the
// first over a store that others filled, or a journal that was lost).
//
// Prometheus' way, and its bounds: only rules that wait for ten minutes or longer, only series of the last hour that
// did not end. The time in which nothing ran does not count, and an alert has ten minutes at least before it fires,
// unless it did before. Two things differ: what is stored is read before the first evaluation writes anything, so that
// nothing has to be held back meanwhile; and an alert is put back at the evaluation that finds it, the first or the
// second. Source: Prometheus' rules/group.go (RestoreForState). Thread rule: values.
#pragma once

#include <optional>
#include <unordered_map>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/ruler/rule.h"
#include "agent/storage/storage.h"

namespace bekci::ruler {

inline constexpr base::Duration kRestoreGrace = base::minutes(10);
inline constexpr base::Duration kOutageTolerance = base::hours(1);

struct SavedPending {
  base::Timestamp seen;    // the last sample
  base::Timestamp active;  // what it says
};
// By the labels of the series, without its name.
using SavedAlerts = std::unordered_map<model::Labels, SavedPending>;

// What is stored of the alerts of `rule` before `now`. Errors: those of the store.
base::Result<SavedAlerts> ReadSavedAlerts(const Rule& rule, storage::Queryable& store, base::Timestamp now);

// Since when an alert that is active at `now` counts as such.
base::Timestamp RestoredActiveAt(const SavedPending& saved, base::Duration hold, base::Timestamp now);

}  // namespace bekci::ruler
