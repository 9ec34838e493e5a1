#include "agent/promql/grammar.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/function_table.h"
#include "agent/promql/grammar_scope.h"
#include "agent/promql/literal.h"
#include "agent/promql/parser.h"

namespace bekci::promql {
namespace {

constexpr int kLowest = 1;
constexpr int kPowerPrecedence = 6;  // a unary operator binds weaker than this, stronger than the rest but `*`

// 0: no binary operator.
int Precedence(TokenKind kind) {
  switch (kind) {
    case TokenKind::kOr:
      return 1;
    case TokenKind::kAnd:
    case TokenKind::kUnless:
      return 2;
    case TokenKind::kAdd:
    case TokenKind::kSubtract:
      return 4;
    case TokenKind::kMultiply:
    case TokenKind::kDivide:
    case TokenKind::kModulo:
    case TokenKind::kAtan2:
      return 5;
    case TokenKind::kPower:
      return kPowerPrecedence;
    default:
      return IsOperator(kind) ? 3 : 0;
  }
}

BinaryOp OperatorOf(TokenKind kind) {
  return static_cast<BinaryOp>(static_cast<int>(kind) - static_cast<int>(TokenKind::kFirstOperator));
}

AggregateOp AggregationOf(TokenKind kind) {
  return static_cast<AggregateOp>(static_cast<int>(kind) - static_cast<int>(TokenKind::kFirstAggregation));
}

// Tokens stand in the order of what they mean, so that one is the other less an offset.
template <typename Op, size_t N>
constexpr bool InOrder(const std::pair<TokenKind, Op> (&meanings)[N], TokenKind first, TokenKind last) {
  for (const auto& [kind, op] : meanings) {
    if (static_cast<int>(kind) - static_cast<int>(first) != static_cast<int>(op)) return false;
  }
  return static_cast<int>(last) - static_cast<int>(first) + 1 == static_cast<int>(N);
}

constexpr std::pair<TokenKind, AggregateOp> kAggregations[] = {
    {TokenKind::kSum, AggregateOp::kSum},           {TokenKind::kAvg, AggregateOp::kAvg},
    {TokenKind::kMin, AggregateOp::kMin},           {TokenKind::kMax, AggregateOp::kMax},
    {TokenKind::kCount, AggregateOp::kCount},       {TokenKind::kGroup, AggregateOp::kGroup},
    {TokenKind::kStddev, AggregateOp::kStddev},     {TokenKind::kStdvar, AggregateOp::kStdvar},
    {TokenKind::kTopk, AggregateOp::kTopk},         {TokenKind::kBottomk, AggregateOp::kBottomk},
    {TokenKind::kQuantile, AggregateOp::kQuantile}, {TokenKind::kCountValues, AggregateOp::kCountValues},
    {TokenKind::kLimitk, AggregateOp::kLimitk},     {TokenKind::kLimitRatio, AggregateOp::kLimitRatio},
};
static_assert(InOrder(kAggregations, TokenKind::kFirstAggregation, TokenKind::kLastAggregation));

constexpr std::pair<TokenKind, BinaryOp> kOperators[] = {
    {TokenKind::kAdd, BinaryOp::kAdd},
    {TokenKind::kSubtract, BinaryOp::kSubtract},
    {TokenKind::kMultiply, BinaryOp::kMultiply},
    {TokenKind::kDivide, BinaryOp::kDivide},
    {TokenKind::kModulo, BinaryOp::kModulo},
    {TokenKind::kPower, BinaryOp::kPower},
    {TokenKind::kAtan2, BinaryOp::kAtan2},
    {TokenKind::kEqualEqual, BinaryOp::kEqual},
    {TokenKind::kNotEqual, BinaryOp::kNotEqual},
    {TokenKind::kLess, BinaryOp::kLess},
    {TokenKind::kLessEqual, BinaryOp::kLessEqual},
    {TokenKind::kGreater, BinaryOp::kGreater},
    {TokenKind::kGreaterEqual, BinaryOp::kGreaterEqual},
    {TokenKind::kTrimUpper, BinaryOp::kTrimUpper},
    {TokenKind::kTrimLower, BinaryOp::kTrimLower},
    {TokenKind::kAnd, BinaryOp::kAnd},
    {TokenKind::kOr, BinaryOp::kOr},
    {TokenKind::kUnless, BinaryOp::kUnless},
};
static_assert(InOrder(kOperators, TokenKind::kFirstOperator, TokenKind::kLastOperator));

// Words that mean something else even where a metric's name could stand.
bool IsReserved(TokenKind kind) {
  return kind == TokenKind::kBool || kind == TokenKind::kOn || kind == TokenKind::kIgnoring ||
         kind == TokenKind::kGroupLeft || kind == TokenKind::kGroupRight || kind == TokenKind::kAtan2;
}

bool IsFunctionKeyword(TokenKind kind) {
  return kind >= TokenKind::kStart && kind <= TokenKind::kMaxOf;
}

bool IsWordOperator(TokenKind kind) {
  return kind == TokenKind::kAnd || kind == TokenKind::kOr || kind == TokenKind::kUnless;
}

bool IsLabelWord(TokenKind kind) {
  return kind == TokenKind::kIdentifier || IsAggregation(kind) || IsKeyword(kind) || IsWordOperator(kind) ||
         kind == TokenKind::kAtan2;
}

}  // namespace

Grammar::Grammar(std::string_view query, const Features& features) : query_(query), features_(features), lexer_(query) {
  Advance();
}

// ---- tokens and errors ----

void Grammar::Advance() {
  last_end_ = token_.position.end;
  token_ = lexer_.Next();
  if (token_.kind != TokenKind::kError) return;
  Fail(token_.position, lexer_.error());
  token_.kind = TokenKind::kEof;
}

bool Grammar::NextIs(TokenKind kind) const {
  Lexer ahead = lexer_;
  return ahead.Next().kind == kind;
}

bool Grammar::Take(TokenKind kind) {
  if (!Is(kind)) return false;
  Advance();
  return true;
}

Token Grammar::Consume() {
  const Token token = token_;
  Advance();
  return token;
}

std::nullptr_t Grammar::Fail(PositionRange at, const std::string& message) {
  if (error_.ok()) error_ = ParseError(query_, at.start, message);
  return nullptr;
}

std::nullptr_t Grammar::TooDeep(PositionRange at) {
  const std::string message = "the query is nested more than " + std::to_string(kMaxDepth) + " levels deep";
  if (error_.ok()) error_ = base::LimitReached(ParseError(query_, at.start, message).message());
  return nullptr;
}

std::nullptr_t Grammar::Unexpected(Context context) {
  std::string message = "unexpected " + Describe(token_);
  if (!context.where.empty()) message.append(" in ").append(context.where);
  if (!context.expected.empty()) message.append(", expected ").append(context.expected);
  return Fail(token_.position, message);
}

ExprPtr Grammar::Grown(ExprPtr node, size_t below) {
  if (below >= kMaxDepth) return TooDeep(node->position);
  node->height = static_cast<uint16_t>(below + 1);
  return node;
}

// ---- expressions ----

ExprPtr Grammar::Query() {
  if (Is(TokenKind::kEof)) return Fail({}, "no expression found in input");
  ExprPtr expr = Binary(kLowest);
  if (failed()) return nullptr;
  if (!Is(TokenKind::kEof)) return Unexpected();
  return expr;
}

ExprPtr Grammar::Binary(int min_precedence) {
  const Depth depth(this);
  if (depth.exceeded()) return TooDeep(token_.position);
  ExprPtr lhs = Unary();
  while (!failed()) {
    const int precedence = Precedence(token_.kind);
    if (precedence < min_precedence || precedence == 0) break;
    const Token op = Consume();
    lhs = Operation(std::move(lhs), op, precedence);
  }
  return failed() ? nullptr : std::move(lhs);
}

ExprPtr Grammar::Operation(ExprPtr lhs, const Token& op, int precedence) {
  auto expr = std::make_unique<BinaryExpr>();
  expr->op = OperatorOf(op.kind);
  expr->matching.emplace();
  if (!Modifiers(expr.get())) return nullptr;
  expr->rhs = Binary(precedence == kPowerPrecedence ? precedence : precedence + 1);
  if (failed()) return nullptr;
  expr->lhs = std::move(lhs);
  expr->position = {expr->lhs->position.start, expr->rhs->position.end};
  const size_t below = std::max(expr->lhs->height, expr->rhs->height);
  return Grown(std::move(expr), below);
}

bool Grammar::Modifiers(BinaryExpr* expr) {
  expr->return_bool = Take(TokenKind::kBool);
  return Matching(&*expr->matching) && FillClauses(&*expr->matching);
}

bool Grammar::Matching(VectorMatching* matching) {
  if (!Is(TokenKind::kOn) && !Is(TokenKind::kIgnoring)) return true;
  matching->on = Consume().kind == TokenKind::kOn;
  if (!GroupingLabels(&matching->labels)) return false;
  if (Is(TokenKind::kGroupLeft) || Is(TokenKind::kGroupRight)) {
    const bool left = Consume().kind == TokenKind::kGroupLeft;
    matching->cardinality = left ? Cardinality::kManyToOne : Cardinality::kOneToMany;
    if (Is(TokenKind::kLeftParen)) return GroupingLabels(&matching->include);
  }
  return !failed();
}

bool Grammar::FillClauses(VectorMatching* matching) {
  const auto clause = [&] { return Is(TokenKind::kFill) || Is(TokenKind::kFillLeft) || Is(TokenKind::kFillRight); };
  // Not followed by a parenthesis it is a metric of that name, the right side.
  while (clause() && NextIs(TokenKind::kLeftParen)) {
    const Token word = Consume();
    if (!features_.binop_fill_modifiers) {
      Fail(word.position, "binop fill modifiers are experimental and not enabled");
      return false;
    }
    const auto value = FillValue();
    if (!value) return false;
    const bool left = word.kind != TokenKind::kFillRight;
    const bool right = word.kind != TokenKind::kFillLeft;
    if ((left && matching->fill_left) || (right && matching->fill_right)) {
      Fail(word.position, "fill modifiers may not be set multiple times");
      return false;
    }
    if (left) matching->fill_left = value;
    if (right) matching->fill_right = value;
  }
  return !failed();
}

std::optional<double> Grammar::FillValue() {
  constexpr Context kContext = {"fill modifier", "number"};
  Take(TokenKind::kLeftParen);
  double sign = 1;
  if (Is(TokenKind::kAdd) || Is(TokenKind::kSubtract)) sign = Consume().kind == TokenKind::kSubtract ? -1 : 1;
  if (!Is(TokenKind::kNumber) && !Is(TokenKind::kDuration)) {
    Unexpected(kContext);
    return std::nullopt;
  }
  const auto value = LiteralValue();
  if (!value || failed()) return std::nullopt;
  if (!Take(TokenKind::kRightParen)) {
    Unexpected({kContext.where, "\")\""});
    return std::nullopt;
  }
  return sign * *value;
}

ExprPtr Grammar::Unary() {
  if (!Is(TokenKind::kAdd) && !Is(TokenKind::kSubtract)) return Postfix(Primary());
  const Token op = Consume();
  const bool negate = op.kind == TokenKind::kSubtract;
  ExprPtr operand = Binary(kPowerPrecedence);
  if (failed()) return nullptr;
  if (operand->kind == ExprKind::kNumberLiteral) {
    if (negate) As<NumberLiteral>(*operand).value *= -1;
    operand->position.start = op.position.start;
    return operand;
  }
  auto expr = std::make_unique<UnaryExpr>();
  expr->negate = negate;
  expr->position = {op.position.start, operand->position.end};
  const size_t below = operand->height;
  expr->expr = std::move(operand);
  return Grown(std::move(expr), below);
}

ExprPtr Grammar::Postfix(ExprPtr expr) {
  while (!failed()) {
    switch (token_.kind) {
      case TokenKind::kLeftBracket:
        expr = Brackets(std::move(expr));
        break;
      case TokenKind::kOffset:
        expr = Offset(std::move(expr));
        break;
      case TokenKind::kAt:
        expr = At(std::move(expr));
        break;
      case TokenKind::kAnchored:
      case TokenKind::kSmoothed:
        expr = Extension(std::move(expr), Is(TokenKind::kAnchored));
        break;
      default:
        return expr;
    }
  }
  return nullptr;
}

ExprPtr Grammar::Primary() {
  switch (token_.kind) {
    case TokenKind::kNumber:
    case TokenKind::kDuration:
      return Number();
    case TokenKind::kString:
      return String();
    case TokenKind::kLeftParen:
      return Paren();
    case TokenKind::kLeftBrace:
      return SelectorFrom(nullptr);
    case TokenKind::kMetricIdentifier: {
      const Token name = Consume();
      return SelectorFrom(&name);
    }
    default:
      return Word();
  }
}

// A function, an aggregation or a metric, by what follows the word.
ExprPtr Grammar::Word() {
  const TokenKind kind = token_.kind;
  const bool word = kind == TokenKind::kIdentifier || IsAggregation(kind) || IsKeyword(kind) || IsWordOperator(kind);
  if (!word || IsReserved(kind)) return Unexpected();
  const Token name = Consume();
  const bool paren = Is(TokenKind::kLeftParen);
  if (IsAggregation(kind) && (paren || Is(TokenKind::kBy) || Is(TokenKind::kWithout))) return Aggregate(name);
  if (paren && (kind == TokenKind::kIdentifier || IsFunctionKeyword(kind))) return FunctionCall(name);
  return SelectorFrom(&name);
}

ExprPtr Grammar::Paren() {
  const Token open = Consume();
  auto expr = std::make_unique<ParenExpr>();
  expr->expr = Binary(kLowest);
  if (failed()) return nullptr;
  if (!Take(TokenKind::kRightParen)) return Unexpected();
  expr->position = From(open.position.start);
  const size_t below = expr->expr->height;
  return Grown(std::move(expr), below);
}

std::optional<double> Grammar::LiteralValue() {
  const Token token = Consume();
  auto value = token.kind == TokenKind::kDuration ? DurationSeconds(token.text) : NumberValue(token.text);
  if (value.ok()) return *value;
  Fail(token.position, value.status().message());
  return std::nullopt;
}

ExprPtr Grammar::Number() {
  auto literal = std::make_unique<NumberLiteral>();
  literal->position = token_.position;
  literal->as_duration = Is(TokenKind::kDuration);
  const auto value = LiteralValue();
  if (!value) return nullptr;
  literal->value = *value;
  return literal;
}

ExprPtr Grammar::String() {
  const Token token = Consume();
  auto literal = std::make_unique<StringLiteral>();
  literal->position = token.position;
  literal->value = StringValue(token.text);
  return literal;
}

ExprPtr Grammar::FunctionCall(const Token& name) {
  auto call = std::make_unique<Call>();
  if (!Arguments(&call->args)) return nullptr;
  call->function = FindFunction(IsFunctionKeyword(name.kind) ? base::ToLower(name.text) : std::string(name.text));
  if (call->function == nullptr) {
    return Fail(name.position, "unknown function with name " + base::Quoted(name.text));
  }
  if (call->function->experimental && !features_.experimental_functions) {
    return Fail(name.position, "function " + base::Quoted(name.text) + " is not enabled");
  }
  call->position = From(name.position.start);
  size_t below = 0;
  for (const ExprPtr& arg : call->args) below = std::max<size_t>(below, arg->height);
  return Grown(std::move(call), below);
}

bool Grammar::Arguments(std::vector<ExprPtr>* args) {
  Take(TokenKind::kLeftParen);
  if (Take(TokenKind::kRightParen)) return !failed();
  for (;;) {
    ExprPtr arg = Binary(kLowest);
    if (failed()) return false;
    args->push_back(std::move(arg));
    if (Take(TokenKind::kRightParen)) return true;
    const Token comma = token_;
    if (!Take(TokenKind::kComma)) {
      Unexpected();
      return false;
    }
    if (Is(TokenKind::kRightParen)) {
      Fail(comma.position, "trailing commas not allowed in function call args");
      return false;
    }
  }
}

// ---- aggregations ----

ExprPtr Grammar::Aggregate(const Token& op) {
  auto expr = std::make_unique<AggregateExpr>();
  expr->op = AggregationOf(op.kind);
  expr->position.start = op.position.start;
  std::vector<ExprPtr> args;
  {
    const ContextScope scope(this, {"aggregation", ""});
    const bool clause_first = !Is(TokenKind::kLeftParen);
    if (clause_first && !Clause(expr.get())) return nullptr;
    if (!Is(TokenKind::kLeftParen)) return Unexpected();
    if (!Arguments(&args)) return nullptr;
    if (!clause_first && (Is(TokenKind::kBy) || Is(TokenKind::kWithout)) && !Clause(expr.get())) return nullptr;
  }
  return FinishAggregate(std::move(expr), std::move(args));
}

bool Grammar::Clause(AggregateExpr* expr) {
  expr->without = Consume().kind == TokenKind::kWithout;
  return GroupingLabels(&expr->grouping);
}

ExprPtr Grammar::FinishAggregate(std::unique_ptr<AggregateExpr> expr, std::vector<ExprPtr> args) {
  expr->position.end = last_end_;
  if (args.empty()) return Fail(expr->position, "no arguments for aggregate expression provided");
  const bool limit = expr->op == AggregateOp::kLimitk || expr->op == AggregateOp::kLimitRatio;
  if (limit && !features_.experimental_functions) {
    return Fail(expr->position,
                "limitk() and limit_ratio() are experimental and must be enabled with "
                "--enable-feature=promql-experimental-functions");
  }
  const size_t expected = HasParameter(expr->op) ? 2 : 1;
  if (args.size() != expected) {
    return Fail(expr->position, "wrong number of arguments for aggregate expression provided, expected " +
                                    std::to_string(expected) + ", got " + std::to_string(args.size()));
  }
  const size_t below = std::max(args.front()->height, args.back()->height);
  expr->expr = std::move(args.back());
  if (expected == 2) expr->param = std::move(args.front());
  return Grown(std::move(expr), below);
}

bool Grammar::GroupingLabels(std::vector<std::string>* labels) {
  if (!Take(TokenKind::kLeftParen)) {
    Unexpected({"grouping opts", "\"(\""});
    return false;
  }
  while (!Take(TokenKind::kRightParen)) {
    auto label = GroupingLabel();
    if (!label) return false;
    labels->push_back(*std::move(label));
    if (!Is(TokenKind::kRightParen) && !Take(TokenKind::kComma)) {
      Unexpected({"grouping opts", "\",\" or \")\""});
      return false;
    }
  }
  return !failed();
}

std::optional<std::string> Grammar::GroupingLabel() {
  if (failed()) return std::nullopt;
  if (Is(TokenKind::kString)) {
    std::string label = StringValue(token_.text);
    if (label.empty() || !base::IsValidUtf8(label)) {
      Fail(token_.position, "invalid label name for grouping: " + base::Quoted(label));
      return std::nullopt;
    }
    Advance();
    return label;
  }
  if (IsLabelWord(token_.kind)) return std::string(Consume().text);
  Unexpected({"grouping opts", "label"});
  return std::nullopt;
}

}  // namespace bekci::promql
