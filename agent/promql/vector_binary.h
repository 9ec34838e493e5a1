// Binary operators between two vectors, all steps at once.
//
// Which elements may meet is found once, from their labels; which do, and whether they may, depends on who is there at
// a step. A pair of columns that meet is computed as two arrays. Only where a group has several elements on a side that
// must have one is looked step by step: at no step may two be there.
//
// Source: Prometheus' VectorBinop, VectorAnd, VectorOr, VectorUnless. Thread rule: functions without state.
#pragma once

#include "agent/base/status.h"
#include "agent/promql/annotations.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"
#include "agent/promql/features.h"

namespace bekci::promql {

// Arithmetic, comparisons and trims. Errors: invalid, where matching is not unique, in Prometheus' words.
base::Status MatchVectors(const BinaryExpr& expr, const Features& features, Columns left, Columns right,
                          Annotations* annotations, Columns* out);
// and, or, unless.
void CombineSets(const BinaryExpr& expr, Columns left, Columns right, Columns* out);

}  // namespace bekci::promql
