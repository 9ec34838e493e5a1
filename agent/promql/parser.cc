#include "agent/promql/parser.h"

#include <algorithm>
#include <utility>

#include "agent/promql/grammar.h"
#include "agent/promql/type_check.h"

namespace bekci::promql {
namespace {

base::Status CheckLength(std::string_view text) {
  if (text.size() <= kMaxQueryBytes) return base::OkStatus();
  return base::LimitReached("the query is longer than " + std::to_string(kMaxQueryBytes) + " bytes");
}

}  // namespace

std::string PositionText(std::string_view query, size_t offset) {
  if (query.empty()) return "unknown position";
  if (offset > query.size()) return "invalid position";
  const std::string_view before = query.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t last_break = before.rfind('\n');
  const size_t column = last_break == std::string_view::npos ? offset + 1 : offset - last_break;
  return std::to_string(line) + ':' + std::to_string(column);
}

base::Status ParseError(std::string_view query, size_t offset, std::string_view message) {
  return base::Invalid(PositionText(query, offset) + ": parse error: " + std::string(message));
}

base::Result<ExprPtr> ParseExpr(std::string_view query, const Features& features) {
  RETURN_IF_ERROR(CheckLength(query));
  Grammar grammar(query, features);
  ExprPtr expr = grammar.Query();
  RETURN_IF_ERROR(grammar.error());
  RETURN_IF_ERROR(CheckTypes(query, expr.get()));
  return expr;
}

base::Result<std::vector<model::Matcher>> ParseMetricSelector(std::string_view text) {
  RETURN_IF_ERROR(CheckLength(text));
  const Features features;
  Grammar grammar(text, features);
  const std::unique_ptr<VectorSelector> selector = grammar.Selector();
  RETURN_IF_ERROR(grammar.error());
  return std::move(selector->matchers);
}

}  // namespace bekci::promql
