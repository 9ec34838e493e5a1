// The syntax tree of a query as JSON, as /api/v1/parse_query gives it to editors and query builders.
//
// Source: Prometheus web/api/v1/translate_ast.go. Thread rule: functions without state.
#pragma once

#include "agent/promql/ast.h"
#include "agent/wire/json_writer.h"

namespace bekci::web {

void WriteExpr(wire::JsonWriter* json, const promql::Expr& expr);

}  // namespace bekci::web
