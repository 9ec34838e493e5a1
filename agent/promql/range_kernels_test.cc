// The range kernels alone: against the naive functions on random series, and the corners that random series miss.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "agent/base/random.h"
#include "agent/base/text.h"
#include "agent/promql/kernels.h"
#include "agent/promql/naive_evaluator_for_tests.h"
#include "agent/promql/parser.h"

namespace bekci::promql::range_kernels_test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
const model::Labels kLabels{{model::kMetricName, "m"}, {"l", "a"}};

struct Outcome {
  base::Status status;
  SeriesColumn column;
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

struct Setting {
  StepGrid grid;
  Windows windows;
  std::vector<double> scalars = {};  // constant over the steps, before or after the range as the function has them
};

Outcome Run(const std::string& query, const storage::Samples& samples, const Setting& setting) {
  const ExprPtr expr = std::move(ParseExpr(query, Features::All())).value();
  const Call& call = As<Call>(*expr);
  std::vector<Argument> args;
  size_t scalar = 0;
  for (const ExprPtr& arg : call.args) {
    if (arg->type == ValueType::kScalar) {
      args.emplace_back(ScalarColumn(setting.grid.count, setting.scalars[scalar++]));
    } else {
      args.emplace_back();
    }
  }
  Annotations annotations;
  const QueryRange whole{setting.grid.start_ms, setting.grid.end_ms(), setting.grid.step_ms};
  const Features features = Features::All();
  const FunctionCall function_call{call, setting.grid, whole, features, &annotations, args};
  Outcome outcome;
  outcome.column.Reset(setting.grid.count);
  const Kernel* kernel = FindKernel(call.function->id);
  outcome.status =
      std::get<RangeKernel>(kernel->run)(function_call, {kLabels, samples, setting.windows, false}, &outcome.column);
  outcome.warnings = annotations.Texts(AnnotationKind::kWarning, query);
  outcome.infos = annotations.Texts(AnnotationKind::kInfo, query);
  return outcome;
}

struct RandomSeries {
  storage::Samples samples;
  bool has_histograms = false;
};

std::shared_ptr<const model::NativeHistogram> RandomHistogram(base::Random* random, double scale) {
  auto h = std::make_shared<model::NativeHistogram>();
  h->schema = static_cast<int32_t>(random->Below(2));
  h->zero_threshold = 0.001;
  const auto buckets = static_cast<uint32_t>(1 + random->Below(4));
  h->positive_spans = {{static_cast<int32_t>(random->Below(3)), buckets}};
  for (uint32_t i = 0; i < buckets; ++i) {
    h->positive_buckets.push_back(std::floor(scale * random->Fraction()));
    h->count += h->positive_buckets.back();
    h->sum += h->positive_buckets.back() * i;
  }
  return h;
}

RandomSeries MakeSeries(base::Random* random) {
  RandomSeries series;
  const uint64_t kind = random->Below(6);  // 0: mixed, 1: histograms, else floats
  double value = random->Fraction() * 100;
  int64_t t = static_cast<int64_t>(random->Below(30'000));
  while (t < 1'500'000) {
    const bool histogram = kind == 1 || (kind == 0 && t % 400'000 > 250'000);
    if (histogram) {
      series.samples.histogram_times.push_back(t);
      series.samples.histograms.push_back(RandomHistogram(random, static_cast<double>(t) / 1000));
      series.has_histograms = true;
    } else {
      if (random->Below(20) == 0) value = random->Fraction();
      if (random->Below(4) != 0) value += std::floor(random->Fraction() * 50);
      series.samples.times.push_back(t);
      series.samples.values.push_back(random->Below(40) == 0 && kind == 2 ? kNan : value);
    }
    t += 5'000 + static_cast<int64_t>(random->Below(25'000));
    if (random->Below(30) == 0) t += 200'000;
  }
  return series;
}

bool Near(double a, double b, double scale) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-9 * (std::abs(a) + std::abs(b) + scale);
}

std::vector<NaiveSample> WindowOf(const storage::Samples& s, int64_t after, int64_t until) {
  std::vector<NaiveSample> out;
  for (size_t i = 0; i < s.times.size(); ++i) {
    if (s.times[i] > after && s.times[i] <= until) out.push_back({s.times[i], s.values[i], nullptr});
  }
  for (size_t i = 0; i < s.histogram_times.size(); ++i) {
    if (s.histogram_times[i] > after && s.histogram_times[i] <= until) {
      out.push_back({s.histogram_times[i], 0, s.histograms[i]});
    }
  }
  std::sort(out.begin(), out.end(), [](const NaiveSample& a, const NaiveSample& b) { return a.t_ms < b.t_ms; });
  return out;
}

