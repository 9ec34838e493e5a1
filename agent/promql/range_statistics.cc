// Sums, means, spread and quantiles over windows.
//
// The sums must come out to the last bit as a compensated sum over the window does, and a compensated sum cannot give
// back what left the window: so each window is summed anew, from contiguous doubles.
// Source: Prometheus 3.14, promql/functions.go.
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/function_kernels.h"
#include "agent/promql/kahan.h"
#include "agent/promql/order_statistics.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

using model::CompensatedHistogram;
using model::CounterResetHint;
using Histograms = std::span<const HistogramPtr>;

// What came up while histograms were put together.
struct SumNotes {
  bool incompatible = false;
  bool collision = false;
  bool reconciled = false;
};

class HintTracker {
 public:
  void See(const model::NativeHistogram& h) {
    reset_ = reset_ || h.reset_hint == CounterResetHint::kYes;
    none_ = none_ || h.reset_hint == CounterResetHint::kNo;
  }
  bool Collision() const { return reset_ && none_; }

 private:
  bool reset_ = false;
  bool none_ = false;
};

void FillNotes(const HintTracker& hints, const model::HistogramNotes& notes, SumNotes* out) {
  out->collision = out->collision || hints.Collision();
  out->reconciled = out->reconciled || notes.bounds_reconciled;
}

HistogramPtr SumHistograms(Histograms histograms, SumNotes* out) {
  CompensatedHistogram sum(*histograms[0]);
  HintTracker hints;
  hints.See(*histograms[0]);
  model::HistogramNotes notes;
  for (const HistogramPtr& h : histograms.subspan(1)) {
    hints.See(*h);
    if (sum.Add(*h, &notes)) continue;
    out->incompatible = true;
    return nullptr;
  }
  FillNotes(hints, notes, out);
  return std::make_shared<model::NativeHistogram>(sum.Total());
}

// The sum divided; where it grows beyond the largest double, a running mean from there on.
HistogramPtr MeanHistogram(Histograms histograms, SumNotes* out) {
  CompensatedHistogram sum(*histograms[0]);
  HintTracker hints;
  hints.See(*histograms[0]);
  model::HistogramNotes notes;
  double count = 1;
  bool incremental = false;
  for (const HistogramPtr& h : histograms.subspan(1)) {
    hints.See(*h);
    ++count;
    bool fits = true;
    if (!incremental) {
      CompensatedHistogram next = sum;
      fits = next.Add(*h, &notes);
      if (fits && !next.HasOverflow()) {
        sum = std::move(next);
        continue;
      }
      incremental = true;
      sum.Divide(count - 1);
    }
    model::NativeHistogram part = *h;
    model::Divide(&part, count);
    sum.Multiply((count - 1) / count);
    if (fits && sum.Add(part, &notes)) continue;
    out->incompatible = true;
    return nullptr;
  }
  FillNotes(hints, notes, out);
  if (!incremental) sum.Divide(count);
  return std::make_shared<model::NativeHistogram>(sum.Total());
}

// Floats by `of_floats`, histograms by `of_histograms`; a window with both gives nothing but a warning.
template <typename F, typename H>
base::Status OverTime(const FunctionCall& call, const RangeInput& in, F&& of_floats, H&& of_histograms,
                      SeriesColumn* out) {
  SumNotes notes;
  bool mixed = false;
  Bounds last;
  double value = 0;
  ForEachWindow(call, in, [&](size_t step, Bounds floats, Bounds histograms) {
    if (!floats.empty() && !histograms.empty()) {
      mixed = true;
    } else if (!floats.empty()) {
      if (!(floats == last)) value = of_floats(ValuesIn(in, floats));
      last = floats;
      out->SetFloat(step, value);
    } else if (!histograms.empty()) {
      HistogramPtr h =
          of_histograms(Histograms(in.samples.histograms).subspan(histograms.begin, histograms.size()), &notes);
      if (h != nullptr) out->SetHistogram(step, std::move(h));
    }
  });
  const PositionRange position = call.position(0);
  if (mixed) call.annotations->Warn(MixedFloatsHistogramsText(MetricName(in)), position);
  if (notes.incompatible) call.annotations->Warn(MixedSchemasText(MetricName(in)), position);
  if (notes.collision) call.annotations->Warn(ResetCollisionText(HistogramOperation::kAggregation), position);
  if (notes.reconciled) call.annotations->Info(BoundsReconciledText(HistogramOperation::kAggregation), position);
  return base::OkStatus();
}

double Variance(std::span<const double> values) {
  KahanVariance variance;
  for (const double value : values) variance.Add(value);
  return variance.Variance();
}

}  // namespace

base::Status RunSumOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const auto sum_of = [](std::span<const double> values) {
    KahanSum sum;
    for (const double value : values) sum.Add(value);
    return sum.Total();
  };
  return OverTime(call, in, sum_of, SumHistograms, out);
}

base::Status RunAvgOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const auto mean_of = [](std::span<const double> values) {
    KahanMean mean;
    for (const double value : values) mean.Add(value);
    return mean.Mean();
  };
  return OverTime(call, in, mean_of, MeanHistogram, out);
}

base::Status RunStdvarOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return MapFloatWindows(
      call, in, 1, [&](Bounds bounds) { return Variance(ValuesIn(in, bounds)); }, out);
}

base::Status RunStddevOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return MapFloatWindows(
      call, in, 1, [&](Bounds bounds) { return std::sqrt(Variance(ValuesIn(in, bounds))); }, out);
}

base::Status RunQuantileOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const ScalarColumn& q = call.scalar(0);
  std::vector<double> sorted;
  double said = 0.5;
  ForEachFloatWindow(call, in, 1, call.position(0), [&](size_t step, Bounds bounds) {
    const bool invalid = !(q[step] >= 0 && q[step] <= 1);
    if (invalid && q[step] != said) call.annotations->Warn(InvalidQuantileText(q[step]), call.position(0));
    if (invalid) said = q[step];
    const auto values = ValuesIn(in, bounds);
    sorted.assign(values.begin(), values.end());
    out->SetFloat(step, Quantile(q[step], sorted));
  });
  return base::OkStatus();
}

base::Status RunMadOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  std::vector<double> scratch;
  const auto deviation = [&](Bounds bounds) {
    const auto values = ValuesIn(in, bounds);
    scratch.assign(values.begin(), values.end());
    const double median = Quantile(0.5, scratch);
    for (double& value : scratch) value = std::abs(value - median);
    return Quantile(0.5, scratch);
  };
  return MapFloatWindows(call, in, 1, deviation, out);
}

}  // namespace bekci::promql
