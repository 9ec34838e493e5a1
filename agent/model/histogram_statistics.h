// What can be said about the observations behind a native histogram: quantiles, fractions, spread.
//
// Values inside a bucket are interpolated: on a logarithmic scale in exponential buckets, linearly in the zero bucket
// and in custom ones. With buckets on one side only, the zero bucket is taken to lie on that side; the first custom
// bucket begins at 0 if it ends above 0. Observations that are NaN are in no bucket, only in the count: the sum, being
// NaN, gives them away. Source: Prometheus 3.14, promql/quantile.go. Thread rule: pure functions.
#pragma once

#include "agent/model/native_histogram.h"

namespace bekci::model {

enum class NanEffect : unsigned char {
  kNone,
  kNanResult,  // so many observations are NaN that the result is
  kSkewed,     // the result is higher than it would be without them; of a fraction: they are left out
};

struct HistogramEstimate {
  double value = 0;
  NanEffect nan_effect = NanEffect::kNone;
};

// q < 0: -Inf, q > 1: +Inf; q NaN or nothing observed: NaN.
HistogramEstimate HistogramQuantile(double q, const NativeHistogram& h);
// The part of the observations between lower and upper, 0 to 1. NaN if a bound is or nothing was observed.
HistogramEstimate HistogramFraction(double lower, double upper, const NativeHistogram& h);
// Estimated population variance; each bucket's observations are taken to be at its middle.
double HistogramVariance(const NativeHistogram& h);

}  // namespace bekci::model
