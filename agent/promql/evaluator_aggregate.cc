// Aggregations: what streams past is folded into groups, or gathered where all elements of a step are needed at once.
#include <utility>

#include "agent/promql/aggregation.h"
#include "agent/promql/evaluator.h"
#include "agent/promql/selection.h"

namespace bekci::promql {
namespace {

struct Group {
  std::unique_ptr<Fold> fold;
  bool drop_name = false;
};

// The text of count_values' first argument.
const std::string& LabelOf(const AggregateExpr& expr) {
  return As<StringLiteral>(Unwrap(*expr.param)).value;
}

}  // namespace

base::Status Evaluator::StreamFolded(const AggregateExpr& expr, const StepGrid& grid, const ColumnSink& sink) {
  Grouping grouping(expr.without, expr.grouping);
  std::vector<Group> groups;
  FoldNotes notes;
  const SampleBudget::Mark mark = context_.budget.mark();
  const base::Status folded = StreamVector(*expr.expr, grid, [&](SeriesColumn& column) {
    const size_t group = grouping.Group(column.labels);
    if (group == groups.size()) {
      RETURN_IF_ERROR(context_.budget.Hold(static_cast<int64_t>(grid.count)));
      RETURN_IF_ERROR(context_.budget.HoldCells(2 * static_cast<int64_t>(grid.count)));
      groups.push_back({MakeFold(expr.op, grid.count, &notes), column.drop_name});
    }
    groups[group].fold->Add(column);
    return base::OkStatus();
  });
  RETURN_IF_ERROR(folded);
  // What the groups hold goes over to the results one by one.
  context_.budget.Settle(mark, {});
  SeriesColumn result;
  base::Status status;
  for (size_t group = 0; group < groups.size() && status.ok(); ++group) {
    result.Reset(grid.count);
    groups[group].fold->Finish(&result);
    groups[group].fold.reset();
    if (result.AllAbsent()) continue;
    result.labels = grouping.labels(group);
    result.drop_name = groups[group].drop_name;
    status = sink(result);
  }
  notes.Annotate(expr.op, expr.expr->position, &context_.annotations);
  return status;
}

base::Status Evaluator::StreamAggregate(const AggregateExpr& expr, const StepGrid& grid, const ColumnSink& sink) {
  if (!HasParameter(expr.op)) return StreamFolded(expr, grid, sink);
  ScalarColumn params;
  if (expr.op != AggregateOp::kCountValues) {
    RETURN_IF_ERROR(EvaluateScalar(*expr.param, grid, &params));
    RETURN_IF_ERROR(CheckParameter(expr, params, &context_.annotations));
  }
  const SampleBudget::Mark mark = context_.budget.mark();
  Columns columns;
  Columns out;
  RETURN_IF_ERROR(EvaluateVector(*expr.expr, grid, &columns));
  FoldNotes notes;
  if (expr.op == AggregateOp::kCountValues) {
    RETURN_IF_ERROR(CountValues(expr, LabelOf(expr), columns, &out));
  } else if (expr.op == AggregateOp::kQuantile) {
    AggregateQuantile(expr, params, columns, &notes, &out);
  } else {
    SelectElements(expr, params, std::move(columns), &notes, &out);
  }
  // Prometheus points at the whole of topk and bottomk, at the argument of all others.
  const bool selects = expr.op == AggregateOp::kTopk || expr.op == AggregateOp::kBottomk;
  notes.Annotate(expr.op, selects ? expr.position : expr.expr->position, &context_.annotations);
  context_.budget.Settle(mark, {});
  return StreamColumns(std::move(out), sink);
}

}  // namespace bekci::promql
