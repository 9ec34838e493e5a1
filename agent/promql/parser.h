// Parser: query text to a checked syntax tree, or Prometheus' words about what is wrong with it.
//
// Hand-written recursive descent with precedence climbing over the tokens of lexer.h. Nesting is bounded by kMaxDepth
// and text by kMaxQueryBytes, so that no query can exhaust the stack.
//
// Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/matcher.h"
#include "agent/promql/ast.h"
#include "agent/promql/features.h"

namespace bekci::promql {

inline constexpr size_t kMaxQueryBytes = size_t{1} << 20;

// Errors: invalid, worded as Prometheus does, position (line:column, from 1, in bytes) in front:
// "1:5: parse error: unexpected end of input"; limit for texts that are too long or nested too deeply.
base::Result<ExprPtr> ParseExpr(std::string_view query, const Features& features);

// A vector selector alone, as in match[]: name{...} without modifiers. Errors as above.
base::Result<std::vector<model::Matcher>> ParseMetricSelector(std::string_view text);

// "1:5: parse error: ..." for the byte `offset` of the query.
base::Status ParseError(std::string_view query, size_t offset, std::string_view message);

// Line and column, from 1 and in bytes, of a byte of the query: "2:14".
std::string PositionText(std::string_view query, size_t offset);

}  // namespace bekci::promql
