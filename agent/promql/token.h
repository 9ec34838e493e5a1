// Token: what the lexer makes of query text. Kinds stand in groups, so that "is it an operator" is a comparison.
//
// Thread rule: values, pointing into the query's text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/promql/ast.h"

namespace bekci::promql {

enum class TokenKind : unsigned char {
  kEof,
  kError,  // text() is the message
  kIdentifier,
  kMetricIdentifier,  // with a colon
  kString,            // with its quotes
  kNumber,
  kDuration,
  // Punctuation.
  kComma,
  kColon,
  kEqual,  // "="
  kMatchRegex,
  kMatchNotRegex,
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftBracket,
  kRightBracket,
  kAt,
  // Operators, in the order of BinaryOp. kNotEqual matches labels too.
  kFirstOperator,
  kAdd = kFirstOperator,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kAtan2,
  kEqualEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kTrimUpper,
  kTrimLower,
  kAnd,
  kOr,
  kUnless,
  kLastOperator = kUnless,
  // Aggregations, in the order of AggregateOp.
  kFirstAggregation,
  kSum = kFirstAggregation,
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
  kLastAggregation = kLimitRatio,
  // Keywords.
  kFirstKeyword,
  kOffset = kFirstKeyword,
  kAnchored,
  kSmoothed,
  kBy,
  kWithout,
  kOn,
  kIgnoring,
  kGroupLeft,
  kGroupRight,
  kBool,
  kFill,
  kFillLeft,
  kFillRight,
  kStart,
  kEnd,
  kStep,
  kRange,
  kMinOf,
  kMaxOf,
  kLastKeyword = kMaxOf,
};

struct Token {
  TokenKind kind = TokenKind::kEof;
  PositionRange position;
  std::string_view text;  // as written
};

inline bool IsOperator(TokenKind kind) {
  return kind >= TokenKind::kFirstOperator && kind <= TokenKind::kLastOperator;
}
inline bool IsAggregation(TokenKind kind) {
  return kind >= TokenKind::kFirstAggregation && kind <= TokenKind::kLastAggregation;
}
inline bool IsKeyword(TokenKind kind) {
  return kind >= TokenKind::kFirstKeyword && kind <= TokenKind::kLastKeyword;
}

// What `word` means, case apart: an operator, aggregation, keyword, kNumber for inf and nan; else kIdentifier.
TokenKind WordKind(std::string_view word);

// A token as Prometheus names it in "unexpected ...": `identifier "foo"`, `<op:+>`, `<by>`, `end of input`.
std::string Describe(const Token& token);

}  // namespace bekci::promql
