// Type checks: whether the parts of a parsed query may stand where they stand, in Prometheus' words and order. Also
// fills in what follows from the types: the type of each node, many-to-many for set operators, no matching for scalars,
// ids.
//
// Thread rule: functions without state.
#pragma once

#include <string_view>

#include "agent/base/status.h"
#include "agent/promql/ast.h"

namespace bekci::promql {

// Errors: invalid, with the place in `query`.
base::Status CheckTypes(std::string_view query, Expr* root);

}  // namespace bekci::promql
