#include "agent/promql/look_back.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/interpolation.h"

namespace bekci::promql {
namespace {

using storage::Samples;

// Moves over a column of times as the steps move on: how many of them are not after t.
class Cursor {
 public:
  explicit Cursor(const std::vector<int64_t>& times) : times_(times) {}
  size_t Until(int64_t t_ms) {
    while (count_ < times_.size() && times_[count_] <= t_ms) ++count_;
    return count_;
  }

 private:
  const std::vector<int64_t>& times_;
  size_t count_ = 0;
};

// Calls on_float(step, index) or on_histogram(step, index) for the sample each step sees.
template <typename OnFloat, typename OnHistogram>
void ForEachStep(const Samples& samples, const Windows& windows, size_t steps, OnFloat&& on_float,
                 OnHistogram&& on_histogram) {
  Cursor floats(samples.times);
  Cursor histograms(samples.histogram_times);
  for (size_t step = 0; step < steps; ++step) {
    const int64_t end = windows.end(step);
    const int64_t after = end - windows.range_ms;
    const size_t f = floats.Until(end);
    const size_t h = histograms.Until(end);
    const int64_t float_time = f == 0 ? INT64_MIN : samples.times[f - 1];
    const int64_t histogram_time = h == 0 ? INT64_MIN : samples.histogram_times[h - 1];
    if (std::max(float_time, histogram_time) <= after) continue;
    if (float_time < histogram_time) {
      on_histogram(step, h - 1);
    } else if (!storage::IsStale(samples.values[f - 1])) {
      on_float(step, f - 1);
    }
  }
}

// Most series hold floats alone, and most steps look at a sample near the last one's.
void LookBackFloats(const Samples& samples, const Windows& windows, SeriesColumn* out) {
  const int64_t* times = samples.times.data();
  const double* values = samples.values.data();
  const size_t size = samples.times.size();
  const size_t steps = out->steps();
  size_t next = 0;
  int64_t end = windows.first_end_ms;
  for (size_t step = 0; step < steps; ++step, end += windows.step_ms) {
    while (next < size && times[next] <= end) ++next;
    if (next == 0 || times[next - 1] <= end - windows.range_ms || storage::IsStale(values[next - 1])) continue;
    out->kinds[step] = StepKind::kFloat;
    out->values[step] = values[next - 1];
  }
}

// First index whose time is not before t.
size_t FirstFrom(const std::vector<int64_t>& times, size_t from, size_t to, int64_t t_ms) {
  const auto begin = times.begin();
  return static_cast<size_t>(
      std::lower_bound(begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to), t_ms) -
      begin);
}

void SmoothFloat(const Samples& samples, size_t from, size_t to, int64_t t_ms, size_t step, SeriesColumn* out) {
  const size_t next = FirstFrom(samples.times, from, to, t_ms);
  if (next < to && samples.times[next] == t_ms) {
    out->SetFloat(step, samples.values[next]);
  } else if (next > from && next < to) {
    out->SetFloat(step,
                  Interpolate(samples.values[next - 1], samples.values[next],
                              {.before_ms = samples.times[next - 1], .after_ms = samples.times[next], .at_ms = t_ms}));
  } else if (next > from) {
    out->SetFloat(step, samples.values[next - 1]);
  }
}

// False: layouts do not go together.
bool SmoothHistogram(const Samples& samples, size_t from, size_t to, int64_t t_ms, size_t step, SeriesColumn* out) {
  const auto& times = samples.histogram_times;
  const size_t next = FirstFrom(times, from, to, t_ms);
  if (next < to && times[next] == t_ms) {
    out->SetHistogram(step, samples.histograms[next]);
  } else if (next > from && next < to) {
    bool reconciled = false;
    const bool counter = samples.histograms[next]->reset_hint != model::CounterResetHint::kGauge;
    HistogramPtr between = Interpolate(
        *samples.histograms[next - 1], *samples.histograms[next],
        {.before_ms = times[next - 1], .after_ms = times[next], .at_ms = t_ms, .counter = counter}, &reconciled);
    if (between == nullptr) return false;
    out->SetHistogram(step, std::move(between));
  } else if (next > from) {
    out->SetHistogram(step, samples.histograms[next - 1]);
  }
  return true;
}

}  // namespace

