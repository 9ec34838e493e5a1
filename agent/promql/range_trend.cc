// deriv, predict_linear and double_exponential_smoothing: the line or curve through the floats of a window.
//
// Least squares with compensated sums; the times are taken relative to one nearby, as squares of times since 1970
// would leave no digits for their differences. Source: Prometheus 3.14, promql/functions.go.
#include <cmath>
#include <cstdio>
#include <limits>

#include "agent/promql/function_kernels.h"
#include "agent/promql/kahan.h"
#include "agent/promql/range_window.h"

namespace bekci::promql {
namespace {

struct Line {
  double slope = 0;
  double intercept = 0;  // at the origin of time
};

bool AllEqual(std::span<const double> values) {
  for (const double value : values) {
    if (value != values[0]) return false;
  }
  return true;
}

Line FitLine(std::span<const int64_t> times, std::span<const double> values, int64_t origin_ms) {
  if (AllEqual(values)) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return std::isinf(values[0]) ? Line{nan, nan} : Line{0, values[0]};
  }
  KahanSum sum_x;
  KahanSum sum_y;
  KahanSum sum_xy;
  KahanSum sum_x2;
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(times[i] - origin_ms) / 1000;
    sum_x.Add(x);
    sum_y.Add(values[i]);
    sum_xy.Add(x * values[i]);
    sum_x2.Add(x * x);
  }
  const double n = static_cast<double>(values.size());
  const double x = sum_x.sum + sum_x.rest;
  const double y = sum_y.sum + sum_y.rest;
  const double covariance = (sum_xy.sum + sum_xy.rest) - x * y / n;
  const double variance = (sum_x2.sum + sum_x2.rest) - x * x / n;
  const double slope = covariance / variance;
  return {slope, y / n - slope * x / n};
}

base::Status CheckFactor(std::string_view what, double factor) {
  if (!(factor <= 0 || factor >= 1)) return base::OkStatus();
  const char letter = what[0];
  char text[400];
  snprintf(text, sizeof text, "invalid %s factor. Expected: 0 < %cf < 1, got: %f", what.data(), letter, factor);
  return base::Invalid(text);
}

double Smooth(std::span<const double> values, double smoothing, double trend_factor) {
  double before = 0;
  double level = values[0];
  double trend = values[1] - values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    if (i > 1) trend = trend_factor * (level - before) + (1 - trend_factor) * trend;
    const double next = smoothing * values[i] + (1 - smoothing) * (level + trend);
    before = level;
    level = next;
  }
  return level;
}

}  // namespace

base::Status RunDeriv(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const auto slope = [&](Bounds bounds) {
    return FitLine(TimesIn(in, bounds), ValuesIn(in, bounds), in.samples.times[bounds.begin]).slope;
  };
  return MapFloatWindows(call, in, 2, slope, out);
}

base::Status RunPredictLinear(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const ScalarColumn& ahead = call.scalar(1);
  ForEachFloatWindow(call, in, 2, call.position(0), [&](size_t step, Bounds bounds) {
    const Line line = FitLine(TimesIn(in, bounds), ValuesIn(in, bounds), call.grid.at(step));
    out->SetFloat(step, line.slope * ahead[step] + line.intercept);
  });
  return base::OkStatus();
}

base::Status RunDoubleExponentialSmoothing(const FunctionCall& call, const RangeInput& in, SeriesColumn* out) {
  const ScalarColumn& smoothing = call.scalar(1);
  const ScalarColumn& trend = call.scalar(2);
  for (size_t step = 0; step < call.grid.count; ++step) {
    RETURN_IF_ERROR(CheckFactor("smoothing", smoothing[step]));
    RETURN_IF_ERROR(CheckFactor("trend", trend[step]));
  }
  ForEachFloatWindow(call, in, 2, call.position(0), [&](size_t step, Bounds bounds) {
    out->SetFloat(step, Smooth(ValuesIn(in, bounds), smoothing[step], trend[step]));
  });
  return base::OkStatus();
}

}  // namespace bekci::promql
