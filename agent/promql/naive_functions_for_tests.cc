// The functions of the naive evaluator, each from its definition.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/naive_evaluator_for_tests.h"

namespace bekci::promql {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

using Answer = std::optional<NaiveSample>;
using Numbers = std::vector<double>;

Answer Float(double value) {
  NaiveSample sample;
  sample.value = value;
  return sample;
}

std::vector<NaiveSample> Floats(const NaiveWindow& window) {
  std::vector<NaiveSample> floats;
  for (const NaiveSample& s : window.samples) {
    if (s.histogram == nullptr) floats.push_back(s);
  }
  return floats;
}

Numbers Values(const NaiveWindow& window) {
  Numbers values;
  for (const NaiveSample& s : Floats(window)) values.push_back(s.value);
  return values;
}

bool AllHistograms(const NaiveWindow& window) {
  return !window.samples.empty() && Floats(window).empty();
}
bool Mixed(const NaiveWindow& window) {
  return !AllHistograms(window) && Floats(window).size() != window.samples.size();
}

double Mean(const Numbers& values) {
  long double sum = 0;
  for (const double v : values) sum += v;
  return static_cast<double>(sum / static_cast<long double>(values.size()));
}

double PopulationVariance(const Numbers& values) {
  const double mean = Mean(values);
  long double sum = 0;
  for (const double v : values) sum += (v - mean) * (v - mean);
  return static_cast<double>(sum / static_cast<long double>(values.size()));
}

// The extrapolation of rate, in the words of its documentation.
double Extrapolation(const NaiveWindow& w, bool counter, double first, double increase) {
  const double span = static_cast<double>(w.samples.back().t_ms - w.samples.front().t_ms) / 1000;
  const double spacing = span / static_cast<double>(w.samples.size() - 1);
  double before = static_cast<double>(w.samples.front().t_ms - w.after_ms) / 1000;
  double after = static_cast<double>(w.until_ms - w.samples.back().t_ms) / 1000;
  if (before >= spacing * 1.1) before = spacing / 2;
  if (after >= spacing * 1.1) after = spacing / 2;
  if (counter && increase > 0 && first >= 0) before = std::min(before, span * first / increase);
  return (span + before + after) / span;
}

Answer HistogramGrowth(const NaiveWindow& w, bool counter, double per_second) {
  model::NativeHistogram sum;
  bool started = false;
  model::HistogramNotes notes;
  if (!counter) {
    sum = *w.samples.back().histogram;
    if (!model::Subtract(&sum, *w.samples[0].histogram, &notes)) return std::nullopt;
  }
  for (size_t i = 1; counter && i < w.samples.size(); ++i) {
    model::NativeHistogram step = *w.samples[i].histogram;
    const model::NativeHistogram& before = *w.samples[i - 1].histogram;
    const bool reset = counter && model::DetectReset(step, before);
    if (!reset && !model::Subtract(&step, before, &notes)) return std::nullopt;
    if (started && !model::Add(&sum, step, &notes)) return std::nullopt;
    if (!started) sum = step;
    started = true;
  }
  const double factor = Extrapolation(w, counter, w.samples[0].histogram->count, sum.count);
  model::Multiply(&sum, factor / per_second);
  NaiveSample answer;
  answer.histogram = std::make_shared<model::NativeHistogram>(sum);
  return answer;
}

Answer Growth(const NaiveWindow& w, bool counter, bool rate) {
  if (w.samples.size() < 2 || Mixed(w)) return std::nullopt;
  const double per_second = rate ? static_cast<double>(w.until_ms - w.after_ms) / 1000 : 1;
  if (AllHistograms(w)) return HistogramGrowth(w, counter, per_second);
  const Numbers v = Values(w);
  double increase = v.back() - v.front();
  for (size_t i = 1; i < v.size(); ++i) increase += counter && v[i] < v[i - 1] ? v[i - 1] : 0;
  return Float(increase * Extrapolation(w, counter, v[0], increase) / per_second);
}

Answer LastTwo(const NaiveWindow& w, bool rate) {
  if (w.samples.size() < 2) return std::nullopt;
  const NaiveSample& a = w.samples[w.samples.size() - 2];
  const NaiveSample& b = w.samples.back();
  if ((a.histogram == nullptr) != (b.histogram == nullptr)) return std::nullopt;
  const double seconds = rate ? static_cast<double>(b.t_ms - a.t_ms) / 1000 : 1;
  if (a.histogram == nullptr) return Float((rate && b.value < a.value ? b.value : b.value - a.value) / seconds);
  model::NativeHistogram h = *b.histogram;
  model::HistogramNotes notes;
  const bool reset = rate && model::DetectReset(h, *a.histogram);
  if (!reset && !model::Subtract(&h, *a.histogram, &notes)) return std::nullopt;
  model::Divide(&h, seconds);
  model::Compact(&h);
  NaiveSample answer;
  answer.histogram = std::make_shared<model::NativeHistogram>(h);
  return answer;
}

Answer AddUp(const NaiveWindow& w, bool mean) {
  if (w.samples.empty() || Mixed(w)) return std::nullopt;
  if (!AllHistograms(w)) {
    const double average = Mean(Values(w));
    return Float(mean ? average : average * static_cast<double>(w.samples.size()));
  }
  model::NativeHistogram sum = *w.samples[0].histogram;
  model::HistogramNotes notes;
  for (size_t i = 1; i < w.samples.size(); ++i) {
    if (!model::Add(&sum, *w.samples[i].histogram, &notes)) return std::nullopt;
  }
  if (mean) model::Divide(&sum, static_cast<double>(w.samples.size()));
  NaiveSample answer;
  answer.histogram = std::make_shared<model::NativeHistogram>(sum);
  return answer;
}

// Of (seconds relative to `origin`, value): slope and value at the origin.
std::optional<std::pair<double, double>> Line(const NaiveWindow& w, int64_t origin_ms) {
  const auto floats = Floats(w);
  if (floats.size() < 2) return std::nullopt;
  long double mx = 0;
  long double my = 0;
  const auto n = static_cast<long double>(floats.size());
  const auto x = [&](const NaiveSample& s) { return static_cast<long double>(s.t_ms - origin_ms) / 1000; };
  for (const NaiveSample& s : floats) {
    mx += x(s) / n;
    my += s.value / n;
  }
  long double xy = 0;
  long double xx = 0;
  for (const NaiveSample& s : floats) {
    xy += (x(s) - mx) * (s.value - my);
    xx += (x(s) - mx) * (x(s) - mx);
  }
  return std::pair(static_cast<double>(xy / xx), static_cast<double>(my - xy / xx * mx));
}

// The sample with the extreme value, its first or its last; NaN only where there is nothing else.
std::optional<NaiveSample> ExtremeOf(const NaiveWindow& w, int sign, bool last) {
  std::optional<NaiveSample> best;
  for (const NaiveSample& s : Floats(w)) {
    const bool better = !best || std::isnan(best->value) ||
                        (last ? sign * s.value >= sign * best->value : sign * s.value > sign * best->value);
    if (better) best = s;
  }
  return best;
}

size_t CountEvents(const NaiveWindow& w, const std::function<bool(const NaiveSample&, const NaiveSample&)>& event) {
  size_t events = 0;
  for (size_t i = 1; i < w.samples.size(); ++i) {
    const bool mixed = (w.samples[i].histogram == nullptr) != (w.samples[i - 1].histogram == nullptr);
    if (mixed || event(w.samples[i - 1], w.samples[i])) ++events;
  }
  return events;
}

bool Changed(const NaiveSample& a, const NaiveSample& b) {
  if (a.histogram != nullptr) return !model::Equal(*a.histogram, *b.histogram);
  return a.value != b.value && !(std::isnan(a.value) && std::isnan(b.value));
}
bool WasReset(const NaiveSample& a, const NaiveSample& b) {
  return a.histogram != nullptr ? model::DetectReset(*b.histogram, *a.histogram) : b.value < a.value;
}

Answer Seconds(const std::optional<NaiveSample>& s) {
  return s ? Float(static_cast<double>(s->t_ms) / 1000) : std::nullopt;
}
Answer First(const NaiveWindow& w) {
  return w.samples.empty() ? std::nullopt : Answer(w.samples.front());
}
Answer Last(const NaiveWindow& w) {
  return w.samples.empty() ? std::nullopt : Answer(w.samples.back());
}
Answer OfValues(const NaiveWindow& w, const std::function<double(Numbers)>& f) {
  const Numbers values = Values(w);
  return values.empty() ? std::nullopt : Float(f(values));
}

double MedianDeviation(Numbers values) {
  const double median = NaiveQuantile(0.5, values);
  for (double& v : values) v = std::abs(v - median);
  return NaiveQuantile(0.5, values);
}

const std::map<std::string, std::function<Answer(const NaiveWindow&)>>& RangeFunctions() {
  using W = NaiveWindow;
  static const std::map<std::string, std::function<Answer(const W&)>> kFunctions = {
      {"rate", [](const W& w) { return Growth(w, true, true); }},
      {"increase", [](const W& w) { return Growth(w, true, false); }},
      {"delta", [](const W& w) { return Growth(w, false, false); }},
      {"irate", [](const W& w) { return LastTwo(w, true); }},
      {"idelta", [](const W& w) { return LastTwo(w, false); }},
      {"sum_over_time", [](const W& w) { return AddUp(w, false); }},
      {"avg_over_time", [](const W& w) { return AddUp(w, true); }},
      {"count_over_time",
       [](const W& w) { return w.samples.empty() ? std::nullopt : Float(static_cast<double>(w.samples.size())); }},
      {"present_over_time", [](const W& w) { return w.samples.empty() ? std::nullopt : Float(1); }},
      {"first_over_time", First},
      {"last_over_time", Last},
      {"ts_of_first_over_time", [](const W& w) { return Seconds(First(w)); }},
      {"ts_of_last_over_time", [](const W& w) { return Seconds(Last(w)); }},
      {"min_over_time", [](const W& w) { return ExtremeOf(w, -1, false); }},
      {"max_over_time", [](const W& w) { return ExtremeOf(w, 1, false); }},
      {"ts_of_min_over_time", [](const W& w) { return Seconds(ExtremeOf(w, -1, true)); }},
      {"ts_of_max_over_time", [](const W& w) { return Seconds(ExtremeOf(w, 1, true)); }},
      {"stdvar_over_time", [](const W& w) { return OfValues(w, PopulationVariance); }},
      {"stddev_over_time",
       [](const W& w) { return OfValues(w, [](const Numbers& v) { return std::sqrt(PopulationVariance(v)); }); }},
      {"mad_over_time", [](const W& w) { return OfValues(w, MedianDeviation); }},
      {"quantile_over_time",
       [](const W& w) { return OfValues(w, [&](Numbers v) { return NaiveQuantile(w.scalars[0], std::move(v)); }); }},
      {"changes",
       [](const W& w) {
         return w.samples.empty() ? std::nullopt : Float(static_cast<double>(CountEvents(w, Changed)));
       }},
      {"resets",
       [](const W& w) {
         return w.samples.empty() ? std::nullopt : Float(static_cast<double>(CountEvents(w, WasReset)));
       }},
      {"deriv",
       [](const W& w) {
         const auto line = Floats(w).empty() ? std::nullopt : Line(w, w.samples[0].t_ms);
         return line ? Float(line->first) : std::nullopt;
       }},
      {"predict_linear",
       [](const W& w) {
         const auto line = Line(w, w.eval_ms);
         return line ? Float(line->second + line->first * w.scalars[0]) : std::nullopt;
       }},
  };
  return kFunctions;
}

// Seconds since the clock last showed 0; also before 1970.
double OnClock(double v, double period) {
  if (!std::isfinite(v)) v = 0x1p63;  // what Prometheus makes of it
  const double rest = std::fmod(std::trunc(v), period);
  return rest < 0 ? rest + period : rest;
}

double Sign(double v) {
  return v > 0 ? 1 : v < 0 ? -1 : v;
}

}  // namespace

