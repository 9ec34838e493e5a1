// Lints of comparisons: those that no value can meet, those whose bool makes an alert fire always, and rates that page
// for one noisy moment.
#include <algorithm>
#include <cmath>
#include <map>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/promql/function_table.h"
#include "agent/promql/printer.h"
#include "agent/promql/walk.h"
#include "agent/ruler/lint_checks.h"
#include "agent/ruler/value_bounds.h"

namespace bekci::ruler {
namespace {

using promql::As;
using promql::BinaryOp;
using promql::FunctionId;

// A rate over a longer window has been smoothed by it already.
constexpr int64_t kShortWindowMs = 10 * 60 * 1000;

std::string Short(const promql::Expr& expr) {
  constexpr size_t kShown = 120;
  std::string text = promql::Print(expr);
  return text.size() <= kShown ? text : text.substr(0, kShown) + "...";
}

bool IsFilter(const promql::Expr& expr) {
  return expr.kind == promql::ExprKind::kBinary && promql::IsComparison(As<promql::BinaryExpr>(expr).op) &&
         !As<promql::BinaryExpr>(expr).return_bool;
}

// The two sides of a comparison in words, where the values of one cannot meet the other.
void CheckFilter(const LintedRule& rule, const promql::BinaryExpr& filter, Remarks* out) {
  const Bounds left = BoundsOf(*filter.lhs);
  const Bounds right = BoundsOf(*filter.rhs);
  if (left.empty() || right.empty()) return;  // a comparison below is told
  const bool impossible = filter.op == BinaryOp::kNotEqual
                              ? left.low == left.high && right.low == right.high && left.low == right.low
                              : left.Intersect(AllowedBy(filter.op, right)).empty();
  if (!impossible) return;
  const bool left_known = left.bounded() && filter.lhs->kind != promql::ExprKind::kNumberLiteral;
  const promql::Expr& known = left_known ? *filter.lhs : *filter.rhs;
  const Bounds& bounds = left_known ? left : right;
  std::string message = Short(filter) + " is never true: " + Short(known) + " is " + bounds.Text();
  const promql::Expr& inner = promql::Unwrap(known);
  const bool counted =
      inner.kind == promql::ExprKind::kAggregate && As<promql::AggregateExpr>(inner).op == promql::AggregateOp::kCount;
  if (counted) message += " (where nothing is counted there is no result; ask absent(...))";
  if (bounds.high == 1 && bounds.low == 0 && !left.empty() && right.low > 1 && right.low <= 100 && left_known) {
    message += " (as a percentage it would be 100 times that)";
  }
  AddExprRemark(rule, std::move(message), out);
}

// One operand of an `and` as a bound on an expression's values: `x > 5` says x is above 5.
bool ReadCondition(const promql::Expr& expr, std::string* of, Bounds* allowed) {
  const promql::Expr& inner = promql::Unwrap(expr);
  if (!IsFilter(inner)) return false;
  const auto& filter = As<promql::BinaryExpr>(inner);
  if (filter.lhs->type != promql::ValueType::kVector || filter.rhs->type != promql::ValueType::kScalar) return false;
  const Bounds threshold = BoundsOf(*filter.rhs);
  if (threshold.low != threshold.high || filter.op == BinaryOp::kNotEqual) return false;
  *of = promql::Print(promql::Unwrap(*filter.lhs));
  *allowed = AllowedBy(filter.op, threshold);
  return true;
}

// Conditions of a chain of `and`s that match on all labels: they speak of the same series.
void CollectConditions(const promql::Expr& expr, std::map<std::string, Bounds>* conditions) {
  const promql::Expr& inner = promql::Unwrap(expr);
  if (inner.kind == promql::ExprKind::kBinary && As<promql::BinaryExpr>(inner).op == BinaryOp::kAnd) {
    const auto& both = As<promql::BinaryExpr>(inner);
    if (both.matching->on || !both.matching->labels.empty()) return;
    CollectConditions(*both.lhs, conditions);
    CollectConditions(*both.rhs, conditions);
    return;
  }
  std::string of;
  Bounds allowed;
  if (!ReadCondition(inner, &of, &allowed)) return;
  const auto [at, fresh] = conditions->try_emplace(of, allowed);
  if (!fresh) at->second = at->second.Intersect(allowed);
}

void CheckChain(const LintedRule& rule, const promql::Expr& expr, Remarks* out) {
  std::map<std::string, Bounds> conditions;
  CollectConditions(expr, &conditions);
  for (const auto& [of, bounds] : conditions) {
    if (!bounds.empty()) continue;
    AddExprRemark(rule, Short(expr) + " is never true: no value of " + of + " meets both; is `or` meant?", out);
  }
}

// ---- rates ----

bool IsRate(const promql::Expr& expr) {
  if (expr.kind != promql::ExprKind::kCall) return false;
  const FunctionId id = As<promql::Call>(expr).function->id;
  return id == FunctionId::kRate || id == FunctionId::kIrate;
}

// The rate that decides: below arithmetic with numbers and aggregations; what smooths over time, or sets rates in
// proportion to each other, is another matter.
const promql::Call* DecidingRate(const promql::Expr& expr) {
  const promql::Expr& inner = promql::Unwrap(expr);
  if (IsRate(inner)) return &As<promql::Call>(inner);
  if (inner.kind == promql::ExprKind::kAggregate) return DecidingRate(*As<promql::AggregateExpr>(inner).expr);
  if (inner.kind != promql::ExprKind::kBinary) return nullptr;
  const auto& binary = As<promql::BinaryExpr>(inner);
  if (promql::IsSetOperator(binary.op) || promql::IsComparison(binary.op)) return nullptr;
  if (binary.rhs->type == promql::ValueType::kScalar) return DecidingRate(*binary.lhs);
  return binary.lhs->type == promql::ValueType::kScalar ? DecidingRate(*binary.rhs) : nullptr;
}

void CheckRate(const LintedRule& rule, const promql::BinaryExpr& filter, Remarks* out) {
  if (filter.rhs->type != promql::ValueType::kScalar || filter.op == BinaryOp::kEqual) return;
  const Bounds threshold = BoundsOf(*filter.rhs);
  if (threshold.low == 0 && threshold.high == 0) return;  // "it happened at all" is no noise
  const promql::Call* const rate = DecidingRate(*filter.lhs);
  if (rate == nullptr) return;
  int64_t window_ms = 0;
  promql::Walk(*rate, [&](const promql::Expr& node) {
    if (node.kind == promql::ExprKind::kMatrixSelector) window_ms = As<promql::MatrixSelector>(node).range.ms;
    if (node.kind == promql::ExprKind::kSubquery) window_ms = As<promql::Subquery>(node).range.ms;
  });
  const bool instant = rate->function->id == FunctionId::kIrate;
  if (!instant && (window_ms == 0 || window_ms >= kShortWindowMs)) return;
  AddRemark(rule,
            "fires at the first evaluation in which " + Short(filter) + ": a rate over " +
                (instant ? "two samples" : base::DurationText(base::milliseconds(window_ms))) +
                " is noisy; give it a `for`",
            out);
}

}  // namespace

void FindNeverTrue(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    std::set<const promql::Expr*> within;  // parts of a chain of `and`s that was looked at
    promql::Walk(*rule.expr, [&](const promql::Expr& node) {
      if (IsFilter(node)) CheckFilter(rule, As<promql::BinaryExpr>(node), out);
      if (node.kind != promql::ExprKind::kBinary || As<promql::BinaryExpr>(node).op != BinaryOp::kAnd) return;
      if (!within.contains(&node)) CheckChain(rule, node, out);
      within.insert(&promql::Unwrap(*As<promql::BinaryExpr>(node).lhs));
      within.insert(&promql::Unwrap(*As<promql::BinaryExpr>(node).rhs));
    });
  }
}

void FindBoolAlerts(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    if (!rule.text->alerting) continue;
    const promql::Expr& inner = promql::Unwrap(*rule.expr);
    if (inner.kind != promql::ExprKind::kBinary || !As<promql::BinaryExpr>(inner).return_bool) continue;
    AddExprRemark(rule,
                  Short(inner) +
                      " gives 0 where it is false, and an alert fires for every result whatever its value: "
                      "leave out `bool`",
                  out);
  }
}

void FindMissingFor(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    if (!rule.text->alerting || rule.text->hold > base::Duration::zero()) continue;
    const promql::Expr& inner = promql::Unwrap(*rule.expr);
    if (IsFilter(inner)) CheckRate(rule, As<promql::BinaryExpr>(inner), out);
  }
}

}  // namespace bekci::ruler
