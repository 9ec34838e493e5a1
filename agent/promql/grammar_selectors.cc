// Grammar's part for what reads data: label matchers, ranges, subqueries, offset, @, anchored and smoothed.
#include <cmath>
#include <cstdio>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/grammar.h"
#include "agent/promql/grammar_scope.h"
#include "agent/promql/literal.h"

namespace bekci::promql {
namespace {

// Instructions of all compiled regular expressions of one query, about 16 bytes each. A query with a hundred ordinary
// ones has some ten thousand.
constexpr size_t kMaxExpressionCost = size_t{1} << 20;

std::optional<model::MatchType> MatchTypeOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return model::MatchType::kEqual;
    case TokenKind::kNotEqual:
      return model::MatchType::kNotEqual;
    case TokenKind::kMatchRegex:
      return model::MatchType::kRegex;
    case TokenKind::kMatchNotRegex:
      return model::MatchType::kNotRegex;
    default:
      return std::nullopt;
  }
}

// What `offset`, `@`, anchored and smoothed change of an expression they may follow; null for any other.
TimeModifiers* ModifiersOf(Expr* expr) {
  switch (expr->kind) {
    case ExprKind::kVectorSelector:
      return &As<VectorSelector>(*expr).time;
    case ExprKind::kMatrixSelector:
      return &As<MatrixSelector>(*expr).selector->time;
    case ExprKind::kSubquery:
      return &As<Subquery>(*expr).time;
    default:
      return nullptr;
  }
}

bool HasOffset(const TimeModifiers& time) {
  return time.offset.ms != 0 || time.offset.expr != nullptr;
}

std::string MustFollowSelector(std::string_view what) {
  return std::string(what) +
         " modifier must be preceded by an instant vector selector or range vector selector or a subquery";
}

// %f of Go and C differ in infinities and NaN only.
std::string FixedText(double value) {
  if (!std::isfinite(value)) return base::DoubleText(value);
  char text[352];
  std::snprintf(text, sizeof text, "%f", value);
  return text;
}

}  // namespace

std::unique_ptr<VectorSelector> Grammar::Selector() {
  if (Is(TokenKind::kEof)) return Fail({}, "unexpected end of input");
  std::unique_ptr<VectorSelector> selector;
  if (Is(TokenKind::kLeftBrace)) {
    selector = SelectorFrom(nullptr);
  } else {
    const bool name = Is(TokenKind::kIdentifier) || Is(TokenKind::kMetricIdentifier) || IsAggregation(token_.kind) ||
                      IsKeyword(token_.kind) || Is(TokenKind::kAnd) || Is(TokenKind::kOr) || Is(TokenKind::kUnless);
    if (!name) return Unexpected();
    const Token word = Consume();
    selector = SelectorFrom(&word);
  }
  if (failed()) return nullptr;
  if (!Is(TokenKind::kEof)) return Unexpected();
  return selector;
}

std::unique_ptr<VectorSelector> Grammar::SelectorFrom(const Token* name) {
  auto selector = std::make_unique<VectorSelector>();
  selector->position.start = name != nullptr ? name->position.start : token_.position.start;
  if (name != nullptr) selector->name = name->text;
  if (Is(TokenKind::kLeftBrace) && !Matchers(selector.get())) return nullptr;
  if (failed()) return nullptr;
  if (name != nullptr) {
    selector->matchers.push_back(model::Matcher::Equal(std::string(model::kMetricName), selector->name));
  }
  selector->position.end = last_end_;
  return selector;
}

bool Grammar::Matchers(VectorSelector* selector) {
  Take(TokenKind::kLeftBrace);
  while (!Take(TokenKind::kRightBrace)) {
    if (!LabelMatcher(selector)) return false;
    if (!Is(TokenKind::kRightBrace) && !Take(TokenKind::kComma)) {
      Unexpected({"label matching", "\",\" or \"}\""});
      return false;
    }
  }
  return !failed();
}

bool Grammar::LabelMatcher(VectorSelector* selector) {
  const bool quoted = Is(TokenKind::kString);
  if (!quoted && !Is(TokenKind::kIdentifier)) {
    Unexpected({"label matching", "identifier or \"}\""});
    return false;
  }
  const Token label = Consume();
  std::string name = quoted ? StringValue(label.text) : std::string(label.text);
  const auto type = MatchTypeOf(token_.kind);
  if (!type) {
    // A string alone is the metric's name.
    if (quoted) {
      return !failed() && AddMatcher(selector, label, std::string(model::kMetricName), model::MatchType::kEqual, name);
    }
    Unexpected({"label matching", "label matching operator"});
    return false;
  }
  Advance();
  if (!Is(TokenKind::kString)) {
    Unexpected({"label matching", "string"});
    return false;
  }
  std::string value = StringValue(Consume().text);
  return !failed() && AddMatcher(selector, label, std::move(name), *type, std::move(value));
}

bool Grammar::AddMatcher(VectorSelector* selector, const Token& label, std::string name, model::MatchType type,
                         std::string value) {
  auto matcher = model::Matcher::Make(type, std::move(name), std::move(value));
  if (!matcher.ok()) {
    Fail(label.position, matcher.status().message());
    return false;
  }
  expression_cost_ += matcher->expression_cost();
  if (expression_cost_ > kMaxExpressionCost) {
    Fail(label.position, "the regular expressions of the query are too large");
    return false;
  }
  selector->matchers.push_back(std::move(*matcher));
  return true;
}

// ---- ranges and subqueries ----

