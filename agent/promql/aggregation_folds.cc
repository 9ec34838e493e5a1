// The folds: one class per shape of arithmetic. What a step holds is kept in arrays over the steps, and each loop over
// a column is the whole work done for an element, so these loops are what a range query spends its time in.
#include <cmath>
#include <utility>

#include "agent/promql/aggregation.h"
#include "agent/promql/kahan.h"

namespace bekci::promql {
namespace {

// What a group has seen at a step.
enum Seen : uint8_t { kNothing = 0, kFloats = 1, kHistograms = 2, kBoth = 3 };

// Neumaier's sum, step by step. Written out so that the compiler keeps it in vector registers: KahanSum::Add on arrays.
class SumFold : public Fold {
 public:
  SumFold(size_t steps, FoldNotes* notes)
      : seen_(steps, kNothing), sums_(steps, -0.0), rests_(steps, 0), histograms_(false, notes), notes_(notes) {}

  void Add(const SeriesColumn& column) override {
    const size_t steps = seen_.size();
    for (size_t i = 0; i < steps; ++i) {
      if (column.kinds[i] != StepKind::kFloat) continue;
      const double value = column.values[i];
      const double sum = sums_[i];
      const double total = sum + value;
      const double error = std::fabs(sum) >= std::fabs(value) ? (sum - total) + value : (value - total) + sum;
      rests_[i] = std::isinf(total) ? 0 : rests_[i] + error;
      sums_[i] = total;
      seen_[i] |= kFloats;
    }
    if (!column.has_histograms()) return;
    for (size_t i = 0; i < steps; ++i) {
      if (!column.is_histogram(i)) continue;
      seen_[i] |= kHistograms;
      histograms_.Add(column, i, steps);
    }
  }

  void Finish(SeriesColumn* out) override {
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] == kFloats) {
        out->SetFloat(i, std::isinf(sums_[i]) ? sums_[i] : sums_[i] + rests_[i]);
      } else if (seen_[i] == kHistograms) {
        if (HistogramPtr sum = histograms_.Result(i)) out->SetHistogram(i, std::move(sum));
      } else if (seen_[i] == kBoth) {
        notes_->mixed = true;
      }
    }
  }

 private:
  std::vector<uint8_t> seen_;
  ScalarColumn sums_;
  ScalarColumn rests_;
  HistogramFold histograms_;
  FoldNotes* notes_;
};

class AverageFold : public Fold {
 public:
  AverageFold(size_t steps, FoldNotes* notes)
      : seen_(steps, kNothing), means_(steps), histograms_(true, notes), notes_(notes) {}

  void Add(const SeriesColumn& column) override {
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (column.is_float(i)) {
        means_[i].Add(column.values[i]);
        seen_[i] |= kFloats;
      } else if (column.is_histogram(i)) {
        seen_[i] |= kHistograms;
        histograms_.Add(column, i, seen_.size());
      }
    }
  }

  void Finish(SeriesColumn* out) override {
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] == kFloats) {
        out->SetFloat(i, means_[i].Result());
      } else if (seen_[i] == kHistograms) {
        if (HistogramPtr mean = histograms_.Result(i)) out->SetHistogram(i, std::move(mean));
      } else if (seen_[i] == kBoth) {
        notes_->mixed = true;
      }
    }
  }

 private:
  // Prometheus' mean: infinite as soon as an infinity is in it, but for opposite ones.
  struct Mean {
    double sum = 0;  // or the running mean
    double rest = 0;
    double count = 0;
    bool incremental = false;

    void Add(double value) {
      ++count;
      if (count == 1) {
        sum = value;
        return;
      }
      if (!incremental) {
        KahanSum next{sum, rest};
        next.Add(value);
        if (!std::isinf(next.sum)) {
          sum = next.sum;
          rest = next.rest;
          return;
        }
        incremental = true;
        sum /= count - 1;
        rest /= count - 1;
      }
      if (std::isinf(sum)) {
        // Taking the mean away below would make NaN of what is known to stay infinite.
        if (std::isinf(value) && (sum > 0) == (value > 0)) return;
        if (std::isfinite(value)) return;
      }
      const double part = (count - 1) / count;
      KahanSum next{part * sum, part * rest};
      next.Add(value / count);
      sum = next.sum;
      rest = next.rest;
    }
    double Result() const { return incremental ? sum + rest : sum / count + rest / count; }
  };

  std::vector<uint8_t> seen_;
  std::vector<Mean> means_;
  HistogramFold histograms_;
  FoldNotes* notes_;
};

