// The syntax tree of PromQL: what the parser makes of a query's text, checked for types, and what printer and evaluator
// walk.
//
// Nodes are plain structs. Each knows its kind, so a walk is a switch and As<BinaryExpr>(node) a cast that costs
// nothing; there is no visitor. Children are owned by unique_ptr and, unless a field says otherwise, never null. The
// model is Prometheus' promql/parser/ast.go; what the evaluator alone needs (step invariance, series) is not kept here
// but beside the tree, in arrays indexed by Expr::id.
//
// Invariants of a parsed tree: every node passed the type checks; its height is at most kMaxDepth, so that recursion
// over a tree is safe; ids are 0..n-1, parents before children.
// Thread rule: immutable once parsed; many threads may read one tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/matcher.h"

namespace bekci::promql {

struct Function;  // a row of function_table.h

// Nobody writes this by hand; what generates queries stays far below. A level costs the parser, the checks, the printer
// and the evaluator a few hundred bytes of stack each.
inline constexpr size_t kMaxDepth = 500;

// Byte offsets into the query's text, end exclusive.
struct PositionRange {
  uint32_t start = 0;
  uint32_t end = 0;
  friend bool operator==(PositionRange, PositionRange) = default;
};

enum class ValueType : unsigned char { kNone, kScalar, kVector, kMatrix, kString };

// As error messages have it: "none", "scalar", "instant vector", "range vector", "string".
std::string_view ValueTypeText(ValueType type);
// As the HTTP API has it: "none", "scalar", "vector", "matrix", "string".
std::string_view ValueTypeName(ValueType type);

enum class ExprKind : unsigned char {
  kNumberLiteral,
  kStringLiteral,
  kVectorSelector,
  kMatrixSelector,
  kSubquery,
  kUnary,
  kBinary,
  kAggregate,
  kCall,
  kParen,
};

struct Expr {
  virtual ~Expr() = default;
  Expr(const Expr&) = delete;
  Expr& operator=(const Expr&) = delete;

  const ExprKind kind;
  ValueType type = ValueType::kNone;  // of the value this node evaluates to
  uint16_t height = 1;                // of the tree below, itself included
  uint32_t id = 0;                    // position in a walk, parents first; dense within one query
  PositionRange position;

