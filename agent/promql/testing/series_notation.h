// Series in the notation of test scripts and of promtool's rule tests: name{label="value"} 1 2+3x4 _ stale {{...}}x2.
//
//   _  _xN         one, N omitted positions
//   V  VxN         one value, N + 1 times the value
//   V+DxN  V-DxN   N + 1 values, each D further; made by repeated addition
//   stale          a stale marker
//   {{A}}  {{A}}xN  {{A}}+{{B}}xN  {{A}}-{{B}}xN   the same with native histograms
// V and D are decimal numbers, Inf, NaN or durations (5m is 300). Source: Prometheus' promql parser (series
// descriptions). Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/promql/columns.h"

namespace bekci::promql::testing {

// A line may stand for so many positions at most; a script that wants more has a mistake.
inline constexpr size_t kMaxPositions = 10'000'000;

struct Position {
  bool omitted = false;
  double value = 0;
  HistogramPtr histogram = nullptr;  // then value means nothing
  bool has_hint = false;             // the histogram's counter_reset_hint was written
};

struct SeriesLine {
  model::Labels labels;
  std::vector<Position> positions;
};

// Takes name{label="value",...} off the front of `*rest`; names and labels may be quoted. Errors: invalid.
base::Result<model::Labels> TakeSeriesLabels(std::string_view* rest);

// Labels and items, white space between them. Errors: invalid, limit.
base::Result<SeriesLine> ParseSeriesLine(std::string_view line);
base::Result<std::vector<Position>> ParsePositions(std::string_view items);

// Start timestamps (name{...}@st): items are offsets in ms from the sample at that position; nullopt is `_`.
base::Result<std::vector<std::optional<int64_t>>> ParseStartOffsets(std::string_view items);

}  // namespace bekci::promql::testing
