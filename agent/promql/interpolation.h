// Values between two samples: what `smoothed` selectors see at times where there is no sample.
//
// A line is drawn between the neighbours. If the later one begins a counter anew, the line begins at 0 (the left end of
// a window, an instant) or goes on upwards by what the later one counted (the right end of a window).
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <memory>

#include "agent/model/native_histogram.h"

namespace bekci::promql {

enum class InterpolationEdge : unsigned char { kLeft, kRight };

struct Between {
  int64_t before_ms = 0;  // of the two samples
  int64_t after_ms = 0;
  int64_t at_ms = 0;  // in between
  bool counter = false;
  InterpolationEdge edge = InterpolationEdge::kLeft;
};

double Interpolate(double before, double after, const Between& at);
// Null where one has custom buckets and the other has not. `reconciled` is set if both had, with other bounds.
std::shared_ptr<model::NativeHistogram> Interpolate(const model::NativeHistogram& before,
                                                    const model::NativeHistogram& after, const Between& at,
                                                    bool* reconciled);

}  // namespace bekci::promql
