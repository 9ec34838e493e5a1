// rate, increase and delta: how much a series grew in each window.
//
// The growth between the first and last sample of the window is extrapolated to the window's ends, unless they are so
// far from the samples that the series must have begun or ended between; a counter is never extrapolated below zero.
// Over all steps this slides: the resets of a whole series are found in one pass, a step then needs the first and last
// sample of its window and the few resets between. Sums are in Prometheus' order, so that the last bit is the same.
// Source: Prometheus 3.14, promql/functions.go.
#include "agent/promql/range_rate.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "agent/model/histogram_arithmetic.h"
#include "agent/model/histogram_buckets.h"
#include "agent/promql/counter_resets.h"
#include "agent/promql/function_kernels.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

// What the extrapolation needs to know of a window's samples.
struct Stretch {
  int64_t first_ms = 0;
  int64_t last_ms = 0;
  size_t gaps = 0;  // between samples
  double first = 0;
  double increase = 0;
};

// By what to multiply the increase.
double ExtrapolationFactor(const Stretch& s, int64_t after_ms, int64_t until_ms, RateKind kind, int64_t range_ms) {
  const double sampled = static_cast<double>(s.last_ms - s.first_ms) / 1000;
  const double spacing = sampled / static_cast<double>(s.gaps);
  const double threshold = spacing * 1.1;
  double to_start = static_cast<double>(s.first_ms - after_ms) / 1000;
  double to_end = static_cast<double>(until_ms - s.last_ms) / 1000;
  if (to_start >= threshold) to_start = spacing / 2;
  if (kind.counter && s.increase > 0 && s.first >= 0) {
    const double to_zero = sampled * (s.first / s.increase);
    if (to_zero < to_start) to_start = to_zero;
  }
  if (to_end >= threshold) to_end = spacing / 2;
  double factor = (sampled + to_start + to_end) / sampled;
  if (kind.per_second) factor /= static_cast<double>(range_ms) / 1000;
  return factor;
}

// Indexes of the first samples after a reset, and those whose start overlaps the sample before.
struct Events {
  std::vector<size_t> resets;
  std::vector<size_t> overlaps;
};

// Slides over a rising list of indexes: those in (bounds.begin, bounds.end).
class EventSlider {
 public:
  explicit EventSlider(const std::vector<size_t>& events) : events_(events) {}
  std::span<const size_t> Move(Bounds bounds) {
    while (end_ < events_.size() && events_[end_] < bounds.end) ++end_;
    while (begin_ < end_ && events_[begin_] <= bounds.begin) ++begin_;
    return std::span<const size_t>(events_).subspan(begin_, end_ - begin_);
  }

 private:
  const std::vector<size_t>& events_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

Events FindFloatEvents(const std::vector<double>& values, const Starts& starts) {
  Events events;
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] < values[i - 1] || starts.ResetAt(i)) events.resets.push_back(i);
    if (starts.OverlapAt(i)) events.overlaps.push_back(i);
  }
  return events;
}

Events FindHistogramEvents(const std::vector<HistogramPtr>& histograms, const Starts& starts) {
  Events events;
  for (size_t i = 1; i < histograms.size(); ++i) {
    if (starts.ResetAt(i) || model::DetectReset(*histograms[i], *histograms[i - 1])) events.resets.push_back(i);
    if (starts.OverlapAt(i)) events.overlaps.push_back(i);
  }
  return events;
}

// A first sample that began to count within the window stands for a sample of 0 there.
void BeginAtStart(Started first, int64_t after_ms, Stretch* stretch) {
  if (first.start_ms == 0 || first.start_ms <= after_ms || first.start_ms >= first.t_ms) return;
  stretch->increase += stretch->first;
  stretch->first = 0;
  stretch->first_ms = first.start_ms;
  ++stretch->gaps;
}

void SayOverlap(const FunctionCall& call, const RangeInput& in) {
  AnnotationFigures figures;
  figures.form = AnnotationFigures::Form::kOccurrences;
  call.annotations->Add(AnnotationKind::kWarning, StartOverlapText(MetricName(in)), call.position(0), figures);
}

class RateRun {
 public:
  RateRun(const FunctionCall& call, const RangeInput& in, RateKind kind, SeriesColumn* out)
      : call_(call),
        in_(in),
        kind_(kind),
        out_(*out),
        float_starts_(in.samples.times, in.samples.starts, kind.counter && call.features.use_start_timestamps),
        histogram_starts_(in.samples.histogram_times, in.samples.histogram_starts,
                          kind.counter && call.features.use_start_timestamps) {}

