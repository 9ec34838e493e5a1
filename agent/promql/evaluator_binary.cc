// Binary operators: who is on which side, and the names of the results.
#include <utility>

#include "agent/promql/binary_operation.h"
#include "agent/promql/evaluator.h"
#include "agent/promql/vector_binary.h"

namespace bekci::promql {

base::Status Evaluator::ScalarBinary(const BinaryExpr& expr, const StepGrid& grid, ScalarColumn* out) {
  ScalarColumn right;
  RETURN_IF_ERROR(EvaluateScalar(*expr.lhs, grid, out));
  RETURN_IF_ERROR(EvaluateScalar(*expr.rhs, grid, &right));
  FloatOperation(expr.op, out->data(), right.data(), grid.count, out->data());
  return base::OkStatus();
}

base::Status Evaluator::StreamBinary(const BinaryExpr& expr, const StepGrid& grid, const ColumnSink& sink) {
  if (expr.lhs->type != ValueType::kVector || expr.rhs->type != ValueType::kVector) {
    return StreamVectorScalar(expr, grid, sink);
  }
  const SampleBudget::Mark mark = context_.budget.mark();
  Columns left;
  Columns right;
  RETURN_IF_ERROR(EvaluateVector(*expr.lhs, grid, &left));
  RETURN_IF_ERROR(EvaluateVector(*expr.rhs, grid, &right));
  Columns out;
  if (IsSetOperator(expr.op)) {
    CombineSets(expr, std::move(left), std::move(right), &out);
    // Elements of different groups may have equal labels where names are gone; that only one is there at a step.
    RETURN_IF_ERROR(MergeSameLabels(&out));
  } else {
    RETURN_IF_ERROR(
        MatchVectors(expr, context_.features, std::move(left), std::move(right), &context_.annotations, &out));
  }
  context_.budget.Settle(mark, {});
  return StreamColumns(std::move(out), sink);
}

base::Status Evaluator::StreamVectorScalar(const BinaryExpr& expr, const StepGrid& grid, const ColumnSink& sink) {
  const bool scalar_left = expr.lhs->type == ValueType::kScalar;
  ScalarColumn scalar;
  RETURN_IF_ERROR(EvaluateScalar(scalar_left ? *expr.lhs : *expr.rhs, grid, &scalar));
  const Expr& vector = scalar_left ? *expr.rhs : *expr.lhs;
  OperationNotes notes;
  const ColumnSink operate = [&](SeriesColumn& column) {
    OperateWithScalar(expr.op, expr.return_bool, &column, scalar, scalar_left, &notes);
    return base::OkStatus();
  };
  const ColumnSink pass = [&](SeriesColumn& column) { return column.AllAbsent() ? base::OkStatus() : sink(column); };
  base::Status status;
  if (DropsName(expr.op) || expr.return_bool) {
    status = StreamNameless(vector, grid, operate, pass);
  } else {
    status = StreamVector(vector, grid, [&](SeriesColumn& column) {
      RETURN_IF_ERROR(operate(column));
      return pass(column);
    });
  }
  notes.Annotate(expr.op, expr.position, &context_.annotations);
  return status;
}

}  // namespace bekci::promql
