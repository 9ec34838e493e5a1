// Walk: every node of a syntax tree, parents first, in the order of the text.
//
// Thread rule: a function without state.
#pragma once

#include <functional>

#include "agent/promql/ast.h"

namespace bekci::promql {

void Walk(const Expr& expr, const std::function<void(const Expr& node)>& visit);

}  // namespace bekci::promql
