// Plan: what can be known about a query before it touches a series: durations with their arithmetic done, `@` and
// offset as numbers, the span of time its selectors look at, and which parts give the same at every step.
//
// Thread rule: values, functions without state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"
#include "agent/promql/kernels.h"

namespace bekci::promql {

// Times and durations are kept within this, so that no sum of a few of them overflows.
inline constexpr int64_t kMaxTimeMs = int64_t{1} << 61;
inline constexpr int64_t kMaxDurationMs = int64_t{1} << 50;

struct NodePlan {
  // Selectors (a matrix selector's own node, not that of the vector selector in it) and subqueries.
  std::optional<int64_t> at_ms;
  int64_t offset_ms = 0;
  int64_t range_ms = 0;  // matrix selectors and subqueries
  int64_t step_ms = 0;   // subqueries; > 0
  // The value is the same at every step of a query: evaluated at one of them.
  bool invariant = false;
  // Selectors: of histograms only count and sum are wanted (histogram_count and its like stand above).
  bool statistics_only = false;
};

struct Plan {
  std::vector<NodePlan> nodes;  // by Expr::id
  // Samples outside [min_ms, max_ms] are never looked at; min > max where the query has no selector.
  int64_t min_ms = INT64_MAX;
  int64_t max_ms = INT64_MIN;

  const NodePlan& of(const Expr& expr) const { return nodes[expr.id]; }
};

struct PlanOptions {
  int64_t lookback_ms = 0;
  std::function<int64_t(int64_t range_ms)> no_step_subquery_interval_ms;
};

// Errors: invalid, where a duration comes out as what it must not be.
base::Result<Plan> MakePlan(const Expr& expr, std::string_view text, const QueryRange& query,
                            const PlanOptions& options);

// The windows of a matrix selector or subquery over `grid`; for a vector selector range_ms is the look-back.
Windows WindowsOf(const NodePlan& node, const StepGrid& grid, int64_t range_ms);
// The steps at which a subquery's expression is evaluated for `windows`: multiples of its step. False: none.
bool SubqueryGrid(const Windows& windows, size_t count, int64_t step_ms, StepGrid* grid);

}  // namespace bekci::promql