ExprPtr Grammar::Brackets(ExprPtr expr) {
  const Token open = Consume();
  auto range = RangeDuration({"subquery or range selector", "number, duration, step(), or range()"});
  if (!range) return nullptr;
  if (Take(TokenKind::kRightBracket)) return Range(std::move(expr), *std::move(range), From(open.position.start));
  if (Take(TokenKind::kColon)) return SubqueryOf(std::move(expr), *std::move(range));
  return Unexpected({"subquery or range", "\":\" or \"]\""});
}

ExprPtr Grammar::Range(ExprPtr expr, Duration range, PositionRange bracket) {
  if (failed()) return nullptr;
  if (expr->kind != ExprKind::kVectorSelector) return Fail(bracket, "ranges only allowed for vector selectors");
  const auto& selector = As<VectorSelector>(*expr);
  if (HasOffset(selector.time)) return Fail(bracket, "no offset modifiers allowed before range");
  if (selector.time.at != AtKind::kNone) return Fail(bracket, "no @ modifiers allowed before range");
  if (selector.anchored || selector.smoothed) {
    return Fail(bracket, "no anchored or smoothed modifiers allowed before range");
  }
  auto matrix = std::make_unique<MatrixSelector>();
  matrix->selector.reset(static_cast<VectorSelector*>(expr.release()));
  matrix->range = std::move(range);
  matrix->position = From(matrix->selector->position.start);
  return Grown(std::move(matrix), 1);
}

ExprPtr Grammar::SubqueryOf(ExprPtr expr, Duration range) {
  auto subquery = std::make_unique<Subquery>();
  subquery->range = std::move(range);
  if (!Is(TokenKind::kRightBracket)) {
    auto step = RangeDuration({"subquery selector", "number, duration, step(), range(), or \"]\""});
    if (!step) return nullptr;
    subquery->has_step = true;
    subquery->step = *std::move(step);
    if (!Is(TokenKind::kRightBracket)) return Unexpected({"subquery selector", "\"]\""});
  }
  Advance();
  if (failed()) return nullptr;
  subquery->position = From(expr->position.start);
  const size_t below = expr->height;
  subquery->expr = std::move(expr);
  return Grown(std::move(subquery), below);
}

// ---- modifiers ----

ExprPtr Grammar::Offset(ExprPtr expr) {
  Advance();
  auto offset = OffsetDuration();
  if (!offset) return nullptr;
  TimeModifiers* const time = ModifiersOf(expr.get());
  if (time == nullptr) return Fail(expr->position, MustFollowSelector("offset"));
  if (HasOffset(*time)) return Fail(expr->position, "offset may not be set multiple times");
  time->offset = *std::move(offset);
  expr->position.end = last_end_;
  return expr;
}

ExprPtr Grammar::At(ExprPtr expr) {
  Advance();
  TimeModifiers time;
  if (!AtTime(*expr, &time)) return nullptr;
  TimeModifiers* const target = ModifiersOf(expr.get());
  if (target == nullptr) return Fail(expr->position, MustFollowSelector("@"));
  if (target->at != AtKind::kNone) return Fail(expr->position, "@ <timestamp> may not be set multiple times");
  target->at = time.at;
  target->at_ms = time.at_ms;
  expr->position.end = last_end_;
  return expr;
}

bool Grammar::AtTime(const Expr& expr, TimeModifiers* time) {
  const ContextScope scope(this, {"@", "timestamp"});
  if (Is(TokenKind::kStart) || Is(TokenKind::kEnd)) {
    time->at = Consume().kind == TokenKind::kStart ? AtKind::kStart : AtKind::kEnd;
    if (!Take(TokenKind::kLeftParen) || !Take(TokenKind::kRightParen)) Unexpected();
    return !failed();
  }
  const auto seconds = SignedNumber();
  if (!seconds) return false;
  if (!(std::fabs(*seconds) < 0x1p63)) {
    Fail(expr.position, "timestamp out of bounds for @ modifier: " + FixedText(*seconds));
    return false;
  }
  const double ms = std::round(*seconds * 1000);
  time->at = AtKind::kTimestamp;
  // Beyond what milliseconds can hold there is no data either.
  time->at_ms = std::fabs(ms) < 0x1p63 ? static_cast<int64_t>(ms) : ms < 0 ? INT64_MIN : INT64_MAX;
  return true;
}

std::optional<double> Grammar::SignedNumber() {
  double sign = 1;
  if (Is(TokenKind::kAdd) || Is(TokenKind::kSubtract)) sign = Consume().kind == TokenKind::kSubtract ? -1 : 1;
  if (!Is(TokenKind::kNumber) && !Is(TokenKind::kDuration)) {
    Unexpected();
    return std::nullopt;
  }
  const auto value = LiteralValue();
  if (!value || failed()) return std::nullopt;
  return sign * *value;
}

ExprPtr Grammar::Extension(ExprPtr expr, bool anchored) {
  Advance();
  const std::string word = anchored ? "anchored" : "smoothed";
  if (!features_.extended_range_selectors) {
    return Fail(expr->position, word + " modifier is experimental and not enabled");
  }
  VectorSelector* selector = nullptr;
  if (expr->kind == ExprKind::kVectorSelector) selector = &As<VectorSelector>(*expr);
  if (expr->kind == ExprKind::kMatrixSelector) selector = As<MatrixSelector>(*expr).selector.get();
  if (selector == nullptr) {
    const bool subquery = expr->kind == ExprKind::kSubquery;
    return Fail(expr->position,
                word + (subquery ? " modifier is not supported for subqueries"
                                 : " modifier must be preceded by an instant or range vector selector"));
  }
  (anchored ? selector->anchored : selector->smoothed) = true;
  if (selector->anchored && selector->smoothed) {
    return Fail(expr->position, "anchored and smoothed modifiers cannot be used together");
  }
  expr->position.end = last_end_;
  return expr;
}

}  // namespace bekci::promql