 protected:
  explicit Expr(ExprKind its_kind, ValueType its_type = ValueType::kNone) : kind(its_kind), type(its_type) {}
};
using ExprPtr = std::unique_ptr<Expr>;

// ---- durations ----

enum class DurationOp : unsigned char {
  kNumber,  // a leaf: seconds
  kStep,    // step(): of the range query, 0 in an instant query
  kRange,   // range(): end - start of the range query
  kNegate,  // lhs only
  kPlus,    // unary; lhs only
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kMinOf,
  kMaxOf,
};

// Arithmetic on seconds that cannot be known before the query runs, or was written as arithmetic.
struct DurationExpr {
  DurationOp op = DurationOp::kNumber;
  double seconds = 0;        // kNumber
  bool as_duration = false;  // kNumber: was written 5m, not 300
  bool in_parens = false;
  uint16_t height = 1;
  std::unique_ptr<DurationExpr> lhs;  // null where the op takes none
  std::unique_ptr<DurationExpr> rhs;
  PositionRange position;
};

// A range, step or offset: known when `expr` is null, else to be resolved with ResolveDuration (duration_expr.h).
struct Duration {
  int64_t ms = 0;
  std::unique_ptr<DurationExpr> expr;
};

// ---- selectors ----

enum class AtKind : unsigned char { kNone, kTimestamp, kStart, kEnd };

// `@` and `offset`, of a vector selector (also that within a matrix selector) or a subquery.
struct TimeModifiers {
  AtKind at = AtKind::kNone;
  int64_t at_ms = 0;  // kTimestamp
  Duration offset;    // as written; may be negative
};

struct VectorSelector : Expr {
  VectorSelector() : Expr(ExprKind::kVectorSelector, ValueType::kVector) {}
  std::string name;                      // as written before the braces; may be empty
  std::vector<model::Matcher> matchers;  // all of them, the one of `name` last
  TimeModifiers time;
  bool anchored = false;
  bool smoothed = false;
  bool without_name = false;  // info()'s second argument: matchers that need not select by themselves
};

struct MatrixSelector : Expr {
  MatrixSelector() : Expr(ExprKind::kMatrixSelector, ValueType::kMatrix) {}
  std::unique_ptr<VectorSelector> selector;  // has the modifiers, also those written after the brackets
  Duration range;
};

struct Subquery : Expr {
  Subquery() : Expr(ExprKind::kSubquery, ValueType::kMatrix) {}
  ExprPtr expr;
  Duration range;
  bool has_step = false;  // else the evaluation interval
  Duration step;
  TimeModifiers time;
};

// ---- literals and operators ----

struct NumberLiteral : Expr {
  NumberLiteral() : Expr(ExprKind::kNumberLiteral, ValueType::kScalar) {}
  double value = 0;
  bool as_duration = false;  // was written 5m, prints so again
};

struct StringLiteral : Expr {
  StringLiteral() : Expr(ExprKind::kStringLiteral, ValueType::kString) {}
  std::string value;
};

struct ParenExpr : Expr {
  ParenExpr() : Expr(ExprKind::kParen) {}
  ExprPtr expr;
};

struct UnaryExpr : Expr {
  UnaryExpr() : Expr(ExprKind::kUnary) {}
  bool negate = false;  // else unary plus
  ExprPtr expr;
};

enum class BinaryOp : unsigned char {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kTrimUpper,  // "</": keep of a histogram what is below
  kTrimLower,  // ">/": keep of a histogram what is above
  kAnd,
  kOr,
  kUnless,
};

// "+", "atan2", "</", "unless".
std::string_view BinaryOpText(BinaryOp op);
inline bool IsComparison(BinaryOp op) {
  return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual;
}
inline bool IsSetOperator(BinaryOp op) {
  return op >= BinaryOp::kAnd;
}

enum class Cardinality : unsigned char { kOneToOne, kManyToOne, kOneToMany, kManyToMany };

// How the elements of two vectors find each other. group_left is many-to-one, group_right one-to-many, the set
// operators many-to-many.
struct VectorMatching {
  Cardinality cardinality = Cardinality::kOneToOne;
  bool on = false;                   // labels are the ones to match on; else the ones to ignore
  std::vector<std::string> labels;   // as written, not sorted
  std::vector<std::string> include;  // labels in group_left(...) or group_right(...)
  std::optional<double> fill_left;   // stands for a missing left side
  std::optional<double> fill_right;
};

struct BinaryExpr : Expr {
  BinaryExpr() : Expr(ExprKind::kBinary) {}
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool return_bool = false;
  std::optional<VectorMatching> matching;  // there if both sides are vectors
};

enum class AggregateOp : unsigned char {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kQuantile,
  kCountValues,
  kLimitk,
  kLimitRatio,
};

// "sum", "count_values".
std::string_view AggregateOpText(AggregateOp op);
// Those that take a parameter before the vector: a string for count_values, a scalar for the others.
inline bool HasParameter(AggregateOp op) {
  return op >= AggregateOp::kTopk;
}

struct AggregateExpr : Expr {
  AggregateExpr() : Expr(ExprKind::kAggregate, ValueType::kVector) {}
  AggregateOp op = AggregateOp::kSum;
  ExprPtr expr;
  ExprPtr param;  // null where the op takes none
  bool without = false;
  std::vector<std::string> grouping;  // as written, not sorted
};

struct Call : Expr {
  Call() : Expr(ExprKind::kCall) {}
  const Function* function = nullptr;
  std::vector<ExprPtr> args;
};

// The node as what its kind says it is; the caller has looked at `kind`.
template <typename Node>
const Node& As(const Expr& expr) {
  return static_cast<const Node&>(expr);
}
template <typename Node>
Node& As(Expr& expr) {
  return static_cast<Node&>(expr);
}

// Without the parentheses around it.
inline const Expr& Unwrap(const Expr& expr) {
  const Expr* inner = &expr;
  while (inner->kind == ExprKind::kParen) inner = As<ParenExpr>(*inner).expr.get();
  return *inner;
}

}  // namespace bekci::promql
