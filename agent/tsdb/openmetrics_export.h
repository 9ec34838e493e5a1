// Exporting series as OpenMetrics text with timestamps, as `import openmetrics` and promtool read it.
//
// Families come one after the other, series within them by labels. What the text cannot say is left out and counted:
// stale markers and native histograms. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "agent/base/status.h"
#include "agent/storage/storage.h"

namespace bekci::tsdb {

struct ExportResult {
  uint64_t series = 0;
  uint64_t samples = 0;
  uint64_t stale_markers = 0;
  uint64_t histograms = 0;
};

// `selectors`: a series is exported when it meets all matchers of one of them; none: all series. `write` takes pieces
// of the text and says false to stop (a closed pipe). Errors: the store's.
base::Result<ExportResult> ExportOpenMetrics(storage::Querier& querier,
                                             std::span<const std::vector<model::Matcher>> selectors, int64_t min_ms,
                                             int64_t max_ms, const std::function<bool(std::string_view)>& write);

}  // namespace bekci::tsdb
