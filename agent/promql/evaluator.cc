#include "agent/promql/evaluator.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "agent/model/histogram_arithmetic.h"

namespace bekci::promql {
namespace {

base::Status SameLabelset() {
  return base::Invalid("vector cannot contain metrics with the same labelset");
}

// Moves the points of `from` into `into`. False: both have one at some step.
bool TakePoints(SeriesColumn* from, SeriesColumn* into) {
  for (size_t i = 0; i < from->steps(); ++i) {
    if (!from->has(i)) continue;
    if (into->has(i)) return false;
    if (from->is_float(i)) {
      into->SetFloat(i, from->values[i]);
    } else {
      into->SetHistogram(i, std::move(from->histograms[i]));
    }
  }
  return true;
}

// One column with one step, repeated over the grid.
void Repeat(const SeriesColumn& one, size_t count, SeriesColumn* out) {
  out->labels = one.labels;
  out->drop_name = one.drop_name;
  out->kinds.assign(count, one.kinds[0]);
  out->values.assign(count, one.values[0]);
  out->histograms.clear();
  if (one.is_histogram(0)) out->histograms.assign(count, one.histograms[0]);
}

// The samples in the first window: with anchored and smoothed there are others around it.
storage::Samples Within(const storage::Samples& samples, const Windows& windows) {
  storage::Samples within;
  const int64_t end = windows.end(0);
  const auto is_in = [&](int64_t t_ms) { return t_ms > end - windows.range_ms && t_ms <= end; };
  for (size_t i = 0; i < samples.times.size(); ++i) {
    if (!is_in(samples.times[i])) continue;
    within.times.push_back(samples.times[i]);
    within.values.push_back(samples.values[i]);
  }
  for (size_t i = 0; i < samples.histogram_times.size(); ++i) {
    if (!is_in(samples.histogram_times[i])) continue;
    within.histogram_times.push_back(samples.histogram_times[i]);
    within.histograms.push_back(samples.histograms[i]);
  }
  return within;
}

void Negate(SeriesColumn* column) {
  for (double& value : column->values) value = -value;
  for (size_t i = 0; i < column->histograms.size(); ++i) {
    if (!column->is_histogram(i)) continue;
    auto negated = std::make_shared<model::NativeHistogram>(*column->histograms[i]);
    model::Multiply(negated.get(), -1);
    column->histograms[i] = std::move(negated);
  }
}

}  // namespace

base::Status MergeSameLabels(Columns* columns) {
  if (columns->size() < 2) return base::OkStatus();
  std::unordered_map<model::Labels, size_t> seen;
  seen.reserve(columns->size());
  size_t kept = 0;
  for (size_t i = 0; i < columns->size(); ++i) {
    SeriesColumn& column = (*columns)[i];
    const auto [entry, inserted] = seen.try_emplace(column.labels, kept);
    if (!inserted) {
      if (!TakePoints(&column, &(*columns)[entry->second])) return SameLabelset();
      continue;
    }
    if (kept != i) (*columns)[kept] = std::move(column);
    ++kept;
  }
  columns->resize(kept);
  return base::OkStatus();
}

// ---- vectors ----

base::Status Evaluator::EvaluateVector(const Expr& expr, const StepGrid& grid, Columns* out) {
  return StreamVector(expr, grid, [&](SeriesColumn& column) {
    RETURN_IF_ERROR(context_.budget.Hold(PointSize(column)));
    RETURN_IF_ERROR(context_.budget.HoldCells(static_cast<int64_t>(column.steps())));
    out->push_back(std::move(column));
    return base::OkStatus();
  });
}

base::Status Evaluator::StreamVector(const Expr& expr, const StepGrid& grid, const ColumnSink& sink) {
  RETURN_IF_ERROR(context_.budget.CheckGrid(grid));
  if (grid.count > 1 && context_.plan.of(expr).invariant) return StreamOnce(expr, grid, sink);
  return StreamByKind(expr, grid, sink);
}

base::Status Evaluator::StreamOnce(const Expr& expr, const StepGrid& grid, const ColumnSink& sink) {
  const StepGrid once{grid.start_ms, grid.step_ms, 1};
  SeriesColumn repeated;
  context_.counter.EnterOnce();
  base::Status status = StreamByKind(expr, once, [&](SeriesColumn& column) {
    Repeat(column, grid.count, &repeated);
    return sink(repeated);
  });
  context_.counter.LeaveOnce();
  return status;
}

base::Status Evaluator::StreamByKind(const Expr& expr, const StepGrid& grid, const ColumnSink& sink) {
  switch (expr.kind) {
    case ExprKind::kVectorSelector:
      return StreamSelector(As<VectorSelector>(expr), grid, Yield::kValue, sink);
    case ExprKind::kParen:
      return StreamVector(*As<ParenExpr>(expr).expr, grid, sink);
    case ExprKind::kUnary:
      return StreamUnary(As<UnaryExpr>(expr), grid, sink);
    case ExprKind::kBinary:
      return StreamBinary(As<BinaryExpr>(expr), grid, sink);
    case ExprKind::kAggregate:
      return StreamAggregate(As<AggregateExpr>(expr), grid, sink);
    case ExprKind::kCall:
      return StreamCall(As<Call>(expr), grid, sink);
    default:
      return base::Internal("not an instant vector");
  }
}

base::Status Evaluator::StreamColumns(Columns columns, const ColumnSink& sink) {
  for (SeriesColumn& column : columns) RETURN_IF_ERROR(sink(column));
  return base::OkStatus();
}

base::Status Evaluator::StreamUnary(const UnaryExpr& expr, const StepGrid& grid, const ColumnSink& sink) {
  if (!expr.negate) return StreamVector(*expr.expr, grid, sink);
  const auto negate = [](SeriesColumn& column) {
    Negate(&column);
    return base::OkStatus();
  };
  return StreamNameless(*expr.expr, grid, negate, sink);
}

// ---- names ----

void Evaluator::DropName(SeriesColumn* column) const {
  if (context_.features.delayed_name_removal) {
    column->drop_name = true;
  } else {
    column->labels = DropMetricMetadata(column->labels);
  }
}

base::Status Evaluator::DropNames(Columns* columns) const {
  for (SeriesColumn& column : *columns) DropName(&column);
  return context_.features.delayed_name_removal ? base::OkStatus() : MergeSameLabels(columns);
}

bool Evaluator::NamesStayUnique(const Expr& expr) const {
  switch (expr.kind) {
    case ExprKind::kParen:
      return NamesStayUnique(*As<ParenExpr>(expr).expr);
    case ExprKind::kMatrixSelector:
      return NamesStayUnique(*As<MatrixSelector>(expr).selector);
    case ExprKind::kSubquery:
      return NamesStayUnique(*As<Subquery>(expr).expr);
    case ExprKind::kUnary:
      return As<UnaryExpr>(expr).negate || NamesStayUnique(*As<UnaryExpr>(expr).expr);
    case ExprKind::kVectorSelector: {
      // Series of one name differ in other labels; but type and unit go with the name.
      if (context_.features.type_and_unit_labels) return false;
      const auto& matchers = As<VectorSelector>(expr).matchers;
      return std::any_of(matchers.begin(), matchers.end(), [](const model::Matcher& matcher) {
        return matcher.type() == model::MatchType::kEqual && matcher.name() == model::kMetricName;
      });
    }
    case ExprKind::kCall: {
      const Kernel* kernel = FindKernel(As<Call>(expr).function->id);
      return kernel != nullptr && kernel->names == NameRule::kDrop;
    }
    default:
      return false;
  }
}

base::Status Evaluator::StreamNameless(const Expr& input, const StepGrid& grid, const ColumnSink& transform,
                                       const ColumnSink& sink) {
  if (context_.features.delayed_name_removal || NamesStayUnique(input)) {
    return StreamVector(input, grid, [&](SeriesColumn& column) {
      RETURN_IF_ERROR(transform(column));
      DropName(&column);
      return sink(column);
    });
  }
  Columns columns;
  RETURN_IF_ERROR(EvaluateVector(input, grid, &columns));
  for (SeriesColumn& column : columns) RETURN_IF_ERROR(transform(column));
  RETURN_IF_ERROR(DropNames(&columns));
  return StreamColumns(std::move(columns), sink);
}

// ---- scalars ----

base::Status Evaluator::EvaluateScalar(const Expr& expr, const StepGrid& grid, ScalarColumn* out) {
  RETURN_IF_ERROR(context_.budget.CheckGrid(grid));
  if (grid.count == 1 || !context_.plan.of(expr).invariant) return ScalarByKind(expr, grid, out);
  ScalarColumn once;
  context_.counter.EnterOnce();
  base::Status status = ScalarByKind(expr, {grid.start_ms, grid.step_ms, 1}, &once);
  context_.counter.LeaveOnce();
  RETURN_IF_ERROR(status);
  out->assign(grid.count, once[0]);
  return base::OkStatus();
}

base::Status Evaluator::ScalarByKind(const Expr& expr, const StepGrid& grid, ScalarColumn* out) {
  switch (expr.kind) {
    case ExprKind::kNumberLiteral:
      out->assign(grid.count, As<NumberLiteral>(expr).value);
      return base::OkStatus();
    case ExprKind::kParen:
      return EvaluateScalar(*As<ParenExpr>(expr).expr, grid, out);
    case ExprKind::kUnary:
      RETURN_IF_ERROR(EvaluateScalar(*As<UnaryExpr>(expr).expr, grid, out));
      if (As<UnaryExpr>(expr).negate) {
        for (double& value : *out) value = -value;
      }
      return base::OkStatus();
    case ExprKind::kBinary:
      return ScalarBinary(As<BinaryExpr>(expr), grid, out);
    case ExprKind::kCall:
      return ScalarCall(As<Call>(expr), grid, out);
    default:
      return base::Internal("not a scalar");
  }
}

// ---- range vectors as results ----

base::Status Evaluator::EvaluateMatrix(const Expr& expr, int64_t t_ms, Matrix* out) {
  const Expr& inner = Unwrap(expr);
  const StepGrid grid{t_ms, 1, 1};
  const NodePlan& node = context_.plan.of(inner);
  const Windows windows = WindowsOf(node, grid, node.range_ms);
  const base::Status streamed = StreamMatrix(
      inner, windows, 1, [&](const model::Labels& labels, bool drop_name, const storage::Samples& samples) {
        RETURN_IF_ERROR(context_.budget.Hold(static_cast<int64_t>(samples.size())));
        storage::Samples within = Within(samples, windows);
        if (within.empty()) return base::OkStatus();
        out->push_back({drop_name ? DropMetricMetadata(labels) : labels, std::move(within)});
        return base::OkStatus();
      });
  RETURN_IF_ERROR(streamed);
  std::sort(out->begin(), out->end(), [](const MatrixSeries& a, const MatrixSeries& b) { return a.labels < b.labels; });
  const auto same = [](const MatrixSeries& a, const MatrixSeries& b) { return a.labels == b.labels; };
  return std::adjacent_find(out->begin(), out->end(), same) == out->end() ? base::OkStatus() : SameLabelset();
}

}  // namespace bekci::promql
