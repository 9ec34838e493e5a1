// KahanSum: a sum of doubles that keeps what rounding loses, so that 1 + 1e100 - 1e100 is 1.
//
// Source: Neumaier's variant of Kahan's summation (ZAMM 54, 1974), in the form Prometheus uses, so that the last bit
// is the same. Thread rule: values.
#pragma once

#include <cmath>

namespace bekci::promql {

struct KahanSum {
  double sum = 0;
  double rest = 0;

  void Add(double value) {
    const double total = sum + value;
    if (std::isinf(total)) {
      rest = 0;
    } else if (std::abs(sum) >= std::abs(value)) {
      rest += (sum - total) + value;
    } else {
      rest += (value - total) + sum;
    }
    sum = total;
  }
  // An infinite sum stays what it is.
  double Total() const { return std::isinf(sum) ? sum : sum + rest; }
};

// The mean of numbers whose sum may be beyond the largest double: then it goes on with a running mean.
class KahanMean {
 public:
  void Add(double value) {
    ++count_;
    if (!incremental_) {
      KahanSum next = sum_;
      next.Add(value);
      if (count_ == 1 || !std::isinf(next.sum)) {
        sum_ = count_ == 1 ? KahanSum{value, 0} : next;
        return;
      }
      incremental_ = true;
      sum_ = {sum_.sum / (count_ - 1), sum_.rest / (count_ - 1)};
    }
    const double part = (count_ - 1) / count_;
    sum_ = {part * sum_.sum, part * sum_.rest};
    sum_.Add(value / count_);
  }
  double Mean() const { return incremental_ ? sum_.sum + sum_.rest : sum_.sum / count_ + sum_.rest / count_; }

 private:
  KahanSum sum_;  // or the mean
  double count_ = 0;
  bool incremental_ = false;
};

// Welford's algorithm with both running values compensated: population variance.
class KahanVariance {
 public:
  void Add(double value) {
    ++count_;
    const double delta = value - (mean_.sum + mean_.rest);
    mean_.Add(delta / count_);
    squares_.Add(delta * (value - (mean_.sum + mean_.rest)));
  }
  double Variance() const { return (squares_.sum + squares_.rest) / count_; }

 private:
  double count_ = 0;
  KahanSum mean_;
  KahanSum squares_;
};

}  // namespace bekci::promql
