// The real engine against the naive evaluator: random series, random expressions, range queries. What they give must
// be the same series with the same points, up to rounding, and where one fails so must the other.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/model/histogram_arithmetic.h"
#include "agent/promql/engine.h"
#include "agent/promql/naive_evaluator_for_tests.h"
#include "agent/promql/parser.h"
#include "agent/promql/printer.h"
#include "agent/storage/memory_storage.h"

namespace bekci::promql::differential_test {
namespace {

constexpr int64_t kEndMs = 3'600'000;

// ---- series ----

std::shared_ptr<model::NativeHistogram> GrownHistogram(std::shared_ptr<model::NativeHistogram> h,
                                                       base::Random* random) {
  if (h == nullptr || random->Below(25) == 0) {
    h = std::make_shared<model::NativeHistogram>();
    h->is_float = true;
    h->zero_threshold = 0.001;
    h->schema = static_cast<int32_t>(random->Below(2));
    h->positive_spans = {{0, 4}};
    h->positive_buckets = {0, 0, 0, 0};
  } else {
    h = std::make_shared<model::NativeHistogram>(*h);
  }
  for (double& bucket : h->positive_buckets) {
    const auto more = static_cast<double>(random->Below(4));
    bucket += more;
    h->count += more;
    h->sum += more * 1.5;
  }
  return h;
}

void AppendSeries(storage::Appender* appender, const model::Labels& labels, bool histograms, base::Random* random) {
  double value = static_cast<double>(random->Below(1000));
  std::shared_ptr<model::NativeHistogram> histogram;
  const bool gauge = random->Below(2) == 0;
  for (auto t = static_cast<int64_t>(random->Below(15'000)); t <= kEndMs; t += 15'000) {
    if (random->Below(15) == 0) continue;
    if (random->Below(60) == 0) {
      REQUIRE(appender->Append(0, labels, t, storage::StaleMarker()).ok());
      t += static_cast<int64_t>(random->Below(40)) * 15'000;
      continue;
    }
    if (histograms) {
      histogram = GrownHistogram(histogram, random);
      REQUIRE(appender->AppendHistogram(0, labels, t, histogram).ok());
      continue;
    }
    value = random->Below(40) == 0 ? 0 : value + static_cast<double>(random->Below(20)) - (gauge ? 9 : 0);
    REQUIRE(appender->Append(0, labels, t, value).ok());
  }
}

void Fill(storage::MemoryStorage* store, base::Random* random) {
  auto appender = store->NewAppender();
  for (const std::string_view name : {"a_total", "b", "h"}) {
    for (const std::string_view job : {"x", "y"}) {
      for (const std::string_view instance : {"1", "2", "3"}) {
        if (random->Below(6) == 0) continue;
        AppendSeries(appender.get(), {{"__name__", name}, {"job", job}, {"instance", instance}}, name == "h", random);
      }
    }
  }
  for (const std::string_view job : {"x", "y"}) {
    for (const std::string_view le : {"0.1", "1", "10", "+Inf"}) {
      AppendSeries(appender.get(), {{"__name__", "c_bucket"}, {"job", job}, {"le", le}}, false, random);
    }
  }
  REQUIRE(appender->Commit().ok());
}

// ---- expressions ----

// Rounding differs between the two, so what jumps where its argument hardly moves (comparisons, floor, changes ...) is
// only made of what comes out exact: whole numbers that were picked, counted, added or multiplied.
class ExpressionMaker {
 public:
  explicit ExpressionMaker(base::Random* random) : random_(*random) {}

  std::string Vector(int depth) {
    switch (random_.Below(depth <= 0 ? 3 : 10)) {
      case 0:
        return Exact(depth);
      case 1:
      case 2:
        return RangeCall(depth);
      case 3:
        return Pick({"abs", "sin", "deg"}) + "(" + Vector(depth - 1) + ")";
      case 4:
        return Pick({"clamp_min", "clamp_max"}) + "(" + Vector(depth - 1) + ", " + Number() + ")";
      case 5:
        return Aggregation(Pick({"sum", "avg", "min", "max", "stddev", "stdvar", "quantile"}), Vector(depth - 1));
      case 6:
        return "(" + Vector(depth - 1) + " " + Pick({"+ 2", "- 0.5", "* -3", "/ 100", "/ 0", "atan2 2"}) + ")";
      case 7:
        return "(" + Vector(depth - 1) + " " + Pick({"+", "-", "*", "/"}) + Matching() + " " + Vector(depth - 1) + ")";
      case 8:
        return random_.Below(2) == 0 ? "-(" + Vector(depth - 1) + ")" : Histogram();
      default:
        return "(" + Vector(depth - 1) + " " + Pick({"and", "or", "unless"}) + Pick({"", " on(job)", " ignoring(le)"}) +
               " " + Vector(depth - 1) + ")";
    }
  }

 private:
  std::string Exact(int depth) {
    switch (random_.Below(depth <= 0 ? 2 : 7)) {
      case 0:
      case 1:
        return Selector() + Shift();
      case 2:
        return ExactRangeCall(depth);
      case 3:
        return Pick({"abs", "ceil", "floor", "sgn", "hour", "minute"}) + "(" + Exact(depth - 1) + ")";
      case 4:
        return Aggregation(Pick({"sum", "min", "max", "count", "group"}), Exact(depth - 1));
      case 5:
        return "(" + Exact(depth - 1) + " " + ExactOperator() + " " + Pick({"2", "-3", "100", "0"}) + ")";
      default:
        return "(" + Exact(depth - 1) + " " + ExactOperator() + Matching() + " " + Exact(depth - 1) + ")";
    }
  }

  std::string Pick(std::vector<std::string> choices) { return choices[random_.Below(choices.size())]; }

  std::string Selector() {
    if (random_.Below(7) == 0) return "{__name__=~\"a.*|b\", instance!=\"2\"}";
    return Pick({"a_total", "a_total", "b", "b", "h", "c_bucket"}) +
           Pick({"", "", "{job=\"x\"}", "{instance=~\"1|2\"}", "{instance!=\"2\"}"});
  }
  std::string Shift() { return Pick({"", "", "", " offset 2m", " offset -1m", " @ 1800", " @ end()"}); }

  std::string Range(int depth) {
    if (depth > 0 && random_.Below(4) == 0) return Exact(depth - 1) + Pick({"[10m:1m]", "[5m:]", "[7m:40s]"});
    return Selector() + Pick({"[45s]", "[5m]", "[20m]"}) + Shift();
  }
  std::string ExactRangeCall(int depth) {
    return Pick({"count_over_time", "sum_over_time", "min_over_time", "max_over_time", "last_over_time", "changes",
                 "resets", "present_over_time", "idelta"}) +
           "(" + Range(depth) + ")";
  }
  std::string RangeCall(int depth) {
    const std::string name =
        Pick({"rate", "rate", "rate", "increase", "delta", "irate", "avg_over_time", "stddev_over_time", "deriv",
              "mad_over_time", "quantile_over_time", "predict_linear"});
    if (name == "quantile_over_time") return name + "(0.3, " + Range(depth) + ")";
    return name + "(" + Range(depth) + (name == "predict_linear" ? ", 60)" : ")");
  }

  std::string Aggregation(const std::string& name, const std::string& input) {
    return name + Pick({"", " by (job)", " without (instance)", " by (instance, le)"}) + " (" +
           (name == "quantile" ? "0.4, " : "") + input + ")";
  }

  std::string Histogram() {
    if (random_.Below(2) == 0) return Pick({"histogram_count", "histogram_sum"}) + "(" + RangeCall(0) + ")";
    return "histogram_quantile(" + Pick({"0.1", "0.5", "0.99"}) + ", " +
           Pick({"c_bucket", "rate(c_bucket[5m])", "h", "increase(h[10m])", "sum by (job, le) (rate(c_bucket[10m]))"}) +
           ")";
  }

  std::string ExactOperator() { return Pick({"+", "-", "*", "==", "!=", ">", "<=", "> bool", "== bool", "%"}); }
  std::string Matching() {
    return Pick({"", "", " ignoring(le)", " on(job, instance)", " on(job) group_left()", " on(job) group_right()"});
  }
  std::string Number() { return Pick({"2", "0.5", "-3", "100", "0"}); }

  base::Random& random_;
};

// ---- comparing ----

bool Near(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= 1e-7 * (std::abs(a) + std::abs(b)) || std::abs(a - b) < 1e-7;
}

bool SameHistogram(model::NativeHistogram a, model::NativeHistogram b) {
  model::Compact(&a);
  model::Compact(&b);
  // A bucket that rounding left a little of may be there or not; sums are what counts.
  return a.schema == b.schema && Near(a.count, b.count) && Near(a.sum, b.sum) && Near(a.zero_count, b.zero_count) &&
         a.zero_threshold == b.zero_threshold;
}

using Points = std::map<int64_t, NaiveSample>;
using Answer = std::map<model::Labels, Points>;

Answer FromMatrix(const Matrix& matrix) {
  Answer answer;
  for (const MatrixSeries& series : matrix) {
    Points& points = answer[series.labels];
    const storage::Samples& s = series.samples;
    for (size_t i = 0; i < s.times.size(); ++i) points[s.times[i]] = {s.times[i], s.values[i], nullptr};
    for (size_t i = 0; i < s.histogram_times.size(); ++i) {
      points[s.histogram_times[i]] = {s.histogram_times[i], 0, s.histograms[i]};
    }
  }
  return answer;
}

// The same from the naive evaluator, step by step. Errors: the first step's that has one.
base::Result<Answer> Naively(storage::Queryable& store, const Expr& expr, const StepGrid& grid) {
  NaiveEvaluator naive(store, grid.start_ms, grid.end_ms());
  Answer answer;
  for (size_t step = 0; step < grid.count; ++step) {
    ASSIGN_OR_RETURN(const NaiveValue value, naive.Evaluate(expr, grid.at(step)));
    for (const NaiveSeries& series : value.series) answer[series.labels][grid.at(step)] = series.samples[0];
  }
  return answer;
}

std::string Difference(const Answer& real, const Answer& naive) {
  for (const Answer* side : {&real, &naive}) {
    const Answer& other = side == &real ? naive : real;
    const std::string whose = side == &real ? "the engine" : "the naive evaluator";
    for (const auto& [labels, points] : *side) {
      const auto found = other.find(labels);
      if (found == other.end()) return "only " + whose + " has " + labels.ToString();
      for (const auto& [t, sample] : points) {
        const auto point = found->second.find(t);
        const std::string place = labels.ToString() + " at " + std::to_string(t);
        if (point == found->second.end()) return "only " + whose + " has " + place;
        const NaiveSample& its = point->second;
        if ((sample.histogram == nullptr) != (its.histogram == nullptr)) return "kinds differ of " + place;
        if (sample.histogram != nullptr ? !SameHistogram(*sample.histogram, *its.histogram)
                                        : !Near(sample.value, its.value)) {
          return "values differ of " + place + ": " + std::to_string(sample.value) + " (" + whose + ") and " +
                 std::to_string(its.value);
        }
      }
    }
  }
  return {};
}

TEST_CASE("the engine and the naive evaluator give the same to random expressions over random series") {
  base::SeededRandom random(2024);
  base::RealClock clock;
  EngineOptions options;
  options.features.experimental_functions = true;
  Engine engine(options, clock);
  size_t answers = 0;
  size_t failures = 0;
  for (int store_round = 0; store_round < 6; ++store_round) {
    storage::MemoryStorage store;
    Fill(&store, &random);
    ExpressionMaker maker(&random);
    for (int i = 0; i < 120; ++i) {
      const std::string query = maker.Vector(3);
      const StepGrid grid{static_cast<int64_t>(random.Below(1'000'000)),
                          20'000 + static_cast<int64_t>(random.Below(200'000)), 1 + random.Below(15)};
      INFO(query, " from ", grid.start_ms, " step ", grid.step_ms, " count ", grid.count);
      const auto expr = ParseExpr(query, options.features);
      REQUIRE_MESSAGE(expr.ok(), expr.status().message());
      const QueryResult real = engine.Range(store, query, grid.start_ms, grid.end_ms(), grid.step_ms, {});
      const auto naive = Naively(store, **expr, grid);
      if (!naive.ok()) {
        INFO(naive.status().message());
        REQUIRE(naive.status().code() == base::Code::kInvalid);
        REQUIRE_FALSE(real.status.ok());
        ++failures;
        continue;
      }
      INFO(real.status.message());
      REQUIRE(real.status.ok());
      const std::string difference = Difference(FromMatrix(std::get<Matrix>(real.value)), *naive);
      REQUIRE_MESSAGE(difference.empty(), difference);
      if (!naive->empty()) ++answers;
    }
  }
  CHECK(answers > 300);
  CHECK(failures > 5);
}

}  // namespace
}  // namespace bekci::promql::differential_test