TEST_CASE("sliding over windows gives what looking at each window alone gives") {
  const std::vector<std::string> functions = {"rate",
                                              "increase",
                                              "delta",
                                              "irate",
                                              "idelta",
                                              "sum_over_time",
                                              "avg_over_time",
                                              "count_over_time",
                                              "present_over_time",
                                              "first_over_time",
                                              "last_over_time",
                                              "ts_of_first_over_time",
                                              "ts_of_last_over_time",
                                              "min_over_time",
                                              "max_over_time",
                                              "ts_of_min_over_time",
                                              "ts_of_max_over_time",
                                              "stdvar_over_time",
                                              "stddev_over_time",
                                              "mad_over_time",
                                              "quantile_over_time",
                                              "changes",
                                              "resets",
                                              "deriv",
                                              "predict_linear"};
  base::SeededRandom random(11);
  size_t compared = 0;
  for (int round = 0; round < 120; ++round) {
    const RandomSeries series = MakeSeries(&random);
    Setting setting;
    setting.grid = {static_cast<int64_t>(random.Below(200'000)), 1 + static_cast<int64_t>(random.Below(90'000)), 20};
    setting.windows.first_end_ms = setting.grid.start_ms - static_cast<int64_t>(random.Below(2)) * 10'000;
    setting.windows.step_ms = random.Below(6) == 0 ? 0 : setting.grid.step_ms;
    setting.windows.range_ms = 1'000 + static_cast<int64_t>(random.Below(600'000));
    for (const std::string& name : functions) {
      std::string query = name + "(m[5m])";
      setting.scalars = {};
      if (name == "quantile_over_time") query = name + "(0.7, m[5m])", setting.scalars = {0.7};
      if (name == "predict_linear") query = name + "(m[5m], 60)", setting.scalars = {60};
      const Outcome outcome = Run(query, series.samples, setting);
      REQUIRE(outcome.status.ok());
      for (size_t step = 0; step < setting.grid.count; ++step) {
        const int64_t until = setting.windows.end(step);
        const int64_t after = until - setting.windows.range_ms;
        const auto samples = WindowOf(series.samples, after, until);
        const auto naive =
            std::move(NaiveRangeFunction(name, {samples, after, until, setting.grid.at(step), setting.scalars}))
                .value();
        INFO(name, " round ", round, " step ", step);
        REQUIRE(outcome.column.has(step) == naive.has_value());
        if (!naive) continue;
        ++compared;
        REQUIRE(outcome.column.is_histogram(step) == (naive->histogram != nullptr));
        if (naive->histogram == nullptr) {
          const double scale = name == "deriv" || name == "predict_linear" || name.starts_with("std") ? 100 : 1e-3;
          INFO(outcome.column.values[step], " expected ", naive->value);
          REQUIRE(Near(outcome.column.values[step], naive->value, scale));
        } else {
          const model::NativeHistogram& h = *outcome.column.histograms[step];
          REQUIRE(Near(h.count, naive->histogram->count, 1e-3));
          REQUIRE(Near(h.sum, naive->histogram->sum, 1e-3));
        }
      }
    }
  }
  CHECK(compared > 20'000);
}

storage::Samples Floats(std::vector<int64_t> times, std::vector<double> values) {
  storage::Samples samples;
  samples.times = std::move(times);
  samples.values = std::move(values);
  return samples;
}

Setting At(int64_t t_ms, int64_t range_ms) {
  Setting setting;
  setting.grid = {t_ms, 1, 1};
  setting.windows.first_end_ms = t_ms;
  setting.windows.range_ms = range_ms;
  return setting;
}

TEST_CASE("sums are compensated, and means survive sums beyond the largest double") {
  const auto large = Floats({1000, 2000, 3000, 4000}, {1, 1e100, 1, -1e100});
  CHECK(Run("sum_over_time(m[5s])", large, At(5000, 5000)).column.values[0] == 2);
  CHECK(Run("avg_over_time(m[5s])", large, At(5000, 5000)).column.values[0] == 0.5);
  const auto huge = Floats({1000, 2000, 3000}, {1.5e308, 1.5e308, 1.5e308});
  CHECK(Run("avg_over_time(m[5s])", huge, At(5000, 5000)).column.values[0] == doctest::Approx(1.5e308));
  const auto infinite = Floats({1000, 2000}, {1, std::numeric_limits<double>::infinity()});
  CHECK(std::isinf(Run("sum_over_time(m[5s])", infinite, At(5000, 5000)).column.values[0]));
  CHECK(std::isinf(Run("avg_over_time(m[5s])", infinite, At(5000, 5000)).column.values[0]));
}

