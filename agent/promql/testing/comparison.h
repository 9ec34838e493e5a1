// Comparing what a query gave with what a script expects: numbers with a tolerance, histograms bucket by bucket.
//
// Source: Prometheus' util/almost and promqltest. Thread rule: functions without state.
#pragma once

#include <string>

#include "agent/model/native_histogram.h"

namespace bekci::promql::testing {

inline constexpr double kTolerance = 1e-6;

// Both stale markers, both NaN, equal, or apart by less than `tolerance` of the sum of their sizes. Next to zero the
// tolerance is next to nothing: 0 must be hit.
bool AlmostEqual(double a, double b, double tolerance = kTolerance);

// Compacted, then: schema, zero threshold, custom bounds and layout equal, all counts and the sum almost equal. The
// counter reset hint counts only if `with_hint`.
bool AlmostEqual(const model::NativeHistogram& expected, const model::NativeHistogram& got, bool with_hint);

}  // namespace bekci::promql::testing
