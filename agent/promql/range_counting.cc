// Range functions that count or pick samples: each step costs the same however many samples its window holds.
//
// changes and resets are differences of a running count of events over the whole series: an event belongs to the
// later one of the two samples it lies between. Source: Prometheus 3.14, promql/functions.go.
#include <algorithm>
#include <cmath>
#include <vector>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/counter_resets.h"
#include "agent/promql/function_kernels.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

// One sample of a series that may hold both kinds.
struct Mark {
  int64_t t_ms = 0;
  bool is_float = true;
  size_t index = 0;  // in its column
};

bool FloatsFirst(const RangeInput& in, Bounds floats, Bounds histograms) {
  return histograms.empty() ||
         (!floats.empty() && in.samples.times[floats.begin] < in.samples.histogram_times[histograms.begin]);
}
bool FloatsLast(const RangeInput& in, Bounds floats, Bounds histograms) {
  return histograms.empty() ||
         (!floats.empty() && in.samples.times[floats.end - 1] > in.samples.histogram_times[histograms.end - 1]);
}

// Calls f(step, sample) with the first or last sample of every window that has one.
template <typename F>
base::Status ForEachPick(const FunctionCall& call, const RangeInput& in, bool last, F&& f) {
  ForEachWindow(call, in, [&](size_t step, Bounds floats, Bounds histograms) {
    if (floats.empty() && histograms.empty()) return;
    Mark mark;
    mark.is_float = last ? FloatsLast(in, floats, histograms) : FloatsFirst(in, floats, histograms);
    const Bounds bounds = mark.is_float ? floats : histograms;
    mark.index = last ? bounds.end - 1 : bounds.begin;
    mark.t_ms = (mark.is_float ? in.samples.times : in.samples.histogram_times)[mark.index];
    f(step, mark);
  });
  return base::OkStatus();
}

base::Status Pick(const FunctionCall& call, const RangeInput& in, bool last, SeriesColumn* out) {
  return ForEachPick(call, in, last, [&](size_t step, const Mark& mark) {
    if (mark.is_float) {
      out->SetFloat(step, in.samples.values[mark.index]);
    } else {
      out->SetHistogram(step, in.samples.histograms[mark.index]);
    }
  });
}

base::Status PickTime(const FunctionCall& call, const RangeInput& in, bool last, SeriesColumn* out) {
  return ForEachPick(call, in, last, [&](size_t step, const Mark& mark) {
    out->SetFloat(step, static_cast<double>(mark.t_ms) / 1000);
  });
}

// Both columns as one, by time.
std::vector<Mark> InOrder(const storage::Samples& samples) {
  std::vector<Mark> marks;
  marks.reserve(samples.size());
  size_t f = 0;
  size_t h = 0;
  while (f < samples.times.size() || h < samples.histogram_times.size()) {
    const bool take_float = h == samples.histogram_times.size() ||
                            (f < samples.times.size() && samples.times[f] < samples.histogram_times[h]);
    marks.push_back(take_float ? Mark{samples.times[f], true, f} : Mark{samples.histogram_times[h], false, h});
    ++(take_float ? f : h);
  }
  return marks;
}

// How many events there were up to each sample.
class RunningCount {
 public:
  // `of_floats(i)` and `of_histograms(i)` tell of an event between sample i - 1 and i of their column; between a float
  // and a histogram there always is one.
  template <typename F, typename H>
  RunningCount(const storage::Samples& samples, F&& of_floats, H&& of_histograms) {
    if (samples.histogram_times.empty()) {
      times_ = samples.times;
      counts_.resize(samples.times.size());
      for (size_t i = 1; i < counts_.size(); ++i) counts_[i] = counts_[i - 1] + (of_floats(i) ? 1 : 0);
      return;
    }
    const std::vector<Mark> marks = InOrder(samples);
    counts_.resize(marks.size());
    own_times_.resize(marks.size());
    for (size_t i = 0; i < marks.size(); ++i) {
      own_times_[i] = marks[i].t_ms;
      if (i == 0) continue;
      const Mark& mark = marks[i];
      const bool event =
          mark.is_float != marks[i - 1].is_float || (mark.is_float ? of_floats(mark.index) : of_histograms(mark.index));
      counts_[i] = counts_[i - 1] + (event ? 1 : 0);
    }
    times_ = own_times_;
  }
  RunningCount(const RunningCount&) = delete;
  RunningCount& operator=(const RunningCount&) = delete;

  void Fill(const FunctionCall& call, const Windows& windows, SeriesColumn* out) const {
    Slider slider(times_);
    for (size_t step = 0; step < call.grid.count; ++step) {
      const int64_t until = windows.end(step);
      const int64_t after = until - windows.range_ms;
      Bounds bounds = slider.Move(windows.anchored ? after - windows.lookback_ms : after, until);
      if (bounds.empty()) continue;
      if (windows.anchored) {
        if (times_[bounds.end - 1] <= after) continue;
        // From the last sample at or before the start on, if there is one.
        const auto inside = std::upper_bound(times_.begin() + static_cast<std::ptrdiff_t>(bounds.begin),
                                             times_.begin() + static_cast<std::ptrdiff_t>(bounds.end), after);
        const auto first = static_cast<size_t>(inside - times_.begin());
        bounds.begin = first == bounds.begin ? first : first - 1;
      }
      out->SetFloat(step, counts_[bounds.end - 1] - counts_[bounds.begin]);
    }
  }

 private:
  std::span<const int64_t> times_;
  std::vector<int64_t> own_times_;
  std::vector<uint32_t> counts_;
};

}  // namespace

base::Status RunCountOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  ForEachWindow(call, in, [&](size_t step, Bounds floats, Bounds histograms) {
    const size_t count = floats.size() + histograms.size();
    if (count > 0) out->SetFloat(step, static_cast<double>(count));
  });
  return base::OkStatus();
}

base::Status RunPresentOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  ForEachWindow(call, in, [&](size_t step, Bounds floats, Bounds histograms) {
    if (!floats.empty() || !histograms.empty()) out->SetFloat(step, 1);
  });
  return base::OkStatus();
}

base::Status RunFirstOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Pick(call, in, false, out);
}
base::Status RunLastOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return Pick(call, in, true, out);
}
base::Status RunTsOfFirstOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return PickTime(call, in, false, out);
}
base::Status RunTsOfLastOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  return PickTime(call, in, true, out);
}

base::Status RunChanges(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const std::vector<double>& v = in.samples.values;
  const std::vector<HistogramPtr>& h = in.samples.histograms;
  RunningCount(
      in.samples, [&](size_t i) { return v[i] != v[i - 1] && !(std::isnan(v[i]) && std::isnan(v[i - 1])); },
      [&](size_t i) { return h[i] != h[i - 1] && !model::Equal(*h[i], *h[i - 1]); })
      .Fill(call, in.windows, out);
  return base::OkStatus();
}

base::Status RunResets(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const bool wanted = call.features.use_start_timestamps;
  const Starts float_starts(in.samples.times, in.samples.starts, wanted);
  const Starts histogram_starts(in.samples.histogram_times, in.samples.histogram_starts, wanted);
  const std::vector<double>& v = in.samples.values;
  const std::vector<HistogramPtr>& h = in.samples.histograms;
  RunningCount(
      in.samples, [&](size_t i) { return v[i] < v[i - 1] || float_starts.ResetAt(i); },
      [&](size_t i) { return histogram_starts.ResetAt(i) || model::DetectReset(*h[i], *h[i - 1]); })
      .Fill(call, in.windows, out);
  return base::OkStatus();
}

}  // namespace bekci::promql