  void Run() {
    Events float_events;
    Events histogram_events;
    if (kind_.counter) {
      float_events = FindFloatEvents(in_.samples.values, float_starts_);
      histogram_events = FindHistogramEvents(in_.samples.histograms, histogram_starts_);
    }
    EventSlider float_resets(float_events.resets);
    EventSlider float_overlaps(float_events.overlaps);
    EventSlider histogram_resets(histogram_events.resets);
    EventSlider histogram_overlaps(histogram_events.overlaps);
    bool mixed = false;
    ForEachWindow(call_, in_, [&](size_t step, Bounds floats, Bounds histograms) {
      if (!floats.empty() && !histograms.empty()) {
        mixed = true;
      } else if (floats.size() > 1) {
        FloatStep(step, floats, float_resets.Move(floats));
        if (!float_overlaps.Move(floats).empty()) SayOverlap(call_, in_);
      } else if (histograms.size() > 1) {
        HistogramStep(step, histograms, histogram_resets.Move(histograms));
        if (!histogram_overlaps.Move(histograms).empty()) SayOverlap(call_, in_);
      }
    });
    if (mixed) call_.annotations->Warn(MixedFloatsHistogramsText(MetricName(in_)), call_.position(0));
  }

 private:
  double Factor(const Stretch& stretch, size_t step) const {
    const int64_t until = in_.windows.end(step);
    return ExtrapolationFactor(stretch, until - in_.windows.range_ms, until, kind_, in_.windows.range_ms);
  }

  void FloatStep(size_t step, Bounds bounds, std::span<const size_t> resets) {
    const std::vector<double>& values = in_.samples.values;
    const std::vector<int64_t>& times = in_.samples.times;
    Stretch stretch = {times[bounds.begin], times[bounds.end - 1], bounds.size() - 1, values[bounds.begin],
                       values[bounds.end - 1] - values[bounds.begin]};
    for (const size_t reset : resets) stretch.increase += values[reset - 1];
    if (float_starts_.known()) {
      BeginAtStart(float_starts_.at(bounds.begin), in_.windows.end(step) - in_.windows.range_ms, &stretch);
    }
    out_.SetFloat(step, stretch.increase * Factor(stretch, step));
  }

  void HistogramStep(size_t step, Bounds bounds, std::span<const size_t> resets) {
    const std::vector<int64_t>& times = in_.samples.histogram_times;
    const auto points = std::span<const HistogramPtr>(in_.samples.histograms).subspan(bounds.begin, bounds.size());
    auto increase = HistogramIncrease({points, resets, bounds.begin}, kind_.counter, MetricName(in_), call_.position(0),
                                      call_.annotations);
    if (increase == nullptr) return;
    Stretch stretch = {times[bounds.begin], times[bounds.end - 1], bounds.size() - 1, points[0]->count,
                       increase->count};
    if (histogram_starts_.known()) AddFirst(bounds, step, points[0], &stretch, increase.get());
    model::Multiply(increase.get(), Factor(stretch, step));
    increase->reset_hint = model::CounterResetHint::kGauge;
    out_.SetHistogram(step, std::move(increase));
  }

  void AddFirst(Bounds bounds, size_t step, const HistogramPtr& first, Stretch* stretch,
                model::NativeHistogram* increase) const {
    const size_t gaps = stretch->gaps;
    BeginAtStart(histogram_starts_.at(bounds.begin), in_.windows.end(step) - in_.windows.range_ms, stretch);
    if (stretch->gaps == gaps) return;
    model::HistogramNotes ignored;
    if (model::Add(increase, *first, &ignored)) model::Compact(increase);
    stretch->increase = increase->count;
  }

  const FunctionCall& call_;
  const RangeInput& in_;
  const RateKind kind_;
  SeriesColumn& out_;
  Starts float_starts_;
  Starts histogram_starts_;
};

bool LooksLikeCounter(std::string_view name) {
  for (const std::string_view suffix : {"_total", "_sum", "_count", "_bucket"}) {
    if (name.ends_with(suffix)) return true;
  }
  return false;
}

// rate and increase of what does not look like a counter, with a float in the result.
void SayNotCounter(const FunctionCall& call, const RangeInput& in, const SeriesColumn& out) {
  const std::string_view name = MetricName(in);
  if (name.empty()) return;
  const bool any = std::any_of(out.kinds.begin(), out.kinds.end(), [](StepKind k) { return k == StepKind::kFloat; });
  if (!any) return;
  if (call.features.type_and_unit_labels) {
    const std::string_view type = in.labels.Get("__type__");
    if (type == "counter" || type == "histogram") return;
    call.annotations->Info(PossibleNonCounterTypeText(type, name), call.position(0));
  } else if (!LooksLikeCounter(name)) {
    call.annotations->Info(PossibleNonCounterText(name), call.position(0));
  }
}

