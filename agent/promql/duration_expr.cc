#include "agent/promql/duration_expr.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "agent/promql/parser.h"

namespace bekci::promql {
namespace {

base::Result<double> Seconds(const DurationExpr& expr, const QueryTimes& times, std::string_view query);

base::Result<double> Combine(const DurationExpr& expr, double lhs, double rhs, std::string_view query) {
  switch (expr.op) {
    case DurationOp::kAdd:
      return lhs + rhs;
    case DurationOp::kSubtract:
      return lhs - rhs;
    case DurationOp::kMultiply:
      return lhs * rhs;
    case DurationOp::kDivide:
      if (rhs == 0) return ParseError(query, expr.position.start, "division by zero");
      return lhs / rhs;
    case DurationOp::kModulo:
      if (rhs == 0) return ParseError(query, expr.position.start, "modulo by zero");
      return std::fmod(lhs, rhs);
    case DurationOp::kPower:
      return std::pow(lhs, rhs);
    case DurationOp::kMinOf:
      return std::min(lhs, rhs);
    default:
      return std::max(lhs, rhs);
  }
}

base::Result<double> Seconds(const DurationExpr& expr, const QueryTimes& times, std::string_view query) {
  switch (expr.op) {
    case DurationOp::kNumber:
      return expr.seconds;
    case DurationOp::kStep:
      return static_cast<double>(times.step_ms) / 1000;
    case DurationOp::kRange:
      return static_cast<double>(times.range_ms) / 1000;
    default:
      break;
  }
  ASSIGN_OR_RETURN(const double lhs, Seconds(*expr.lhs, times, query));
  if (expr.op == DurationOp::kNegate) return -lhs;
  if (expr.op == DurationOp::kPlus) return lhs;
  ASSIGN_OR_RETURN(const double rhs, Seconds(*expr.rhs, times, query));
  return Combine(expr, lhs, rhs, query);
}

}  // namespace

base::Result<int64_t> ResolveDuration(const Duration& duration, const QueryTimes& times, bool positive,
                                      std::string_view query) {
  if (duration.expr == nullptr) return duration.ms;
  const size_t place = duration.expr->position.start;
  ASSIGN_OR_RETURN(const double seconds, Seconds(*duration.expr, times, query));
  // Only the times of the query show this, so it is no parse error: it names the bytes, from and to.
  if (positive && seconds <= 0) {
    return base::Invalid(std::to_string(place) + ":" + std::to_string(duration.expr->position.end) +
                         ": duration must be greater than 0");
  }
  if (!(std::fabs(seconds) <= kMaxDurationSeconds)) return ParseError(query, place, "duration is out of range");
  return static_cast<int64_t>(seconds * 1000);
}

}  // namespace bekci::promql
