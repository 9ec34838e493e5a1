// Quantiles of plain numbers, as PromQL defines them. Thread rule: functions without state; values.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bekci::promql {

// Linear between the two nearest ranks; NaN counts as the smallest. q < 0: -Inf, q > 1: +Inf; NaN if q is or there are
// no values. Reorders `values`; linear in their number.
double Quantile(double q, std::span<double> values);

// Quantiles of a window that moves forward over a series. Neighbouring windows share most of their values, so these are
// kept in order and only what leaves and what enters is looked for.
class SortedWindow {
 public:
  explicit SortedWindow(std::span<const double> values) : values_(values) {}
  // Of values [begin, end), which is not empty; neither bound may fall from call to call.
  double Quantile(double q, size_t begin, size_t end);

 private:
  void Slide(size_t begin, size_t end);

  std::span<const double> values_;
  std::vector<double> window_;  // ordered if is_sorted_
  bool is_sorted_ = false;
  size_t begin_ = 0;  // of what window_ holds
  size_t end_ = 0;
};

}  // namespace bekci::promql
