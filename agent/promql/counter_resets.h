// Where a counter began anew: between two samples, when the value fell, or when the start timestamp of the later one
// says so.
//
// A start timestamp is when counting began. It tells of a reset if it lies after the sample before; or exactly at that
// sample, as delta counters have it, if that sample's own start was known and earlier (else this is a cumulative
// counter whose first start is unknown). A start that is not before its own sample says nothing.
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/storage/samples.h"

namespace bekci::promql {

struct Started {
  int64_t t_ms = 0;
  int64_t start_ms = 0;  // 0: unknown
};

inline bool StartTellsReset(Started before, Started now) {
  if (now.start_ms == 0 || now.start_ms >= now.t_ms || now.start_ms == before.start_ms) return false;
  if (now.start_ms > before.t_ms) return true;
  return now.start_ms == before.t_ms && before.start_ms != 0 && before.start_ms < before.t_ms;
}

// The start lies before the sample before, and is not that sample's own: somebody counts twice.
inline bool StartOverlaps(Started before, Started now) {
  return now.start_ms != 0 && now.start_ms < before.t_ms && now.start_ms != before.start_ms;
}

// Start timestamps beside one column of samples, if they are there and wanted.
class Starts {
 public:
  Starts(std::span<const int64_t> times, std::span<const int64_t> starts, bool wanted)
      : times_(times), starts_(wanted && starts.size() == times.size() ? starts : std::span<const int64_t>()) {}
  bool known() const { return !starts_.empty(); }
  Started at(size_t i) const { return {times_[i], known() ? starts_[i] : 0}; }
  // Between sample i - 1 and i.
  bool ResetAt(size_t i) const { return known() && StartTellsReset(at(i - 1), at(i)); }
  bool OverlapAt(size_t i) const { return known() && StartOverlaps(at(i - 1), at(i)); }

 private:
  std::span<const int64_t> times_;
  std::span<const int64_t> starts_;
};

}  // namespace bekci::promql
