// Native histograms in the notation of test scripts and rule tests: {{schema:1 sum:4 count:3 buckets:[1 2]}}.
//
// Keys in any order, each at most once:
//   schema          -4..8, or -53 for custom buckets      sum, count, z_bucket      numbers
//   z_bucket_w      zero threshold                        custom_values             upper bounds, for schema -53
//   buckets, n_buckets    absolute counts of consecutive buckets beginning at index offset, n_offset
//   counter_reset_hint    unknown, reset, not_reset, gauge
// Source: Prometheus' promql parser (series descriptions). Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/model/native_histogram.h"

namespace bekci::promql::testing {

struct HistogramNotation {
  model::NativeHistogram histogram;  // a float histogram; one span a side where there are buckets
  bool has_hint = false;             // counter_reset_hint was written
};

// Takes the histogram that `*rest` begins with ("{{") off its front. Errors: invalid.
base::Result<HistogramNotation> TakeHistogram(std::string_view* rest);

// The notation back, for failure reports: what TakeHistogram would read as an equal histogram, spans joined.
std::string HistogramText(const model::NativeHistogram& histogram);

}  // namespace bekci::promql::testing
