// What rate, increase and delta share between their plain and their anchored or smoothed forms.
// Thread rule: functions without state.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "agent/promql/kernels.h"

namespace bekci::promql {

struct RateKind {
  bool counter = false;     // resets count, values are never negative
  bool per_second = false;  // divided by the range
};

// Some histograms of a series, and where among them the counter began anew: indexes of the first ones after a reset,
// rising, counted from `base` for points[0]. Of no counter there are none.
struct HistogramPoints {
  std::span<const HistogramPtr> points;
  std::span<const size_t> resets;
  size_t base = 0;
};

// The increase over at least two points, what resets took away added back; marked as a gauge, compacted. Null with a
// warning where layouts do not go together.
std::shared_ptr<model::NativeHistogram> HistogramIncrease(const HistogramPoints& in, bool counter,
                                                          std::string_view metric, PositionRange position,
                                                          Annotations* annotations);

// Plain windows over floats alone, whose start timestamps do not count.
void RunFloatRate(const Windows& windows, const storage::Samples& samples, RateKind kind, SeriesColumn* out);

// Windows of range selectors with `anchored` or `smoothed`: they begin and end at samples outside.
base::Status RunExtendedRate(const FunctionCall& call, const RangeInput& in, RateKind kind, SeriesColumn* out);

}  // namespace bekci::promql
