// From classic histograms to native ones with custom buckets, as load_with_nhcb does: series name_bucket{le},
// name_count and name_sum become samples of `name`, time by time.
//
// Source: Prometheus' model/histogram conversion, as its test runner uses it. Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/promql/columns.h"
#include "agent/promql/testing/script.h"

namespace bekci::promql::testing {

using HistogramSamples = std::vector<std::pair<int64_t, HistogramPtr>>;  // by time

// What the classic histograms among `series` make; position i has the time i * step_ms. Errors: invalid, where counts
// are negative, fall from bucket to bucket or disagree with _count.
base::Result<std::map<model::Labels, HistogramSamples>> ConvertClassicHistograms(std::span<const LoadedSeries> series,
                                                                                 int64_t step_ms);

}  // namespace bekci::promql::testing