base::Status Run(const FunctionCall& call, const RangeInput& in, RateKind kind, SeriesColumn* out) {
  if (in.windows.anchored || in.windows.smoothed) {
    RETURN_IF_ERROR(RunExtendedRate(call, in, kind, out));
  } else if (in.samples.histogram_times.empty() &&
             (!kind.counter || !call.features.use_start_timestamps || in.samples.starts.empty())) {
    RunFloatRate(in.windows, in.samples, kind, out);
  } else {
    RateRun(call, in, kind, out).Run();
  }
  if (kind.counter) SayNotCounter(call, in, *out);
  return base::OkStatus();
}

// Histograms on their way to an increase.
class IncreaseRun {
 public:
  IncreaseRun(const HistogramPoints& in, bool counter) : in_(in), counter_(counter) {}

  std::shared_ptr<model::NativeHistogram> Run() {
    const model::NativeHistogram* first = in_.points[0].get();
    std::span<const size_t> resets = in_.resets;
    // With a reset right after the first point, its layout does not matter: it is as good as empty.
    model::NativeHistogram nothing;
    if (!resets.empty() && resets[0] == in_.base + 1) {
      nothing.schema = in_.points[1]->schema;
      nothing.custom_values = in_.points[1]->custom_values;
      first = &nothing;
      resets = resets.subspan(1);
    }
    if (!FindSchema(*first)) return nullptr;
    auto h = std::make_shared<model::NativeHistogram>(model::CopyToSchema(*in_.points.back(), schema_));
    model::HistogramNotes notes;
    if (!model::Subtract(h.get(), *first, &notes)) return nullptr;
    subtracted_ = notes.bounds_reconciled;
    model::HistogramNotes additions;
    for (const size_t reset : resets) {
      if (!model::Add(h.get(), *in_.points[reset - in_.base - 1], &additions)) return nullptr;
    }
    added_ = additions.bounds_reconciled;
    h->reset_hint = model::CounterResetHint::kGauge;
    model::Compact(h.get());
    return h;
  }

  bool subtracted() const { return subtracted_; }
  bool added() const { return added_; }

 private:
  // The lowest schema of all that is looked at; false if exponential and custom ones are mixed.
  bool FindSchema(const model::NativeHistogram& first) {
    const bool custom = model::UsesCustomBuckets(first);
    schema_ = std::min(first.schema, in_.points.back()->schema);
    if (model::UsesCustomBuckets(*in_.points.back()) != custom) return false;
    if (!counter_) return true;
    for (const HistogramPtr& point : in_.points.subspan(1, in_.points.size() - 2)) {
      if (model::UsesCustomBuckets(*point) != custom) return false;
      schema_ = std::min(schema_, point->schema);
    }
    return true;
  }

  const HistogramPoints& in_;
  bool counter_;
  int32_t schema_ = 0;
  bool subtracted_ = false;
  bool added_ = false;
};

}  // namespace

std::shared_ptr<model::NativeHistogram> HistogramIncrease(const HistogramPoints& in, bool counter,
                                                          std::string_view metric, PositionRange position,
                                                          Annotations* annotations) {
  const auto is_gauge = [](const HistogramPtr& h) { return h->reset_hint == model::CounterResetHint::kGauge; };
  IncreaseRun run(in, counter);
  auto increase = run.Run();
  if (counter && std::any_of(in.points.begin(), in.points.end(), is_gauge)) {
    annotations->Warn(NotCounterText(metric), position);
  }
  if (increase == nullptr) {
    annotations->Warn(MixedSchemasText(metric), position);
    return nullptr;
  }
  if (!counter && (!is_gauge(in.points.front()) || !is_gauge(in.points.back()))) {
    annotations->Warn(NotGaugeText(metric), position);
  }
  if (run.subtracted()) annotations->Info(BoundsReconciledText(HistogramOperation::kSubtraction), position);
  if (run.added()) annotations->Info(BoundsReconciledText(HistogramOperation::kAddition), position);
  return increase;
}

base::Status RunRate(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Run(call, in, {.counter = true, .per_second = true}, out);
}
base::Status RunIncrease(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Run(call, in, {.counter = true, .per_second = false}, out);
}
base::Status RunDelta(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Run(call, in, {.counter = false, .per_second = false}, out);
}

}  // namespace bekci::promql
