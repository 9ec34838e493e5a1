// rate, increase and delta of `anchored` and `smoothed` range selectors.
//
// An anchored window begins at the last sample at or before its start and ends at its last sample; a smoothed one
// begins and ends exactly at its ends, with values interpolated between the samples around them. Nothing is
// extrapolated. A window in which (or, smoothed, around which) there is no sample gives nothing; one within whose reach
// there are both floats and histograms gives a warning.
// Source: Prometheus 3.14, promql/functions.go.
#include <algorithm>
#include <utility>
#include <vector>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/function_kernels.h"
#include "agent/promql/interpolation.h"
#include "agent/promql/range_rate.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

// Samples [first, last] that a window is made from; none if first > last.
struct Chosen {
  size_t first = 1;
  size_t last = 0;
  bool none() const { return first > last; }
};

// `reach`: the samples that may be looked at, up to the look-back before the window and, smoothed, after it.
Chosen Choose(const std::vector<int64_t>& times, Bounds reach, int64_t after_ms, int64_t until_ms, bool smoothed) {
  if (reach.empty()) return {};
  const auto begin = times.begin() + static_cast<std::ptrdiff_t>(reach.begin);
  const auto end = times.begin() + static_cast<std::ptrdiff_t>(reach.end);
  // The last sample at or before the start, else the first one after.
  const auto inside = std::upper_bound(begin, end, after_ms);
  const auto first = inside == begin ? begin : inside - 1;
  auto last = end - 1;
  if (smoothed) last = std::min(std::lower_bound(begin, end, until_ms), end - 1);
  if (*last <= after_ms || *first > until_ms) return {};
  return {static_cast<size_t>(first - times.begin()), static_cast<size_t>(last - times.begin())};
}

class ExtendedRun {
 public:
  ExtendedRun(const FunctionCall& call, const RangeInput& in, RateKind kind, SeriesColumn* out)
      : call_(call), in_(in), kind_(kind), out_(*out) {}

  void Run() {
    Slider floats(in_.samples.times);
    Slider histograms(in_.samples.histogram_times);
    const Windows& windows = in_.windows;
    const int64_t beyond = windows.smoothed ? windows.lookback_ms : 0;
    for (size_t step = 0; step < call_.grid.count; ++step) {
      const int64_t until = windows.end(step);
      const int64_t after = until - windows.range_ms;
      const Bounds f = floats.Move(after - windows.lookback_ms, until + beyond);
      const Bounds h = histograms.Move(after - windows.lookback_ms, until + beyond);
      const Chosen chosen_floats = Choose(in_.samples.times, f, after, until, windows.smoothed);
      const Chosen chosen_histograms = Choose(in_.samples.histogram_times, h, after, until, windows.smoothed);
      if (!f.empty() && !h.empty()) {
        call_.annotations->Warn(MixedFloatsHistogramsText(MetricName(in_)), call_.position(0));
      } else if (!chosen_floats.none()) {
        FloatStep(step, chosen_floats, after, until);
      } else if (!chosen_histograms.none()) {
        HistogramStep(step, chosen_histograms, after, until);
      }
    }
  }

 private:
  Between At(const std::vector<int64_t>& times, size_t before, int64_t at_ms, InterpolationEdge edge) const {
    return {times[before], times[before + 1], at_ms, kind_.counter, edge};
  }

  bool CutsLeft(const std::vector<int64_t>& times, size_t first, int64_t after) const {
    return in_.windows.smoothed && times[first] < after;
  }
  bool CutsRight(const std::vector<int64_t>& times, const Chosen& chosen, int64_t until) const {
    return in_.windows.smoothed && chosen.last > chosen.first && times[chosen.last] > until;
  }

