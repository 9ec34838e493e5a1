// Samples: what a series is made of once it is read: columns.
//
// Whoever evaluates reads a series once, whole, for all the steps of its query, so a series is handed over as arrays
// and not as an iterator that answers one virtual call per sample. The columns are the caller's and keep their capacity
// from series to series.
//
// Invariants: times rise strictly within each column and no time stands in both; a float may be the stale marker; a
// stale marker of a histogram series stands in the float column (its bits say what it is).
// Thread rule: values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "agent/model/native_histogram.h"

namespace bekci::storage {

// Prometheus' stale marker: a NaN with bits of its own. Never compare it with ==.
inline constexpr uint64_t kStaleBits = 0x7ff0000000000002;
inline constexpr uint64_t kNormalNanBits = 0x7ff8000000000001;
inline double StaleMarker() {
  return std::bit_cast<double>(kStaleBits);
}
inline bool IsStale(double value) {
  return std::bit_cast<uint64_t>(value) == kStaleBits;
}

struct Samples {
  std::vector<int64_t> times;  // ms since the Unix epoch
  std::vector<double> values;
  std::vector<int64_t> histogram_times;
  std::vector<std::shared_ptr<const model::NativeHistogram>> histograms;
  // Start timestamps beside times and histogram_times: empty when the store has none, 0 where one is unknown.
  std::vector<int64_t> starts;
  std::vector<int64_t> histogram_starts;

  void Clear() {
    times.clear();
    values.clear();
    histogram_times.clear();
    histograms.clear();
    starts.clear();
    histogram_starts.clear();
  }
  bool empty() const { return times.empty() && histogram_times.empty(); }
  size_t size() const { return times.size() + histogram_times.size(); }
};

}  // namespace bekci::storage