TEST_CASE("of equal extremes the time is the last one's; NaN is the answer only if there is nothing else") {
  const auto samples = Floats({1000, 2000, 3000, 4000}, {kNan, 2, 2, 1});
  CHECK(Run("ts_of_max_over_time(m[5s])", samples, At(5000, 5000)).column.values[0] == 3);
  CHECK(Run("max_over_time(m[5s])", samples, At(5000, 5000)).column.values[0] == 2);
  CHECK(std::isnan(Run("min_over_time(m[5s])", samples, At(1500, 5000)).column.values[0]));
}

TEST_CASE("mixed windows: sums give nothing but a warning, extremes look at the floats and say so") {
  storage::Samples samples = Floats({1000, 2000}, {1, 2});
  samples.histogram_times = {3000};
  samples.histograms = {std::make_shared<model::NativeHistogram>()};
  const Outcome sum = Run("sum_over_time(m[5s])", samples, At(5000, 5000));
  CHECK_FALSE(sum.column.has(0));
  REQUIRE(sum.warnings.size() == 1);
  CHECK(sum.warnings[0] == "PromQL warning: encountered a mix of histograms and floats for metric name \"m\" (1:15)");
  const Outcome max = Run("max_over_time(m[5s])", samples, At(5000, 5000));
  CHECK(max.column.values[0] == 2);
  REQUIRE(max.infos.size() == 1);
  CHECK(max.infos[0] ==
        "PromQL info: ignored histograms in a range containing both floats and histograms for metric name \"m\" "
        "(1:15)");
}

TEST_CASE("smoothing factors outside 0 to 1 fail the query in Prometheus' words") {
  Setting setting = At(5000, 5000);
  setting.scalars = {1.5, 0.5};
  const auto samples = Floats({1000, 2000}, {1, 2});
  CHECK(Run("double_exponential_smoothing(m[5s], 1.5, 0.5)", samples, setting).status.message() ==
        "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.500000");
  setting.scalars = {0.5, 0};
  CHECK(Run("double_exponential_smoothing(m[5s], 0.5, 0)", samples, setting).status.message() ==
        "invalid trend factor. Expected: 0 < tf < 1, got: 0.000000");
}

TEST_CASE("rate of what is not named like a counter is remarked upon") {
  const Outcome outcome = Run("rate(m[5s])", Floats({1000, 2000}, {1, 2}), At(5000, 5000));
  CHECK(outcome.column.values[0] > 0);
  REQUIRE(outcome.infos.size() == 1);  // with __type__ in use, that is what is looked at
  CHECK(outcome.infos[0] ==
        "PromQL info: metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got "
        "\"\": \"m\" (1:6)");
  CHECK(outcome.warnings.empty());
}

TEST_CASE("a first sample that began within the window is an increase from 0 there") {
  storage::Samples samples = Floats({120'000, 180'000, 240'000}, {5, 5, 2});
  samples.starts = {60'000, 179'000, 0};
  CHECK(Run("increase(m[5m])", samples, At(300'000, 300'000)).column.values[0] == doctest::Approx(16));
  CHECK(Run("resets(m[5m])", samples, At(300'000, 300'000)).column.values[0] == 2);
}

TEST_CASE("anchored windows begin at the sample before them, smoothed ones in between") {
  const auto samples = Floats({0, 15'000, 30'000, 45'000, 60'000, 75'000, 90'000}, {1, 2, 3, 4, 5, 9, 10});
  Setting setting = At(80'000, 60'000);
  setting.windows.lookback_ms = 300'000;
  setting.windows.anchored = true;
  CHECK(Run("increase(m[1m] anchored)", samples, setting).column.values[0] == 7);
  CHECK(Run("changes(m[1m] anchored)", samples, setting).column.values[0] == 4);
  setting.windows.anchored = false;
  setting.windows.smoothed = true;
  CHECK(Run("increase(m[1m] smoothed)", samples, setting).column.values[0] == doctest::Approx(7));
}

}  // namespace
}  // namespace bekci::promql::range_kernels_test
