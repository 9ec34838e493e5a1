#include "agent/ruler/value_bounds.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/base/text.h"
#include "agent/promql/function_table.h"

namespace bekci::ruler {
namespace {

using promql::As;
using promql::BinaryOp;
using promql::FunctionId;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Bounds kNotNegative = {.low = 0};

// Metrics that say yes or no.
constexpr std::string_view kYesOrNo[] = {"up",          "ALERTS",     "probe_success", "mysql_up",         "redis_up",
                                         "phpfpm_up",   "php_fpm_up", "nginx_up",      "nginxexporter_up", "pg_up",
                                         "memcached_up"};
// Ratios by name that are none of a part to its whole.
constexpr std::string_view kOtherRatios[] = {"compress", "dedup", "amplification"};

Bounds Always(double value) {
  return {.low = value, .high = value};
}

enum class Shape : unsigned char {
  kFixed,     // low..high whatever the argument
  kArgument,  // the bounds of the first argument
  kSum,       // of one or more of them
};

struct FunctionBounds {
  FunctionId id;
  Shape shape = Shape::kFixed;
  double low = -kInfinity;
  double high = kInfinity;
};

constexpr FunctionBounds kFunctions[] = {
    {FunctionId::kAbs, Shape::kFixed, 0},
    {FunctionId::kAbsent, Shape::kFixed, 1, 1},
    {FunctionId::kAbsentOverTime, Shape::kFixed, 1, 1},
    {FunctionId::kAvgOverTime, Shape::kArgument},
    {FunctionId::kChanges, Shape::kFixed, 0},
    {FunctionId::kCos, Shape::kFixed, -1, 1},
    {FunctionId::kCountOverTime, Shape::kFixed, 1},
    {FunctionId::kDayOfMonth, Shape::kFixed, 1, 31},
    {FunctionId::kDayOfWeek, Shape::kFixed, 0, 6},
    {FunctionId::kDayOfYear, Shape::kFixed, 1, 366},
    {FunctionId::kDaysInMonth, Shape::kFixed, 28, 31},
    {FunctionId::kExp, Shape::kFixed, 0},
    {FunctionId::kFirstOverTime, Shape::kArgument},
    {FunctionId::kHistogramFraction, Shape::kFixed, 0, 1},
    {FunctionId::kHistogramStddev, Shape::kFixed, 0},
    {FunctionId::kHistogramStdvar, Shape::kFixed, 0},
    {FunctionId::kHour, Shape::kFixed, 0, 23},
    {FunctionId::kIncrease, Shape::kFixed, 0},
    {FunctionId::kIrate, Shape::kFixed, 0},
    {FunctionId::kLabelJoin, Shape::kArgument},
    {FunctionId::kLabelReplace, Shape::kArgument},
    {FunctionId::kLastOverTime, Shape::kArgument},
    {FunctionId::kMaxOverTime, Shape::kArgument},
    {FunctionId::kMinOverTime, Shape::kArgument},
    {FunctionId::kMinute, Shape::kFixed, 0, 59},
    {FunctionId::kMonth, Shape::kFixed, 1, 12},
    {FunctionId::kPresentOverTime, Shape::kFixed, 1, 1},
    {FunctionId::kRate, Shape::kFixed, 0},
    {FunctionId::kResets, Shape::kFixed, 0},
    {FunctionId::kScalar, Shape::kArgument},
    {FunctionId::kSgn, Shape::kFixed, -1, 1},
    {FunctionId::kSin, Shape::kFixed, -1, 1},
    {FunctionId::kSort, Shape::kArgument},
    {FunctionId::kSortByLabel, Shape::kArgument},
    {FunctionId::kSortByLabelDesc, Shape::kArgument},
    {FunctionId::kSortDesc, Shape::kArgument},
    {FunctionId::kSqrt, Shape::kFixed, 0},
    {FunctionId::kStddevOverTime, Shape::kFixed, 0},
    {FunctionId::kStdvarOverTime, Shape::kFixed, 0},
    {FunctionId::kSumOverTime, Shape::kSum},
    {FunctionId::kVector, Shape::kArgument},
};

// One or more values of these bounds added up.
Bounds SumOf(const Bounds& one) {
  Bounds sum;
  if (one.low >= 0) sum.low = one.low;
  if (one.high <= 0) sum.high = one.high;
  sum.low_open = one.low >= 0 && one.low_open;
  sum.high_open = one.high <= 0 && one.high_open;
  return sum;
}

Bounds OfName(std::string_view name) {
  if (std::find(std::begin(kYesOrNo), std::end(kYesOrNo), name) != std::end(kYesOrNo)) return {.low = 0, .high = 1};
  if (!name.ends_with("_ratio")) return {};
  const bool other = std::any_of(std::begin(kOtherRatios), std::end(kOtherRatios),
                                 [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
  return other ? Bounds() : Bounds{.low = 0, .high = 1};
}

Bounds OfSelector(const promql::VectorSelector& selector) {
  for (const model::Matcher& matcher : selector.matchers) {
    if (matcher.name() == model::kMetricName && matcher.type() == model::MatchType::kEqual) {
      return OfName(matcher.value());
    }
  }
  return {};
}

// x * y of two ends, where nothing times infinity is nothing.
double Times(double x, double y) {
  return x == 0 || y == 0 ? 0 : x * y;
}

Bounds Product(const Bounds& a, const Bounds& b) {
  const std::array<double, 4> ends = {Times(a.low, b.low), Times(a.low, b.high), Times(a.high, b.low),
                                      Times(a.high, b.high)};
  return {.low = *std::min_element(ends.begin(), ends.end()), .high = *std::max_element(ends.begin(), ends.end())};
}

Bounds Quotient(const Bounds& a, const Bounds& b) {
  if (b.low == b.high && b.low != 0 && std::isfinite(b.low)) return Product(a, Always(1 / b.low));
  if (a.low >= 0 && b.low >= 0) return kNotNegative;  // x / 0 is +Inf
  return {};
}

// Ends that are lost in infinities are infinite.
Bounds Valid(Bounds bounds) {
  if (std::isnan(bounds.low)) bounds.low = -kInfinity;
  if (std::isnan(bounds.high)) bounds.high = kInfinity;
  return bounds;
}

Bounds OfArithmetic(BinaryOp op, const Bounds& a, const Bounds& b) {
  switch (op) {
    case BinaryOp::kAdd:
      return Valid({.low = a.low + b.low, .high = a.high + b.high});
    case BinaryOp::kSubtract:
      return Valid({.low = a.low - b.high, .high = a.high - b.low});
    case BinaryOp::kMultiply:
      return Valid(Product(a, b));
    case BinaryOp::kDivide:
      return Valid(Quotient(a, b));
    case BinaryOp::kModulo:
      if (a.low >= 0 && b.low == b.high && b.low > 0) return {.low = 0, .high = b.high, .high_open = true};
      return {};
    default:
      return {};
  }
}

BinaryOp Mirrored(BinaryOp op) {
  switch (op) {
    case BinaryOp::kLess:
      return BinaryOp::kGreater;
    case BinaryOp::kLessEqual:
      return BinaryOp::kGreaterEqual;
    case BinaryOp::kGreater:
      return BinaryOp::kLess;
    case BinaryOp::kGreaterEqual:
      return BinaryOp::kLessEqual;
    default:
      return op;
  }
}

Bounds OfBinary(const promql::BinaryExpr& binary) {
  const Bounds a = BoundsOf(*binary.lhs);
  const Bounds b = BoundsOf(*binary.rhs);
  if (promql::IsComparison(binary.op)) {
    if (binary.return_bool) return {.low = 0, .high = 1};
    // The vector's values come through; of two vectors the left one's.
    const bool vector_right = binary.lhs->type == promql::ValueType::kScalar;
    return vector_right ? b.Intersect(AllowedBy(Mirrored(binary.op), a)) : a.Intersect(AllowedBy(binary.op, b));
  }
  if (binary.op == BinaryOp::kAnd || binary.op == BinaryOp::kUnless) return a;
  if (binary.op == BinaryOp::kOr) {
    if (a.empty()) return b;
    if (b.empty()) return a;
    Bounds both{.low = std::min(a.low, b.low), .high = std::max(a.high, b.high)};
    both.low_open = (a.low > both.low || a.low_open) && (b.low > both.low || b.low_open);
    both.high_open = (a.high < both.high || a.high_open) && (b.high < both.high || b.high_open);
    return both;
  }
  // fill() puts numbers where one side has none.
  if (binary.matching && (binary.matching->fill_left || binary.matching->fill_right)) return {};
  return OfArithmetic(binary.op, a, b);
}

Bounds OfAggregate(const promql::AggregateExpr& aggregate) {
  switch (aggregate.op) {
    case promql::AggregateOp::kSum:
      return SumOf(BoundsOf(*aggregate.expr));
    case promql::AggregateOp::kCount:
    case promql::AggregateOp::kCountValues:
      return {.low = 1};
    case promql::AggregateOp::kGroup:
      return Always(1);
    case promql::AggregateOp::kStddev:
    case promql::AggregateOp::kStdvar:
      return kNotNegative;
    case promql::AggregateOp::kQuantile:
      return {};  // a phi outside 0..1 gives infinities
    default:
      return BoundsOf(*aggregate.expr);
  }
}

Bounds OfClamp(const promql::Call& call) {
  Bounds bounds = BoundsOf(*call.args[0]);
  const bool both = call.function->id == FunctionId::kClamp;
  const bool low = both || call.function->id == FunctionId::kClampMin;
  const Bounds first = BoundsOf(*call.args[1]);
  const Bounds last = BoundsOf(*call.args[both ? 2 : 1]);
  if (low) {
    bounds.low = std::max(bounds.low, first.low);
    bounds.high = std::max(bounds.high, first.high);
  }
  if (both || !low) {
    bounds.high = std::min(bounds.high, last.high);
    bounds.low = std::min(bounds.low, last.low);
  }
  bounds.low_open = bounds.high_open = false;
  return bounds;
}

Bounds OfCall(const promql::Call& call) {
  switch (call.function->id) {
    case FunctionId::kClamp:
    case FunctionId::kClampMin:
    case FunctionId::kClampMax:
      return OfClamp(call);
    default:
      break;
  }
  const auto row = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                [&](const FunctionBounds& f) { return f.id == call.function->id; });
  if (row == std::end(kFunctions)) return {};
  if (row->shape == Shape::kFixed) return {.low = row->low, .high = row->high};
  if (call.args.empty()) return {};
  const Bounds argument = BoundsOf(*call.args[0]);
  return row->shape == Shape::kSum ? SumOf(argument) : argument;
}

}  // namespace

bool Bounds::bounded() const {
  return std::isfinite(low) || std::isfinite(high);
}

Bounds Bounds::Intersect(const Bounds& other) const {
  Bounds both = *this;
  if (other.low > low || (other.low == low && other.low_open)) {
    both.low = other.low;
    both.low_open = other.low_open;
  }
  if (other.high < high || (other.high == high && other.high_open)) {
    both.high = other.high;
    both.high_open = other.high_open;
  }
  return both;
}

std::string Bounds::Text() const {
  if (low == high) return "always " + base::DoubleText(low);
  std::string above = (low_open ? "above " : "at least ") + base::DoubleText(low);
  std::string below = (high_open ? "below " : "at most ") + base::DoubleText(high);
  if (!std::isfinite(high)) return above;
  if (!std::isfinite(low)) return below;
  if (!low_open && !high_open) return "between " + base::DoubleText(low) + " and " + base::DoubleText(high);
  return above + " and " + below;
}

Bounds AllowedBy(BinaryOp op, const Bounds& threshold) {
  switch (op) {
    case BinaryOp::kEqual:
      return threshold;
    case BinaryOp::kLess:
      return {.high = threshold.high, .high_open = true};
    case BinaryOp::kLessEqual:
      return {.high = threshold.high, .high_open = threshold.high_open};
    case BinaryOp::kGreater:
      return {.low = threshold.low, .low_open = true};
    case BinaryOp::kGreaterEqual:
      return {.low = threshold.low, .low_open = threshold.low_open};
    default:
      return {};
  }
}

Bounds BoundsOf(const promql::Expr& expr) {
  switch (expr.kind) {
    case promql::ExprKind::kNumberLiteral: {
      const double value = As<promql::NumberLiteral>(expr).value;
      return std::isnan(value) ? Bounds() : Always(value);
    }
    case promql::ExprKind::kVectorSelector:
      return OfSelector(As<promql::VectorSelector>(expr));
    case promql::ExprKind::kMatrixSelector:
      return OfSelector(*As<promql::MatrixSelector>(expr).selector);
    case promql::ExprKind::kSubquery:
      return BoundsOf(*As<promql::Subquery>(expr).expr);
    case promql::ExprKind::kParen:
      return BoundsOf(*As<promql::ParenExpr>(expr).expr);
    case promql::ExprKind::kUnary: {
      const auto& unary = As<promql::UnaryExpr>(expr);
      const Bounds inner = BoundsOf(*unary.expr);
      if (!unary.negate) return inner;
      return {.low = -inner.high, .high = -inner.low, .low_open = inner.high_open, .high_open = inner.low_open};
    }
    case promql::ExprKind::kBinary:
      return OfBinary(As<promql::BinaryExpr>(expr));
    case promql::ExprKind::kAggregate:
      return OfAggregate(As<promql::AggregateExpr>(expr));
    case promql::ExprKind::kCall:
      return OfCall(As<promql::Call>(expr));
    case promql::ExprKind::kStringLiteral:
      return {};
  }
  return {};
}

}  // namespace bekci::ruler