double NaiveQuantile(double q, Numbers values) {
  if (values.empty() || std::isnan(q)) return kNan;
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  std::sort(values.begin(), values.end(), [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto low = static_cast<size_t>(rank);
  const size_t high = std::min(low + 1, values.size() - 1);
  const double weight = rank - static_cast<double>(low);
  return values[low] * (1 - weight) + values[high] * weight;
}

double NaiveClassicQuantile(double q, std::vector<std::pair<double, double>> buckets) {
  if (std::isnan(q)) return kNan;
  if (q < 0 || q > 1) return q < 0 ? -kInf : kInf;
  std::sort(buckets.begin(), buckets.end());
  if (buckets.size() < 2 || buckets.back().first != kInf) return kNan;
  for (size_t i = 1; i < buckets.size(); ++i) buckets[i].second = std::max(buckets[i].second, buckets[i - 1].second);
  const double rank = q * buckets.back().second;
  if (buckets.back().second == 0) return kNan;
  size_t i = 0;
  while (buckets[i].second < rank) ++i;
  if (i + 1 >= buckets.size()) return buckets[buckets.size() - 2].first;
  if (i == 0 && buckets[0].first <= 0) return buckets[0].first;
  const double start = i == 0 ? 0 : buckets[i - 1].first;
  const double below = i == 0 ? 0 : buckets[i - 1].second;
  return start + (buckets[i].first - start) * ((rank - below) / (buckets[i].second - below));
}

base::Result<std::optional<NaiveSample>> NaiveRangeFunction(const std::string& name, const NaiveWindow& window) {
  const auto found = RangeFunctions().find(name);
  if (found == RangeFunctions().end()) return base::NotFound("naive: no range function " + name);
  return found->second(window);
}

base::Result<std::optional<double>> NaiveElementFunction(const std::string& name, double value,
                                                         const std::vector<double>& scalars) {
  static const std::map<std::string, std::function<double(double)>> kSimple = {
      {"abs", [](double v) { return v < 0    ? -v
                                    : v == 0 ? 0
                                             : v; }},
      {"ceil", [](double v) { return std::ceil(v); }},
      {"floor", [](double v) { return std::floor(v); }},
      {"exp", [](double v) { return std::exp(v); }},
      {"ln", [](double v) { return std::log(v); }},
      {"sqrt", [](double v) { return std::pow(v, 0.5); }},
      {"sgn", Sign},
      {"sin", [](double v) { return std::sin(v); }},
      {"deg", [](double v) { return v / 3.14159265358979323846 * 180; }},
      {"hour", [](double v) { return std::floor(OnClock(v, 86400) / 3600); }},
      {"minute", [](double v) { return std::floor(OnClock(v, 3600) / 60); }},
  };
  if (const auto found = kSimple.find(name); found != kSimple.end()) return std::optional(found->second(value));
  if (name == "round") return std::optional(std::floor(value / scalars[0] + 0.5) * scalars[0]);
  if (name == "clamp_min") return std::optional(std::isnan(value) ? value : std::max(value, scalars[0]));
  if (name == "clamp_max") return std::optional(std::isnan(value) ? value : std::min(value, scalars[0]));
  if (name == "clamp") {
    if (scalars[0] > scalars[1]) return std::optional<double>();
    return std::optional(std::isnan(value) ? value : std::clamp(value, scalars[0], scalars[1]));
  }
  return base::NotFound("naive: no function " + name);
}

}  // namespace bekci::promql
