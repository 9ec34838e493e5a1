#include "agent/promql/ast.h"

#include <iterator>

namespace bekci::promql {
namespace {

constexpr std::string_view kTypeTexts[] = {"none", "scalar", "instant vector", "range vector", "string"};
constexpr std::string_view kTypeNames[] = {"none", "scalar", "vector", "matrix", "string"};
constexpr std::string_view kBinaryOps[] = {
    "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", "<=", ">", ">=", "</", ">/", "and", "or", "unless"};
constexpr std::string_view kAggregateOps[] = {"sum",      "avg",          "min",    "max",        "count",
                                              "group",    "stddev",       "stdvar", "topk",       "bottomk",
                                              "quantile", "count_values", "limitk", "limit_ratio"};
static_assert(std::size(kTypeTexts) == static_cast<size_t>(ValueType::kString) + 1);
static_assert(std::size(kTypeNames) == std::size(kTypeTexts));
static_assert(std::size(kBinaryOps) == static_cast<size_t>(BinaryOp::kUnless) + 1);
static_assert(std::size(kAggregateOps) == static_cast<size_t>(AggregateOp::kLimitRatio) + 1);

}  // namespace

std::string_view ValueTypeText(ValueType type) {
  return kTypeTexts[static_cast<size_t>(type)];
}
std::string_view ValueTypeName(ValueType type) {
  return kTypeNames[static_cast<size_t>(type)];
}
std::string_view BinaryOpText(BinaryOp op) {
  return kBinaryOps[static_cast<size_t>(op)];
}
std::string_view AggregateOpText(AggregateOp op) {
  return kAggregateOps[static_cast<size_t>(op)];
}

}  // namespace bekci::promql
