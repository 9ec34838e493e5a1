// Printer: a syntax tree back to text, canonical (one line, as Prometheus' String()) and pretty (as its format_query
// and promtool's formatter: what is longer than 100 bytes is broken up, two spaces a level).
//
// A canonical text parses to the same tree again.
// Thread rule: functions without state.
#pragma once

#include <string>

#include "agent/promql/ast.h"

namespace bekci::promql {

std::string Print(const Expr& expr);
std::string Prettify(const Expr& expr);

// A range, step or offset as it would stand in a query: "5m", "-1h", "step() * 2".
std::string DurationText(const Duration& duration);

}  // namespace bekci::promql
