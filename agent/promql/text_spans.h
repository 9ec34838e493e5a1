// What printer.cc gives prettify.cc: where in the canonical text of a query the text of each node lies, and the parts
// of nodes that look alike on one line and on many.
//
// Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "agent/promql/ast.h"

namespace bekci::promql {

struct TextSpan {
  size_t start = 0;
  size_t length = 0;
};
using TextSpans = std::vector<TextSpan>;  // by Expr::id

// The canonical text; `spans`, if given, gets the place of every node but the selector inside a matrix selector.
std::string PrintSpans(const Expr& expr, TextSpans* spans);

// "== bool on (a) group_left (b)".
void AppendOperator(std::string* out, const BinaryExpr& expr);
// "sum by (a) ", "sum".
void AppendAggregateHead(std::string* out, const AggregateExpr& expr);
// "[5m:1m] @ 5.000 offset 1h".
void AppendSubquerySuffix(std::string* out, const Subquery& subquery);

}  // namespace bekci::promql
