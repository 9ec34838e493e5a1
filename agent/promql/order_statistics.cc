#include "agent/promql/order_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bekci::promql {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// NaN is the smallest.
bool Less(double a, double b) {
  return std::isnan(a) ? !std::isnan(b) : a < b;
}

// Where among `size` ordered values a quantile lies: between `lower` and the next, `weight` of the way.
struct Rank {
  Rank(double q, size_t size) {
    const double rank = q * static_cast<double>(size - 1);
    const double whole = std::floor(rank);
    lower = static_cast<std::ptrdiff_t>(whole);
    weight = rank - whole;
  }
  std::ptrdiff_t lower;
  double weight;
  double Between(double below, double above) const { return below * (1 - weight) + above * weight; }
};

// Whether q alone says what the quantile is.
bool IsDegenerate(double q, double* result) {
  if (q >= 0 && q <= 1) return false;
  *result = std::isnan(q) ? std::numeric_limits<double>::quiet_NaN() : q < 0 ? -kInfinity : kInfinity;
  return true;
}

}  // namespace

double Quantile(double q, std::span<double> values) {
  double degenerate = 0;
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  if (IsDegenerate(q, &degenerate)) return degenerate;
  const Rank rank(q, values.size());
  const auto at = values.begin() + rank.lower;
  std::nth_element(values.begin(), at, values.end(), Less);
  return rank.Between(*at, at + 1 == values.end() ? *at : *std::min_element(at + 1, values.end(), Less));
}

void SortedWindow::Slide(size_t begin, size_t end) {
  for (size_t i = begin_; i < begin; ++i) {
    window_.erase(std::lower_bound(window_.begin(), window_.end(), values_[i], Less));
  }
  for (size_t i = end_; i < end; ++i) {
    window_.insert(std::upper_bound(window_.begin(), window_.end(), values_[i], Less), values_[i]);
  }
}

double SortedWindow::Quantile(double q, size_t begin, size_t end) {
  double degenerate = 0;
  if (IsDegenerate(q, &degenerate)) return degenerate;
  // Ordering anew costs about as much as moving an eighth of the values one by one.
  const bool overlaps = begin < end_ && ((begin - begin_) + (end - end_)) * 8 <= end - begin;
  if (overlaps && is_sorted_) {
    Slide(begin, end);
  } else {
    window_.assign(values_.begin() + static_cast<std::ptrdiff_t>(begin),
                   values_.begin() + static_cast<std::ptrdiff_t>(end));
    is_sorted_ = overlaps;
    if (overlaps) std::sort(window_.begin(), window_.end(), Less);
  }
  begin_ = begin;
  end_ = end;
  if (!is_sorted_) return promql::Quantile(q, window_);
  const Rank rank(q, window_.size());
  const auto at = window_.begin() + rank.lower;
  return rank.Between(*at, at + 1 == window_.end() ? *at : *(at + 1));
}

}  // namespace bekci::promql