void LookBack(const Samples& samples, const Windows& windows, SeriesColumn* out) {
  if (samples.histogram_times.empty()) return LookBackFloats(samples, windows, out);
  ForEachStep(
      samples, windows, out->steps(), [&](size_t step, size_t i) { out->SetFloat(step, samples.values[i]); },
      [&](size_t step, size_t i) { out->SetHistogram(step, samples.histograms[i]); });
}

void LookBackTimes(const Samples& samples, const Windows& windows, SeriesColumn* out) {
  const auto seconds = [&](size_t step, int64_t t_ms) { out->SetFloat(step, static_cast<double>(t_ms) / 1000); };
  ForEachStep(
      samples, windows, out->steps(), [&](size_t step, size_t i) { seconds(step, samples.times[i]); },
      [&](size_t step, size_t i) { seconds(step, samples.histogram_times[i]); });
}

void LookBackStarts(const Samples& samples, const Windows& windows, SeriesColumn* out) {
  const auto seconds = [&](size_t step, const std::vector<int64_t>& starts, size_t i) {
    if (!starts.empty() && starts[i] != 0) out->SetFloat(step, static_cast<double>(starts[i]) / 1000);
  };
  ForEachStep(
      samples, windows, out->steps(), [&](size_t step, size_t i) { seconds(step, samples.starts, i); },
      [&](size_t step, size_t i) { seconds(step, samples.histogram_starts, i); });
}

SmoothedFlags Smooth(const Samples& samples, const Windows& windows, SeriesColumn* out) {
  SmoothedFlags flags;
  Cursor floats_before(samples.times), floats_within(samples.times);
  Cursor histograms_before(samples.histogram_times), histograms_within(samples.histogram_times);
  for (size_t step = 0; step < out->steps(); ++step) {
    const int64_t t_ms = windows.end(step);
    const size_t float_from = floats_before.Until(t_ms - windows.range_ms);
    const size_t float_to = floats_within.Until(t_ms + windows.range_ms);
    const size_t histogram_from = histograms_before.Until(t_ms - windows.range_ms);
    const size_t histogram_to = histograms_within.Until(t_ms + windows.range_ms);
    if (float_from < float_to && histogram_from < histogram_to) {
      flags.mixed_kinds = true;
    } else if (float_from < float_to) {
      SmoothFloat(samples, float_from, float_to, t_ms, step, out);
    } else if (!SmoothHistogram(samples, histogram_from, histogram_to, t_ms, step, out)) {
      flags.mixed_layouts = true;
    }
  }
  return flags;
}

void ReduceToStatistics(Samples* samples) {
  using model::CounterResetHint;
  HistogramPtr previous;
  for (HistogramPtr& histogram : samples->histograms) {
    auto reduced = std::make_shared<model::NativeHistogram>();
    reduced->is_float = true;
    reduced->schema = histogram->schema;
    reduced->count = histogram->count;
    reduced->sum = histogram->sum;
    reduced->reset_hint = histogram->reset_hint;
    if (histogram->reset_hint == CounterResetHint::kUnknown && previous != nullptr) {
      reduced->reset_hint = model::DetectReset(*histogram, *previous) ? CounterResetHint::kYes : CounterResetHint::kNo;
    }
    previous = std::exchange(histogram, std::move(reduced));
  }
}

void RemoveStale(Samples* samples) {
  const size_t size = samples->values.size();
  size_t kept = 0;
  while (kept < size && !storage::IsStale(samples->values[kept])) ++kept;
  for (size_t i = kept; i < size; ++i) {
    if (storage::IsStale(samples->values[i])) continue;
    samples->values[kept] = samples->values[i];
    samples->times[kept] = samples->times[i];
    if (!samples->starts.empty()) samples->starts[kept] = samples->starts[i];
    ++kept;
  }
  samples->values.resize(kept);
  samples->times.resize(kept);
  if (!samples->starts.empty()) samples->starts.resize(kept);
}

}  // namespace bekci::promql
