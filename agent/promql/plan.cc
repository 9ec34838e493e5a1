#include "agent/promql/plan.h"

#include <algorithm>
#include <utility>

#include "agent/promql/duration_expr.h"
#include "agent/promql/function_table.h"

namespace bekci::promql {
namespace {

// Functions whose value depends on the time of the step even where their arguments do not; Prometheus' list, and info,
// which looks at series of its own.
constexpr FunctionId kDependOnStep[] = {
    FunctionId::kDaysInMonth, FunctionId::kDayOfMonth,    FunctionId::kDayOfWeek, FunctionId::kDayOfYear,
    FunctionId::kHour,        FunctionId::kMinute,        FunctionId::kMonth,     FunctionId::kYear,
    FunctionId::kTime,        FunctionId::kPredictLinear, FunctionId::kTimestamp, FunctionId::kStartTimestamp,
    FunctionId::kInfo};

// What functions above a selector read of its histograms.
constexpr FunctionId kReadStatistics[] = {FunctionId::kHistogramCount, FunctionId::kHistogramSum,
                                          FunctionId::kHistogramAvg};
constexpr FunctionId kReadBuckets[] = {FunctionId::kHistogramQuantile, FunctionId::kHistogramQuantiles,
                                       FunctionId::kHistogramFraction};
struct HistogramUse {
  bool statistics = false;
  bool buckets = false;
};

template <size_t kSize>
bool IsOneOf(const FunctionId (&list)[kSize], FunctionId id) {
  return std::find(std::begin(list), std::end(list), id) != std::end(list);
}

// The evaluation times a part of the query is asked for.
struct Span {
  int64_t start_ms;
  int64_t end_ms;
};

class Planner {
 public:
  Planner(std::string_view text, const QueryRange& query, const PlanOptions& options)
      : text_(text), query_(query), options_(options) {}

  base::Result<Plan> Make(const Expr& expr) {
    RETURN_IF_ERROR(Visit(expr, {query_.start_ms, query_.end_ms}));
    return std::move(plan_);
  }

 private:
  NodePlan& Node(const Expr& expr) {
    if (plan_.nodes.size() <= expr.id) plan_.nodes.resize(expr.id + 1);
    return plan_.nodes[expr.id];
  }

  base::Status Resolve(const Duration& duration, bool positive, int64_t* out) const {
    const QueryTimes times{query_.step_ms, query_.end_ms - query_.start_ms};
    ASSIGN_OR_RETURN(const int64_t ms, ResolveDuration(duration, times, positive, text_));
    *out = std::clamp(ms, -kMaxDurationMs, kMaxDurationMs);
    return base::OkStatus();
  }

  base::Status SetTime(const TimeModifiers& time, NodePlan* node) const {
    if (time.at == AtKind::kTimestamp) node->at_ms = std::clamp(time.at_ms, -kMaxTimeMs, kMaxTimeMs);
    if (time.at == AtKind::kStart) node->at_ms = query_.start_ms;
    if (time.at == AtKind::kEnd) node->at_ms = query_.end_ms;
    node->invariant = time.at != AtKind::kNone;
    return Resolve(time.offset, false, &node->offset_ms);
  }

  // The times of the windows' ends, given the times of the steps.
  static Span Ends(const NodePlan& node, Span steps) {
    const Span base = node.at_ms ? Span{*node.at_ms, *node.at_ms} : steps;
    return {base.start_ms - node.offset_ms, base.end_ms - node.offset_ms};
  }

  void LookAt(const VectorSelector& selector, const NodePlan& node, Span steps) {
    const Span ends = Ends(node, steps);
    const bool extended = selector.anchored || selector.smoothed;
    const int64_t before =
        node.range_ms == 0 ? options_.lookback_ms : node.range_ms + (extended ? options_.lookback_ms : 0);
    plan_.min_ms = std::min(plan_.min_ms, ends.start_ms - before);
    plan_.max_ms = std::max(plan_.max_ms, ends.end_ms + (selector.smoothed ? options_.lookback_ms : 0));
  }

  base::Status Visit(const Expr& expr, Span steps) {
    Node(expr);
    switch (expr.kind) {
      case ExprKind::kNumberLiteral:
      case ExprKind::kStringLiteral:
        Node(expr).invariant = true;
        return base::OkStatus();
      case ExprKind::kVectorSelector:
        return VisitSelector(expr, As<VectorSelector>(expr), nullptr, steps);
      case ExprKind::kMatrixSelector:
        Node(*As<MatrixSelector>(expr).selector);
        return VisitSelector(expr, *As<MatrixSelector>(expr).selector, &As<MatrixSelector>(expr).range, steps);
      case ExprKind::kSubquery:
        return VisitSubquery(As<Subquery>(expr), steps);
      case ExprKind::kUnary:
        return VisitAll(expr, {As<UnaryExpr>(expr).expr.get()}, steps);
      case ExprKind::kParen:
        return VisitAll(expr, {As<ParenExpr>(expr).expr.get()}, steps);
      case ExprKind::kBinary: {
        // Operators need whole histograms.
        const HistogramUse outer = std::exchange(use_, {});
        base::Status status = VisitAll(expr, {As<BinaryExpr>(expr).lhs.get(), As<BinaryExpr>(expr).rhs.get()}, steps);
        use_ = outer;
        return status;
      }
      case ExprKind::kAggregate:
        return VisitAll(expr, {As<AggregateExpr>(expr).param.get(), As<AggregateExpr>(expr).expr.get()}, steps);
      case ExprKind::kCall:
        return VisitCall(As<Call>(expr), steps);
    }
    return base::Internal("unknown expression");
  }

