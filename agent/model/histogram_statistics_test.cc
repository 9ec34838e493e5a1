#include "agent/model/histogram_statistics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace bekci::model::histogram_statistics_test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

NativeHistogram Exponential(double count, double sum, double zero, std::vector<double> positive,
                            std::vector<double> negative) {
  NativeHistogram h;
  h.count = count;
  h.sum = sum;
  h.zero_count = zero;
  h.zero_threshold = 0.001;
  h.positive_spans = {{0, static_cast<uint32_t>(positive.size())}};
  h.negative_spans = {{0, static_cast<uint32_t>(negative.size())}};
  h.positive_buckets = std::move(positive);
  h.negative_buckets = std::move(negative);
  return h;
}

NativeHistogram Custom(std::vector<double> bounds, std::vector<double> counts) {
  NativeHistogram h;
  h.schema = kCustomBucketsSchema;
  h.positive_spans = {{0, static_cast<uint32_t>(counts.size())}};
  for (double count : counts) h.count += count;
  h.positive_buckets = std::move(counts);
  h.custom_values = std::move(bounds);
  return h;
}

// The figures are Prometheus' own, from its native histogram tests.
TEST_CASE("quantiles interpolate on a logarithmic scale, linearly in the zero bucket") {
  const NativeHistogram mixed = Exponential(12, 100, 2, {}, {2, 3, 0, 1, 4});
  struct Row {
    double q, value;
  };
  for (const Row& row : {Row{1, 0}, Row{0.99, -0.00006}, Row{0.9, -0.0006}, Row{0.5, -1.5874010519681996},
                         Row{0.1, -12.996038341699768}, Row{0, -16}}) {
    INFO(row.q);
    CHECK(HistogramQuantile(row.q, mixed).value == doctest::Approx(row.value));
  }
  CHECK(HistogramQuantile(1.001, mixed).value == kInf);
  CHECK(HistogramQuantile(-1, mixed).value == -kInf);
  CHECK(std::isnan(HistogramQuantile(kNan, mixed).value));
  CHECK(std::isnan(HistogramQuantile(0.5, NativeHistogram{}).value));
}

TEST_CASE("a quantile between populated buckets is where the next one begins") {
  CHECK(HistogramQuantile(0.5, Exponential(8, 0, 0, {1, 2, 1}, {1, 2, 1})).value == 0.5);
}

TEST_CASE("fractions undo quantiles") {
  const NativeHistogram h = Exponential(24, 100, 4, {2, 3, 0, 1, 4}, {2, 3, 0, 1, 4});
  CHECK(HistogramFraction(1.5, 2, h).value == doctest::Approx(0.051879687409855414));
  CHECK(HistogramFraction(-6, -1.5, h).value == doctest::Approx(0.07625312493990362));
  CHECK(HistogramFraction(-0.0005, 0.0005, h).value == doctest::Approx(0.08333333333333333));
  CHECK(HistogramFraction(42, 3, h).value == 0);
  CHECK(HistogramFraction(-kInf, kInf, h).value == 1);
  CHECK(std::isnan(HistogramFraction(kNan, 1, h).value));
  for (double q = 0.01; q < 1; q += 0.01) {
    const double value = HistogramQuantile(q, h).value;
    INFO(q, value);
    CHECK(HistogramFraction(-kInf, value, h).value == doctest::Approx(q));
  }
}

TEST_CASE("custom buckets are linear; the first begins at 0 if it ends above, the last says only where it begins") {
  const NativeHistogram h = Custom({5, 10}, {1, 2, 1});
  CHECK(HistogramQuantile(0.5, h).value == 7.5);
  CHECK(HistogramQuantile(0.125, h).value == 2.5);
  CHECK(HistogramQuantile(1, h).value == 10);
  CHECK(HistogramFraction(5, 10, h).value == 0.5);
  CHECK(HistogramFraction(2.5, 5, h).value == 0.125);
  CHECK(HistogramFraction(50, kInf, h).value == 0.25);
  const NativeHistogram negative = Custom({-10, 5, 10}, {2, 3, 5});
  CHECK(HistogramQuantile(0.1, negative).value == -10);
  CHECK(HistogramFraction(-kInf, 0, negative).value == doctest::Approx(0.4));
  CHECK(HistogramFraction(-kInf, -15, negative).value == doctest::Approx(0.2));
}

TEST_CASE("NaN observations push quantiles up and belong to no fraction, and that is said") {
  NativeHistogram h = Exponential(15, kNan, 0, {12}, {});
  CHECK(HistogramQuantile(0.81, h).nan_effect == NanEffect::kNanResult);
  CHECK(std::isnan(HistogramQuantile(0.81, h).value));
  CHECK(HistogramQuantile(0.8, h).nan_effect == NanEffect::kSkewed);
  CHECK(HistogramQuantile(0.8, h).value == 1);
  CHECK(HistogramQuantile(0.4, h).value == doctest::Approx(0.7071067811865475));
  CHECK(HistogramFraction(-kInf, kInf, h).value == doctest::Approx(0.8));
  CHECK(HistogramFraction(-kInf, kInf, h).nan_effect == NanEffect::kSkewed);
  h.sum = 1;
  CHECK(HistogramQuantile(0.4, h).nan_effect == NanEffect::kNone);
}

TEST_CASE("variance takes observations to be at the middle of their buckets") {
  const NativeHistogram h = Exponential(10, -112946, 0, {}, {0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 3, 0, 0, 0, 1, 0, 0, 1});
  CHECK(HistogramVariance(h) == doctest::Approx(759352122.1939945));
  CHECK(std::isnan(HistogramVariance(NativeHistogram{})));
}

}  // namespace
}  // namespace bekci::model::histogram_statistics_test
