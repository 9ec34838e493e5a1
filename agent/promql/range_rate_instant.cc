// irate and idelta: what happened between the last two samples of each window.
// Source: Prometheus 3.14, promql/functions.go.
#include <memory>
#include <utility>
#include <vector>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/counter_resets.h"
#include "agent/promql/function_kernels.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

using model::CounterResetHint;

class InstantRun {
 public:
  InstantRun(const FunctionCall& call, const RangeInput& in, bool rate, SeriesColumn* out)
      : call_(call),
        in_(in),
        rate_(rate),
        out_(*out),
        float_starts_(in.samples.times, in.samples.starts, rate && call.features.use_start_timestamps),
        histogram_starts_(in.samples.histogram_times, in.samples.histogram_starts,
                          rate && call.features.use_start_timestamps) {}

  void Run() {
    ForEachWindow(call_, in_, [&](size_t step, Bounds floats, Bounds histograms) {
      if (floats.size() + histograms.size() < 2) return;
      const std::vector<int64_t>& ft = in_.samples.times;
      const std::vector<int64_t>& ht = in_.samples.histogram_times;
      // Each of the last two is of one kind if no sample of the other kind lies between or after.
      if (floats.size() >= 2 && (histograms.empty() || ht[histograms.end - 1] < ft[floats.end - 2])) {
        FloatStep(step, floats.end - 1);
      } else if (histograms.size() >= 2 && (floats.empty() || ft[floats.end - 1] < ht[histograms.end - 2])) {
        HistogramStep(step, histograms.end - 1);
      } else {
        call_.annotations->Warn(MixedFloatsHistogramsText(MetricName(in_)), call_.position(0));
      }
    });
  }

 private:
  void SayOverlap() {
    AnnotationFigures figures;
    figures.form = AnnotationFigures::Form::kOccurrences;
    call_.annotations->Add(AnnotationKind::kWarning, StartOverlapText(MetricName(in_)), call_.position(0), figures);
  }

  void FloatStep(size_t step, size_t last) {
    const double before = in_.samples.values[last - 1];
    double value = in_.samples.values[last];
    const bool reset = rate_ && (value < before || float_starts_.ResetAt(last));
    if (float_starts_.OverlapAt(last)) SayOverlap();
    if (!reset) value -= before;
    if (rate_) value /= Seconds(in_.samples.times, last);
    out_.SetFloat(step, value);
  }

  void HistogramStep(size_t step, size_t last) {
    const model::NativeHistogram& before = *in_.samples.histograms[last - 1];
    const model::NativeHistogram& now = *in_.samples.histograms[last];
    if (histogram_starts_.OverlapAt(last)) SayOverlap();
    CheckHints(before, now);
    auto h = std::make_shared<model::NativeHistogram>(now);
    if (!rate_ || !(histogram_starts_.ResetAt(last) || model::DetectReset(now, before))) {
      model::HistogramNotes notes;
      if (!model::Subtract(h.get(), before, &notes)) {
        call_.annotations->Warn(MixedSchemasText(MetricName(in_)), call_.position(0));
        return;
      }
      if (notes.bounds_reconciled) {
        call_.annotations->Info(BoundsReconciledText(HistogramOperation::kSubtraction), call_.position(0));
      }
    }
    model::Compact(h.get());
    if (rate_) model::Divide(h.get(), Seconds(in_.samples.histogram_times, last));
    h->reset_hint = CounterResetHint::kGauge;
    out_.SetHistogram(step, std::move(h));
  }

  void CheckHints(const model::NativeHistogram& before, const model::NativeHistogram& now) {
    const int gauges =
        (before.reset_hint == CounterResetHint::kGauge ? 1 : 0) + (now.reset_hint == CounterResetHint::kGauge ? 1 : 0);
    if (rate_ && gauges > 0) call_.annotations->Warn(NotCounterText(MetricName(in_)), call_.position(0));
    if (!rate_ && gauges < 2) call_.annotations->Warn(NotGaugeText(MetricName(in_)), call_.position(0));
  }

  static double Seconds(const std::vector<int64_t>& times, size_t last) {
    return static_cast<double>(times[last] - times[last - 1]) / 1000;
  }

  const FunctionCall& call_;
  const RangeInput& in_;
  const bool rate_;
  SeriesColumn& out_;
  Starts float_starts_;
  Starts histogram_starts_;
};

}  // namespace

base::Status RunIrate(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  InstantRun(call, in, true, out).Run();
  return base::OkStatus();
}
base::Status RunIdelta(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  InstantRun(call, in, false, out).Run();
  return base::OkStatus();
}

}  // namespace bekci::promql