  void FloatStep(size_t step, Chosen chosen, int64_t after, int64_t until) {
    const std::vector<int64_t>& times = in_.samples.times;
    const std::vector<double>& values = in_.samples.values;
    double left = values[chosen.first];
    double right = values[chosen.last];
    if (CutsLeft(times, chosen.first, after)) {
      left = Interpolate(left, values[chosen.first + 1], At(times, chosen.first, after, InterpolationEdge::kLeft));
    }
    if (CutsRight(times, chosen, until)) {
      right = Interpolate(values[chosen.last - 1], right, At(times, chosen.last - 1, until, InterpolationEdge::kRight));
    }
    double increase = right - left;
    if (kind_.counter) {
      const size_t begin = chosen.first + (times[chosen.first] <= after ? 1 : 0);
      const size_t end = chosen.last + (times[chosen.last] >= until ? 0 : 1);
      double before = left;
      for (size_t i = begin; i < end; ++i) {
        if (values[i] < before) increase += before;
        before = values[i];
      }
      if (right < before) increase += before;
    }
    if (kind_.per_second) increase /= static_cast<double>(in_.windows.range_ms) / 1000;
    out_.SetFloat(step, increase);
  }

  // The histogram that stands for one end of the window; null with a warning where neighbours do not go together.
  HistogramPtr End(size_t before, int64_t at_ms, InterpolationEdge edge) {
    const std::vector<HistogramPtr>& histograms = in_.samples.histograms;
    bool reconciled = false;
    HistogramPtr end = Interpolate(*histograms[before], *histograms[before + 1],
                                   At(in_.samples.histogram_times, before, at_ms, edge), &reconciled);
    if (end == nullptr) call_.annotations->Warn(MixedSchemasText(MetricName(in_)), call_.position(0));
    if (reconciled) {
      call_.annotations->Info(BoundsReconciledText(HistogramOperation::kSubtraction), call_.position(0));
    }
    return end;
  }

  // The ends of the window and the samples in between.
  bool CollectPoints(Chosen chosen, int64_t after, int64_t until) {
    const std::vector<int64_t>& times = in_.samples.histogram_times;
    const auto from = in_.samples.histograms.begin();
    left_cut_ = false;
    points_.assign(from + static_cast<std::ptrdiff_t>(chosen.first),
                   from + static_cast<std::ptrdiff_t>(chosen.last) + 1);
    if (CutsRight(times, chosen, until)) {
      points_.back() = End(chosen.last - 1, until, InterpolationEdge::kRight);
      if (points_.back() == nullptr) return false;
    }
    if (CutsLeft(times, chosen.first, after)) {
      points_.front() = End(chosen.first, after, InterpolationEdge::kLeft);
      if (points_.front() == nullptr) return false;
      left_cut_ = true;
    }
    if (points_.size() == 1) points_.push_back(points_.front());
    return true;
  }

  void HistogramStep(size_t step, Chosen chosen, int64_t after, int64_t until) {
    if (!CollectPoints(chosen, after, until)) return;
    resets_.clear();
    for (size_t i = 1; kind_.counter && i < points_.size(); ++i) {
      // A reset that the sample after the cut tells of is before the cut: the interpolation has seen to it.
      const bool reset = i == 1 && left_cut_ ? model::CountsFell(*points_[i], *points_[i - 1])
                                             : model::DetectReset(*points_[i], *points_[i - 1]);
      if (reset) resets_.push_back(i);
    }
    auto increase =
        HistogramIncrease({points_, resets_, 0}, kind_.counter, MetricName(in_), call_.position(0), call_.annotations);
    if (increase == nullptr) return;
    if (kind_.per_second) model::Divide(increase.get(), static_cast<double>(in_.windows.range_ms) / 1000);
    out_.SetHistogram(step, std::move(increase));
  }

  const FunctionCall& call_;
  const RangeInput& in_;
  const RateKind kind_;
  SeriesColumn& out_;
  std::vector<HistogramPtr> points_;
  std::vector<size_t> resets_;
  bool left_cut_ = false;  // points_[0] lies between two samples
};

}  // namespace

base::Status RunExtendedRate(const FunctionCall& call, const RangeInput& in, RateKind kind, SeriesColumn* out) {
  ExtendedRun(call, in, kind, out).Run();
  return base::OkStatus();
}

}  // namespace bekci::promql