  base::Status VisitSelector(const Expr& expr, const VectorSelector& selector, const Duration* range, Span steps) {
    NodePlan node;
    RETURN_IF_ERROR(SetTime(selector.time, &node));
    if (range != nullptr) RETURN_IF_ERROR(Resolve(*range, true, &node.range_ms));
    node.statistics_only = use_.statistics && !use_.buckets;
    LookAt(selector, node, steps);
    Node(expr) = node;
    return base::OkStatus();
  }

  base::Status VisitSubquery(const Subquery& subquery, Span steps) {
    NodePlan node;
    RETURN_IF_ERROR(SetTime(subquery.time, &node));
    RETURN_IF_ERROR(Resolve(subquery.range, true, &node.range_ms));
    if (subquery.has_step) {
      RETURN_IF_ERROR(Resolve(subquery.step, true, &node.step_ms));
    } else {
      constexpr int64_t kMinuteMs = 60'000;
      const auto& interval = options_.no_step_subquery_interval_ms;
      node.step_ms = std::max<int64_t>(1, interval ? interval(node.range_ms) : kMinuteMs);
    }
    Node(subquery) = node;
    const Span ends = Ends(node, steps);
    // Counter resets between the steps of a subquery are found in the buckets.
    const HistogramUse outer = use_;
    use_.buckets = true;
    base::Status status = Visit(*subquery.expr, {ends.start_ms - node.range_ms, ends.end_ms});
    use_ = outer;
    return status;
  }

  base::Status VisitAll(const Expr& expr, std::initializer_list<const Expr*> children, Span steps) {
    bool invariant = true;
    for (const Expr* child : children) {
      if (child == nullptr) continue;
      RETURN_IF_ERROR(Visit(*child, steps));
      invariant = invariant && Node(*child).invariant;
    }
    Node(expr).invariant = invariant;
    return base::OkStatus();
  }

  base::Status VisitCall(const Call& call, Span steps) {
    bool invariant = !IsOneOf(kDependOnStep, call.function->id);
    const HistogramUse outer = use_;
    use_.statistics = use_.statistics || IsOneOf(kReadStatistics, call.function->id);
    use_.buckets = use_.buckets || IsOneOf(kReadBuckets, call.function->id);
    for (const ExprPtr& arg : call.args) {
      RETURN_IF_ERROR(Visit(*arg, steps));
      invariant = invariant && Node(*arg).invariant;
    }
    use_ = outer;
    // info reads its info series at the steps, whether or not it names them.
    if (call.function->id == FunctionId::kInfo) {
      plan_.min_ms = std::min(plan_.min_ms, steps.start_ms - options_.lookback_ms);
      plan_.max_ms = std::max(plan_.max_ms, steps.end_ms);
    }
    Node(call).invariant = invariant;
    return base::OkStatus();
  }

  std::string_view text_;
  const QueryRange& query_;
  const PlanOptions& options_;
  HistogramUse use_;
  Plan plan_;
};

}  // namespace

base::Result<Plan> MakePlan(const Expr& expr, std::string_view text, const QueryRange& query,
                            const PlanOptions& options) {
  return Planner(text, query, options).Make(expr);
}

Windows WindowsOf(const NodePlan& node, const StepGrid& grid, int64_t range_ms) {
  Windows windows;
  windows.first_end_ms = node.at_ms.value_or(grid.start_ms) - node.offset_ms;
  windows.step_ms = node.at_ms ? 0 : grid.step_ms;
  windows.range_ms = range_ms;
  return windows;
}

bool SubqueryGrid(const Windows& windows, size_t count, int64_t step_ms, StepGrid* grid) {
  const int64_t after = windows.first_end_ms - windows.range_ms;
  const int64_t last = windows.end(count - 1);
  // Division towards minus infinity: the first multiple above `after`.
  const int64_t quotient = after / step_ms - (after % step_ms < 0 ? 1 : 0);
  grid->start_ms = (quotient + 1) * step_ms;
  grid->step_ms = step_ms;
  if (grid->start_ms > last) return false;
  grid->count = static_cast<size_t>((last - grid->start_ms) / step_ms) + 1;
  return true;
}

}  // namespace bekci::promql
