// Duration expressions: arithmetic on durations in brackets and after `offset`, such as [5m * 2] or [max_of(step(),
// 1m)]. What is constant is folded by the parser; the rest is resolved when the step and range of the query are known.
//
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/base/status.h"
#include "agent/promql/ast.h"

namespace bekci::promql {

// What nanoseconds in 64 bits can hold, 292 years: Prometheus' bound for every duration, in either direction.
inline constexpr double kMaxDurationSeconds = 9223372036.0;

// What step() and range() stand for; both 0 in an instant query.
struct QueryTimes {
  int64_t step_ms = 0;
  int64_t range_ms = 0;
};

// Milliseconds. `positive`: the duration must be greater than zero (ranges and steps), else it may be any (offsets).
// Errors: invalid ("1:5: parse error: duration must be greater than 0", "division by zero", "duration is out of range")
// with the place in `query`, the text that was parsed.
base::Result<int64_t> ResolveDuration(const Duration& duration, const QueryTimes& times, bool positive,
                                      std::string_view query);

}  // namespace bekci::promql