// min and max: NaN only where all are NaN.
template <bool kMax>
class ExtremeFold : public Fold {
 public:
  ExtremeFold(size_t steps, FoldNotes* notes) : seen_(steps, 0), values_(steps, 0), notes_(notes) {}

  void Add(const SeriesColumn& column) override {
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (column.kinds[i] != StepKind::kFloat) continue;
      const double value = column.values[i];
      const double best = values_[i];
      const bool better = kMax ? value > best : value < best;
      if (seen_[i] == 0 || better || std::isnan(best)) values_[i] = value;
      seen_[i] = 1;
    }
    if (column.has_histograms()) notes_->histogram_ignored = true;
  }

  void Finish(SeriesColumn* out) override {
    for (size_t i = 0; i < seen_.size(); ++i) {
      if (seen_[i] != 0) out->SetFloat(i, values_[i]);
    }
  }

 private:
  std::vector<uint8_t> seen_;
  ScalarColumn values_;
  FoldNotes* notes_;
};

// count, and group, which is 1 where there is anything.
class CountFold : public Fold {
 public:
  CountFold(size_t steps, bool group) : group_(group), counts_(steps, 0) {}

  void Add(const SeriesColumn& column) override {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += column.kinds[i] != StepKind::kAbsent ? 1.0 : 0.0;
  }

  void Finish(SeriesColumn* out) override {
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] > 0) out->SetFloat(i, group_ ? 1 : counts_[i]);
    }
  }

 private:
  bool group_;
  ScalarColumn counts_;
};

// Welford's running mean and sum of squares.
class SpreadFold : public Fold {
 public:
  SpreadFold(size_t steps, bool deviation, FoldNotes* notes)
      : deviation_(deviation), counts_(steps, 0), means_(steps, 0), squares_(steps, 0), notes_(notes) {}

  void Add(const SeriesColumn& column) override {
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (column.kinds[i] != StepKind::kFloat) continue;
      const double value = column.values[i];
      counts_[i] += 1;
      if (counts_[i] == 1) {
        means_[i] = value;
        squares_[i] = std::isfinite(value) ? 0 : std::nan("");
        continue;
      }
      const double delta = value - means_[i];
      means_[i] += delta / counts_[i];
      squares_[i] += delta * (value - means_[i]);
    }
    if (column.has_histograms()) notes_->histogram_ignored = true;
  }

  void Finish(SeriesColumn* out) override {
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) continue;
      const double variance = squares_[i] / counts_[i];
      out->SetFloat(i, deviation_ ? std::sqrt(variance) : variance);
    }
  }

 private:
  bool deviation_;
  ScalarColumn counts_;
  ScalarColumn means_;
  ScalarColumn squares_;
  FoldNotes* notes_;
};

}  // namespace

std::unique_ptr<Fold> MakeFold(AggregateOp op, size_t steps, FoldNotes* notes) {
  switch (op) {
    case AggregateOp::kSum:
      return std::make_unique<SumFold>(steps, notes);
    case AggregateOp::kAvg:
      return std::make_unique<AverageFold>(steps, notes);
    case AggregateOp::kMin:
      return std::make_unique<ExtremeFold<false>>(steps, notes);
    case AggregateOp::kMax:
      return std::make_unique<ExtremeFold<true>>(steps, notes);
    case AggregateOp::kCount:
      return std::make_unique<CountFold>(steps, false);
    case AggregateOp::kGroup:
      return std::make_unique<CountFold>(steps, true);
    case AggregateOp::kStddev:
      return std::make_unique<SpreadFold>(steps, true, notes);
    case AggregateOp::kStdvar:
      return std::make_unique<SpreadFold>(steps, false, notes);
    default:
      return nullptr;
  }
}

}  // namespace bekci::promql
