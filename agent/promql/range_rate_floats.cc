// rate, increase and delta over a series of floats without start timestamps: what nearly every range query spends its
// time in, so the loop is written for it.
//
// Samples that come at even intervals lie in every window alike: then all that the extrapolation computes from times is
// the same from step to step and is kept (Shape). What depends on values is one comparison, unless the counter began so
// near zero that the extrapolation must stop there. Every result is the same to the last bit as step by step.
#include "agent/promql/range_rate.h"

namespace bekci::promql {
namespace {

// Where a window's samples lie in it, in ms, and what follows from that.
struct Shape {
  int64_t sampled_ms = -1;
  int64_t start_gap_ms = 0;
  int64_t end_gap_ms = 0;
  size_t gaps = 0;
  double sampled = 0;
  double to_start = 0;
  double to_end = 0;
  double factor = 0;

  bool Is(int64_t its_sampled, int64_t its_start_gap, int64_t its_end_gap, size_t its_gaps) const {
    return sampled_ms == its_sampled && start_gap_ms == its_start_gap && end_gap_ms == its_end_gap && gaps == its_gaps;
  }
};

class FloatRate {
 public:
  FloatRate(const Windows& windows, RateKind kind)
      : windows_(windows), kind_(kind), range_seconds_(static_cast<double>(windows.range_ms) / 1000) {}

  void Run(const storage::Samples& samples, const std::vector<size_t>& resets, SeriesColumn* out) {
    const int64_t* times = samples.times.data();
    const double* values = samples.values.data();
    const size_t size = samples.times.size();
    const size_t steps = out->steps();
    size_t begin = 0;
    size_t end = 0;
    size_t reset_begin = 0;
    int64_t until = windows_.first_end_ms;
    for (size_t step = 0; step < steps; ++step, until += windows_.step_ms) {
      const int64_t after = until - windows_.range_ms;
      while (end < size && times[end] <= until) ++end;
      while (begin < end && times[begin] <= after) ++begin;
      if (end - begin < 2) continue;
      double increase = values[end - 1] - values[begin];
      while (reset_begin < resets.size() && resets[reset_begin] <= begin) ++reset_begin;
      for (size_t i = reset_begin; i < resets.size() && resets[i] < end; ++i) increase += values[resets[i] - 1];
      Look(times[end - 1] - times[begin], times[begin] - after, until - times[end - 1], end - begin - 1);
      out->kinds[step] = StepKind::kFloat;
      out->values[step] = increase * Factor(values[begin], increase);
    }
  }

 private:
  void Look(int64_t sampled_ms, int64_t start_gap_ms, int64_t end_gap_ms, size_t gaps) {
    if (shape_.Is(sampled_ms, start_gap_ms, end_gap_ms, gaps)) return;
    shape_ = {sampled_ms, start_gap_ms, end_gap_ms, gaps};
    shape_.sampled = static_cast<double>(sampled_ms) / 1000;
    const double spacing = shape_.sampled / static_cast<double>(gaps);
    const double threshold = spacing * 1.1;
    shape_.to_start = static_cast<double>(start_gap_ms) / 1000;
    shape_.to_end = static_cast<double>(end_gap_ms) / 1000;
    if (shape_.to_start >= threshold) shape_.to_start = spacing / 2;
    if (shape_.to_end >= threshold) shape_.to_end = spacing / 2;
    shape_.factor = FactorFrom(shape_.to_start);
  }

  double FactorFrom(double to_start) const {
    const double factor = (shape_.sampled + to_start + shape_.to_end) / shape_.sampled;
    return kind_.per_second ? factor / range_seconds_ : factor;
  }

  // A counter is not extrapolated below zero. From twice the increase on, zero is farther away than any window's start:
  // that gap is at most 1.1 times the time between two samples.
  double Factor(double first, double increase) const {
    if (kind_.counter && increase > 0 && first >= 0 && first < 2 * increase) {
      const double to_zero = shape_.sampled * (first / increase);
      if (to_zero < shape_.to_start) return FactorFrom(to_zero);
    }
    return shape_.factor;
  }

  const Windows& windows_;
  RateKind kind_;
  double range_seconds_;
  Shape shape_;
};

}  // namespace

void RunFloatRate(const Windows& windows, const storage::Samples& samples, RateKind kind, SeriesColumn* out) {
  std::vector<size_t> resets;  // indexes of the first samples after one
  if (kind.counter) {
    const std::vector<double>& values = samples.values;
    for (size_t i = 1; i < values.size(); ++i) {
      if (values[i] < values[i - 1]) resets.push_back(i);
    }
  }
  FloatRate(windows, kind).Run(samples, resets, out);
}

}  // namespace bekci::promql
