// Grammar's part for durations in brackets and behind `offset`.
#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/duration_expr.h"
#include "agent/promql/grammar.h"
#include "agent/promql/grammar_scope.h"

namespace bekci::promql {
namespace {

constexpr int kSum = 1;
constexpr int kProduct = 2;
constexpr int kPower = 3;

struct Operator {
  TokenKind token;
  DurationOp op;
  int precedence;
};
constexpr Operator kOperators[] = {
    {TokenKind::kAdd, DurationOp::kAdd, kSum},
    {TokenKind::kSubtract, DurationOp::kSubtract, kSum},
    {TokenKind::kMultiply, DurationOp::kMultiply, kProduct},
    {TokenKind::kDivide, DurationOp::kDivide, kProduct},
    {TokenKind::kModulo, DurationOp::kModulo, kProduct},
    {TokenKind::kPower, DurationOp::kPower, kPower},
};

const Operator* OperatorOf(TokenKind kind) {
  for (const Operator& row : kOperators) {
    if (row.token == kind) return &row;
  }
  return nullptr;
}

}  // namespace

std::optional<Duration> Grammar::RangeDuration(Context on_failure) {
  const ContextScope scope(this, on_failure);
  return Settle(DurationSum(kSum), true);
}

// A sum or product behind `offset` belongs to the expression around it unless it stands in parentheses.
std::optional<Duration> Grammar::OffsetDuration() {
  const ContextScope scope(this, {"offset", "number, duration, step(), or range()"});
  if (!Is(TokenKind::kAdd) && !Is(TokenKind::kSubtract)) return Settle(DurationPrimary(), false);
  const Token op = Consume();
  return Settle(Signed(op, DurationPrimary()), false);
}

std::optional<Duration> Grammar::Settle(std::unique_ptr<DurationExpr> expr, bool positive) {
  if (failed()) return std::nullopt;
  Duration duration;
  if (expr->op != DurationOp::kNumber) {
    duration.expr = std::move(expr);
    return duration;
  }
  if (positive && expr->seconds <= 0) {
    Fail(expr->position, "duration must be greater than 0");
    return std::nullopt;
  }
  // To the nanosecond, then down to the millisecond, as Prometheus goes.
  duration.ms = static_cast<int64_t>(std::round(expr->seconds * 1e9)) / 1'000'000;
  return duration;
}

std::unique_ptr<DurationExpr> Grammar::GrownDuration(std::unique_ptr<DurationExpr> node, size_t below) {
  if (below >= kMaxDepth) return TooDeep(node->position);
  node->height = static_cast<uint16_t>(below + 1);
  return node;
}

std::unique_ptr<DurationExpr> Grammar::DurationSum(int min_precedence) {
  const Depth depth(this);
  if (depth.exceeded()) return TooDeep(token_.position);
  auto lhs = DurationUnary();
  while (!failed()) {
    const Operator* const row = OperatorOf(token_.kind);
    if (row == nullptr || row->precedence < min_precedence) return lhs;
    const Token op = Consume();
    lhs = DurationOperation(std::move(lhs), op, row->precedence);
  }
  return nullptr;
}

std::unique_ptr<DurationExpr> Grammar::DurationOperation(std::unique_ptr<DurationExpr> lhs, const Token& op,
                                                         int precedence) {
  auto node = std::make_unique<DurationExpr>();
  node->op = OperatorOf(op.kind)->op;
  node->rhs = DurationSum(precedence == kPower ? precedence : precedence + 1);
  if (failed()) return nullptr;
  if (node->rhs->op == DurationOp::kNumber && node->rhs->seconds == 0) {
    if (node->op == DurationOp::kDivide) return Fail(op.position, "division by zero");
    if (node->op == DurationOp::kModulo) return Fail(op.position, "modulo by zero");
  }
  node->lhs = std::move(lhs);
  node->position = {node->lhs->position.start, node->rhs->position.end};
  const size_t below = std::max(node->lhs->height, node->rhs->height);
  return GrownDuration(std::move(node), below);
}

std::unique_ptr<DurationExpr> Grammar::DurationUnary() {
  if (!Is(TokenKind::kAdd) && !Is(TokenKind::kSubtract)) return DurationPrimary();
  const Token op = Consume();
  return Signed(op, DurationSum(kPower));
}

std::unique_ptr<DurationExpr> Grammar::Signed(const Token& op, std::unique_ptr<DurationExpr> operand) {
  if (failed()) return nullptr;
  const bool negate = op.kind == TokenKind::kSubtract;
  if (operand->op == DurationOp::kNumber) {
    if (negate) operand->seconds *= -1;
    operand->position.start = op.position.start;
    operand->in_parens = false;
    return operand;
  }
  auto node = std::make_unique<DurationExpr>();
  node->op = negate ? DurationOp::kNegate : DurationOp::kPlus;
  node->position = {op.position.start, operand->position.end};
  const size_t below = operand->height;
  node->lhs = std::move(operand);
  return GrownDuration(std::move(node), below);
}

std::unique_ptr<DurationExpr> Grammar::DurationPrimary() {
  if (Is(TokenKind::kLeftParen)) {
    Advance();
    auto inner = DurationSum(kSum);
    if (failed()) return nullptr;
    if (!Take(TokenKind::kRightParen)) return Unexpected();
    // A plain number needs none to be read again.
    inner->in_parens = inner->op != DurationOp::kNumber || std::signbit(inner->seconds);
    return inner;
  }
  if (!Is(TokenKind::kNumber) && !Is(TokenKind::kDuration)) return DurationFunction();
  auto node = std::make_unique<DurationExpr>();
  node->position = token_.position;
  node->as_duration = Is(TokenKind::kDuration);
  const auto value = LiteralValue();
  if (!value) return nullptr;
  node->seconds = *value;
  if (!(std::fabs(node->seconds) <= kMaxDurationSeconds)) return Fail(node->position, "duration out of range");
  return node;
}

std::unique_ptr<DurationExpr> Grammar::DurationFunction() {
  if (token_.kind < TokenKind::kStep || token_.kind > TokenKind::kMaxOf) return Unexpected();
  constexpr DurationOp kOps[] = {DurationOp::kStep, DurationOp::kRange, DurationOp::kMinOf, DurationOp::kMaxOf};
  auto node = std::make_unique<DurationExpr>();
  const Token name = Consume();
  node->op = kOps[static_cast<size_t>(name.kind) - static_cast<size_t>(TokenKind::kStep)];
  if (!Take(TokenKind::kLeftParen)) return Unexpected();
  size_t below = 0;
  if (node->op == DurationOp::kMinOf || node->op == DurationOp::kMaxOf) {
    node->lhs = DurationSum(kSum);
    if (failed()) return nullptr;
    if (!Take(TokenKind::kComma)) return Unexpected();
    node->rhs = DurationSum(kSum);
    if (failed()) return nullptr;
    below = std::max(node->lhs->height, node->rhs->height);
  }
  if (!Take(TokenKind::kRightParen)) return Unexpected();
  node->position = From(name.position.start);
  return GrownDuration(std::move(node), below);
}

}  // namespace bekci::promql
