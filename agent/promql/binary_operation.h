// Binary operators between columns: all steps at once where both sides are floats, step by step where a histogram is
// among them. Matching, labels and names are not known here.
//
// Thread rule: functions without state.
#pragma once

#include <cstddef>

#include "agent/promql/annotations.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"

namespace bekci::promql {

// What happened at any step that a person should hear, gathered over all columns of one operator.
struct OperationNotes {
  bool incompatible[2][2] = {};  // [left is a histogram][right is one]
  bool incompatible_layout = false;
  bool reset_collision = false;
  bool bounds_reconciled = false;
  void Annotate(BinaryOp op, PositionRange position, Annotations* annotations) const;
};

// + - * / % ^ atan2 and comparisons without filter (1 or 0), between arrays.
void FloatOperation(BinaryOp op, const double* left, const double* right, size_t count, double* out);

// `left` becomes left OP right. Comparisons keep the left value where they hold, or give 1 or 0 with `return_bool`.
void OperateColumns(BinaryOp op, bool return_bool, SeriesColumn* left, const SeriesColumn& right,
                    OperationNotes* notes);
// `column` becomes column OP scalar or, with `scalar_left`, scalar OP column. Comparisons keep the column's value.
void OperateWithScalar(BinaryOp op, bool return_bool, SeriesColumn* column, const ScalarColumn& scalar,
                       bool scalar_left, OperationNotes* notes);

// Whether the result is another quantity, which has no name: arithmetic, but neither comparisons nor trims.
inline bool DropsName(BinaryOp op) {
  return op <= BinaryOp::kAtan2;
}

}  // namespace bekci::promql
