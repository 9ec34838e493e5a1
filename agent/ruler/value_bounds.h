// Bounds: between which numbers the values of an expression lie, as far as its form and well-known names say.
//
// Interval arithmetic over the tree: up is 0 or 1, a rate is never negative, a count is at least 1, hour() ends at 23;
// a filter (x > 5) narrows what it lets through. What is not known is unbounded, so an interval never excludes a value
// that can be. NaN is left out: no comparison is true of it.
//
// Thread rule: a function without state.
#pragma once

#include <limits>
#include <string>

#include "agent/promql/ast.h"

namespace bekci::ruler {

struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;   // low itself is not among them
  bool high_open = false;  // high itself is not

  bool empty() const { return low > high || (low == high && (low_open || high_open)); }
  bool bounded() const;
  Bounds Intersect(const Bounds& other) const;
  // "between 0 and 1", "at least 0", "always 1".
  std::string Text() const;
};

Bounds BoundsOf(const promql::Expr& expr);

// The values that `op` lets through when it compares them with `threshold`; != and other operators let all through.
Bounds AllowedBy(promql::BinaryOp op, const Bounds& threshold);

}  // namespace bekci::ruler
