// Holds a query's result against what an eval expects. Internal to the script runner.
//
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/promql/testing/script.h"
#include "agent/promql/value.h"

namespace bekci::promql::testing {

struct Mismatch {
  std::string expected;
  std::string got;
};

// Failure or success as expected, with the expected words.
std::optional<Mismatch> CheckStatus(const EvalCommand& eval, const QueryResult& result);
std::optional<Mismatch> CheckAnnotations(const EvalCommand& eval, const QueryResult& result);
// The value of an instant query.
std::optional<Mismatch> CheckInstantValue(const EvalCommand& eval, const Value& value);
// The value of the eval's own range query.
std::optional<Mismatch> CheckRangeValue(const EvalCommand& eval, const Value& value);
// The value of a range query around an instant eval's time: its points at t_ms.
std::optional<Mismatch> CheckPointsAt(const EvalCommand& eval, const Value& value, int64_t t_ms);

}  // namespace bekci::promql::testing
