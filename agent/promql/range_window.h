// Windows: the samples that each step of a range function sees, found by two indexes that only move forward.
//
// A range kernel gets one series' columns and the windows of all steps (kernels.h). Windows overlap, so a kernel must
// not look at every sample of every window where the arithmetic allows another way; this file gives it the bounds and
// the pattern that most kernels share: floats count, histograms among them are ignored with an info.
// Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/promql/annotation_texts.h"
#include "agent/promql/kernels.h"

namespace bekci::promql {

// Indexes [begin, end) of the samples in a window.
struct Bounds {
  size_t begin = 0;
  size_t end = 0;
  size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  friend bool operator==(const Bounds&, const Bounds&) = default;
};

class Slider {
 public:
  explicit Slider(std::span<const int64_t> times) : times_(times) {}
  // The samples in (after_ms, until_ms]; neither bound may fall from call to call.
  Bounds Move(int64_t after_ms, int64_t until_ms) {
    while (bounds_.end < times_.size() && times_[bounds_.end] <= until_ms) ++bounds_.end;
    while (bounds_.begin < bounds_.end && times_[bounds_.begin] <= after_ms) ++bounds_.begin;
    return bounds_;
  }

 private:
  std::span<const int64_t> times_;
  Bounds bounds_;
};

inline std::string_view MetricName(const RangeInput& in) {
  return in.labels.Get(model::kMetricName);
}

// Calls f(step, floats, histograms) for every step with the bounds of its window in both columns.
template <typename F>
void ForEachWindow(const FunctionCall& call, const RangeInput& in, F&& f) {
  Slider floats(in.samples.times);
  Slider histograms(in.samples.histogram_times);
  for (size_t step = 0; step < call.grid.count; ++step) {
    const int64_t until = in.windows.end(step);
    const int64_t after = until - in.windows.range_ms;
    f(step, floats.Move(after, until), histograms.Move(after, until));
  }
}

// The same for kernels that look at floats alone: f(step, floats) where there are at least `min_floats`. Histograms
// beside a float are said once, at `position`.
template <typename F>
void ForEachFloatWindow(const FunctionCall& call, const RangeInput& in, size_t min_floats, PositionRange position,
                        F&& f) {
  bool ignored = false;
  ForEachWindow(call, in, [&](size_t step, Bounds floats, Bounds histograms) {
    if (floats.empty()) return;
    ignored = ignored || !histograms.empty();
    if (floats.size() >= min_floats) f(step, floats);
  });
  if (ignored) call.annotations->Info(HistogramsIgnoredText(MetricName(in)), position);
}

// Sets at every step with at least `min_floats` floats what f(step, floats) gives. A window that is the one before it
// (slow series, `@`) is not computed again; f must then depend on the window alone.
template <typename F>
base::Status MapFloatWindows(const FunctionCall& call, const RangeInput& in, size_t min_floats, F&& f,
                             SeriesColumn* out) {
  Bounds last;
  double value = 0;
  ForEachFloatWindow(call, in, min_floats, call.position(call.call.args.size() - 1), [&](size_t step, Bounds floats) {
    if (!(floats == last)) value = f(floats);
    last = floats;
    out->SetFloat(step, value);
  });
  return base::OkStatus();
}

inline std::span<const double> ValuesIn(const RangeInput& in, Bounds bounds) {
  return std::span<const double>(in.samples.values).subspan(bounds.begin, bounds.size());
}
inline std::span<const int64_t> TimesIn(const RangeInput& in, Bounds bounds) {
  return std::span<const int64_t>(in.samples.times).subspan(bounds.begin, bounds.size());
}

}  // namespace bekci::promql
