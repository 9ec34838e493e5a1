#include "agent/promql/order_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bekci::promql {

double Quantile(double q, std::span<double> values) {
  if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  const double rank = q * static_cast<double>(values.size() - 1);
  const double whole = std::floor(rank);
  const auto lower = static_cast<std::ptrdiff_t>(whole);
  const auto less = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
  const auto at = values.begin() + lower;
  std::nth_element(values.begin(), at, values.end(), less);
  const double weight = rank - whole;
  const double upper = at + 1 == values.end() ? *at : *std::min_element(at + 1, values.end(), less);
  return *at * (1 - weight) + upper * weight;
}

}  // namespace bekci::promql
