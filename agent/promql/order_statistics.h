// Quantiles of plain numbers, as PromQL defines them. Thread rule: functions without state.
#pragma once

#include <span>

namespace bekci::promql {

// Linear between the two nearest ranks; NaN counts as the smallest. q < 0: -Inf, q > 1: +Inf; NaN if q is or there are
// no values. Reorders `values`; linear in their number.
double Quantile(double q, std::span<double> values);

}  // namespace bekci::promql
