// Whether two syntax trees mean the same, places in the text aside. For tests: what was printed must parse to the same
// tree again.
//
// Thread rule: functions without state.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>

#include "agent/promql/ast.h"

namespace bekci::promql {

inline bool SameNumber(double a, double b) {
  return (a != a && b != b) || std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

inline bool SameNumber(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || SameNumber(*a, *b));
}

inline bool SameDurationExpr(const DurationExpr* a, const DurationExpr* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->op == b->op && SameNumber(a->seconds, b->seconds) && SameDurationExpr(a->lhs.get(), b->lhs.get()) &&
         SameDurationExpr(a->rhs.get(), b->rhs.get());
}

inline bool SameDuration(const Duration& a, const Duration& b) {
  return a.ms == b.ms && SameDurationExpr(a.expr.get(), b.expr.get());
}

inline bool SameTime(const TimeModifiers& a, const TimeModifiers& b) {
  return a.at == b.at && a.at_ms == b.at_ms && SameDuration(a.offset, b.offset);
}

inline bool SameMatching(const std::optional<VectorMatching>& a, const std::optional<VectorMatching>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->cardinality == b->cardinality && a->on == b->on && a->labels == b->labels && a->include == b->include &&
         SameNumber(a->fill_left, b->fill_left) && SameNumber(a->fill_right, b->fill_right);
}

// In any order: the printed text has them sorted.
inline bool SameMatchers(const std::vector<model::Matcher>& a, const std::vector<model::Matcher>& b) {
  return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
}

inline bool SameSelector(const VectorSelector& a, const VectorSelector& b) {
  return a.name == b.name && SameMatchers(a.matchers, b.matchers) && SameTime(a.time, b.time) &&
         a.anchored == b.anchored && a.smoothed == b.smoothed && a.without_name == b.without_name;
}

inline bool SameTree(const Expr& a, const Expr& b);

inline bool SameNode(const NumberLiteral& a, const NumberLiteral& b) {
  return SameNumber(a.value, b.value);
}
inline bool SameNode(const StringLiteral& a, const StringLiteral& b) {
  return a.value == b.value;
}
inline bool SameNode(const MatrixSelector& a, const MatrixSelector& b) {
  return SameDuration(a.range, b.range) && SameSelector(*a.selector, *b.selector);
}
inline bool SameNode(const Subquery& a, const Subquery& b) {
  return SameTree(*a.expr, *b.expr) && SameDuration(a.range, b.range) && a.has_step == b.has_step &&
         SameDuration(a.step, b.step) && SameTime(a.time, b.time);
}
inline bool SameNode(const UnaryExpr& a, const UnaryExpr& b) {
  return a.negate == b.negate && SameTree(*a.expr, *b.expr);
}
inline bool SameNode(const BinaryExpr& a, const BinaryExpr& b) {
  return a.op == b.op && a.return_bool == b.return_bool && SameMatching(a.matching, b.matching) &&
         SameTree(*a.lhs, *b.lhs) && SameTree(*a.rhs, *b.rhs);
}
inline bool SameNode(const AggregateExpr& a, const AggregateExpr& b) {
  if ((a.param == nullptr) != (b.param == nullptr)) return false;
  return a.op == b.op && a.without == b.without && a.grouping == b.grouping && SameTree(*a.expr, *b.expr) &&
         (a.param == nullptr || SameTree(*a.param, *b.param));
}
inline bool SameNode(const Call& a, const Call& b) {
  if (a.function != b.function || a.args.size() != b.args.size()) return false;
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!SameTree(*a.args[i], *b.args[i])) return false;
  }
  return true;
}

inline bool SameTree(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || a.type != b.type) return false;
  switch (a.kind) {
    case ExprKind::kNumberLiteral:
      return SameNode(As<NumberLiteral>(a), As<NumberLiteral>(b));
    case ExprKind::kStringLiteral:
      return SameNode(As<StringLiteral>(a), As<StringLiteral>(b));
    case ExprKind::kVectorSelector:
      return SameSelector(As<VectorSelector>(a), As<VectorSelector>(b));
    case ExprKind::kMatrixSelector:
      return SameNode(As<MatrixSelector>(a), As<MatrixSelector>(b));
    case ExprKind::kSubquery:
      return SameNode(As<Subquery>(a), As<Subquery>(b));
    case ExprKind::kUnary:
      return SameNode(As<UnaryExpr>(a), As<UnaryExpr>(b));
    case ExprKind::kBinary:
      return SameNode(As<BinaryExpr>(a), As<BinaryExpr>(b));
    case ExprKind::kAggregate:
      return SameNode(As<AggregateExpr>(a), As<AggregateExpr>(b));
    case ExprKind::kCall:
      return SameNode(As<Call>(a), As<Call>(b));
    case ExprKind::kParen:
      return SameTree(*As<ParenExpr>(a).expr, *As<ParenExpr>(b).expr);
  }
  return false;
}

}  // namespace bekci::promql
