// Look-back: from a series' samples to what an instant selector sees at each step: the newest sample in
// (t - look-back, t], unless that is a stale marker.
//
// Thread rule: functions without state.
#pragma once

#include <cstdint>

#include "agent/promql/columns.h"
#include "agent/promql/kernels.h"
#include "agent/storage/samples.h"

namespace bekci::promql {

// `windows` with range_ms the look-back; `out` is all absent and has as many steps as are asked for.
void LookBack(const storage::Samples& samples, const Windows& windows, SeriesColumn* out);
// The same, giving the samples' times or start times in seconds; a start that is not known gives nothing.
void LookBackTimes(const storage::Samples& samples, const Windows& windows, SeriesColumn* out);
void LookBackStarts(const storage::Samples& samples, const Windows& windows, SeriesColumn* out);

// `smoothed` on an instant selector: the straight line between the samples around t, the newest one before t where none
// follows within the look-back. Samples hold no stale markers. Steps whose surroundings mix floats and histograms, or
// histograms that cannot be brought together, are left absent and said in the flags.
struct SmoothedFlags {
  bool mixed_kinds = false;
  bool mixed_layouts = false;
};
SmoothedFlags Smooth(const storage::Samples& samples, const Windows& windows, SeriesColumn* out);

// Leaves of each histogram count, sum and schema, and says in its hint, where that was unknown, whether between it and
// the one before a counter reset lies: what the buckets tell must be asked before they go.
void ReduceToStatistics(storage::Samples* samples);

// Takes the stale markers out of the floats.
void RemoveStale(storage::Samples* samples);

}  // namespace bekci::promql
