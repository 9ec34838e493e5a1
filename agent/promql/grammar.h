// Grammar: the recursive descent behind parser.h. Tokens in, nodes out; what the types of the parts allow is checked
// afterwards (type_check.h), as in Prometheus, so that syntax errors come first.
//
// Prometheus' parser is generated, and where its message says "in aggregation" or "in label matching" that is the
// innermost rule with an error production. The same is had here by a stack of contexts.
//
// A function that returns a node returns null when something is wrong; the first error is kept and ends the parse.
// Thread rule: one thread, one parse.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/promql/ast.h"
#include "agent/promql/features.h"
#include "agent/promql/lexer.h"
#include "agent/promql/token.h"

namespace bekci::promql {

class Grammar {
 public:
  Grammar(std::string_view query, const Features& features);

  ExprPtr Query();
  std::unique_ptr<VectorSelector> Selector();
  base::Status error() const { return error_; }

 private:
  // "unexpected X in WHERE, expected WHAT".
  struct Context {
    std::string_view where;
    std::string_view expected;
  };
  class ContextScope;
  class Depth;

  // ---- tokens and errors ----
  bool Is(TokenKind kind) const { return token_.kind == kind; }
  bool NextIs(TokenKind kind) const;  // the token behind token_
  void Advance();
  bool Take(TokenKind kind);
  Token Consume();  // token_, then advances
  std::nullptr_t Fail(PositionRange at, const std::string& message);
  std::nullptr_t TooDeep(PositionRange at);
  std::nullptr_t Unexpected(Context context);
  std::nullptr_t Unexpected() { return Unexpected(context_); }
  bool failed() const { return !error_.ok(); }
  // The node as one level more than what is below it.
  ExprPtr Grown(ExprPtr node, size_t below);
  PositionRange From(uint32_t start) const { return {start, last_end_}; }

  // ---- expressions ----
  ExprPtr Binary(int min_precedence);
  ExprPtr Operation(ExprPtr lhs, const Token& op, int precedence);
  bool Modifiers(BinaryExpr* expr);
  bool Matching(VectorMatching* matching);
  bool FillClauses(VectorMatching* matching);
  std::optional<double> FillValue();
  ExprPtr Unary();
  ExprPtr Postfix(ExprPtr expr);
  ExprPtr Primary();
  ExprPtr Word();
  ExprPtr Paren();
  ExprPtr Number();
  ExprPtr String();
  ExprPtr FunctionCall(const Token& name);
  ExprPtr Aggregate(const Token& op);
  bool Clause(AggregateExpr* expr);
  ExprPtr FinishAggregate(std::unique_ptr<AggregateExpr> expr, std::vector<ExprPtr> args);
  bool Arguments(std::vector<ExprPtr>* args);
  bool GroupingLabels(std::vector<std::string>* labels);
  std::optional<std::string> GroupingLabel();
  // Literal values; nullopt after an error.
  std::optional<double> LiteralValue();

  // ---- selectors ----
  std::unique_ptr<VectorSelector> SelectorFrom(const Token* name);
  bool Matchers(VectorSelector* selector);
  bool LabelMatcher(VectorSelector* selector);
  bool AddMatcher(VectorSelector* selector, const Token& label, std::string name, model::MatchType type,
                  std::string value);
  ExprPtr Brackets(ExprPtr expr);
  ExprPtr Range(ExprPtr expr, Duration range, PositionRange bracket);
  ExprPtr SubqueryOf(ExprPtr expr, Duration range);
  ExprPtr Offset(ExprPtr expr);
  ExprPtr At(ExprPtr expr);
  bool AtTime(const Expr& expr, TimeModifiers* time);
  // A literal behind `@`, with its sign.
  std::optional<double> SignedNumber();
  ExprPtr Extension(ExprPtr expr, bool anchored);

  // ---- durations ----
  std::optional<Duration> RangeDuration(Context on_failure);
  std::optional<Duration> OffsetDuration();
  // The number a literal is; anything else stays a tree.
  std::optional<Duration> Settle(std::unique_ptr<DurationExpr> expr, bool positive);
  std::unique_ptr<DurationExpr> DurationSum(int min_precedence);
  std::unique_ptr<DurationExpr> DurationUnary();
  std::unique_ptr<DurationExpr> DurationPrimary();
  std::unique_ptr<DurationExpr> DurationFunction();
  std::unique_ptr<DurationExpr> DurationOperation(std::unique_ptr<DurationExpr> lhs, const Token& op, int precedence);
  std::unique_ptr<DurationExpr> Signed(const Token& op, std::unique_ptr<DurationExpr> operand);
  std::unique_ptr<DurationExpr> GrownDuration(std::unique_ptr<DurationExpr> node, size_t below);

  const std::string_view query_;
  const Features& features_;
  Lexer lexer_;
  Token token_;
  uint32_t last_end_ = 0;  // of the token before token_
  Context context_;
  size_t depth_ = 0;
  size_t expression_cost_ = 0;  // of the regular expressions so far
  base::Status error_;
};

}  // namespace bekci::promql
