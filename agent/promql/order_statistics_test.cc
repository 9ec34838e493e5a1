#include "agent/promql/order_statistics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "agent/base/random.h"

namespace bekci::promql::order_statistics_test {
namespace {

bool Same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || a == b;
}

std::vector<double> RandomValues(base::Random* random) {
  const double odd[] = {std::nan(""), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
                        -0.0, 0.0};
  std::vector<double> values;
  for (int i = 0; i < 400; ++i) {
    const uint64_t kind = random->Below(20);
    values.push_back(kind < 5 ? odd[kind] : static_cast<double>(random->Below(30)));
  }
  return values;
}

}  // namespace

TEST_CASE("a quantile lies between the two nearest ranks, NaN being the smallest") {
  const auto of = [](double q, std::vector<double> values) { return Quantile(q, values); };
  CHECK(of(0.5, {3, 1, 2}) == 2);
  CHECK(of(0.25, {3, 1}) == 1.5);
  CHECK(of(1, {3, 1}) == 3);
  CHECK(of(0, {7}) == 7);
  CHECK(of(0.5, {std::nan(""), 1, 2}) == 1);
  CHECK(of(-0.1, {1}) == -std::numeric_limits<double>::infinity());
  CHECK(of(1.1, {1}) == std::numeric_limits<double>::infinity());
  CHECK(std::isnan(of(std::nan(""), {1})));
  CHECK(std::isnan(of(0.5, {})));
}

TEST_CASE("a sliding window gives what ordering each window anew gives") {
  base::SeededRandom random(5);
  for (const size_t width : {1U, 8U, 40U, 200U}) {
    for (const size_t stride : {1U, 3U, 30U}) {
      const std::vector<double> values = RandomValues(&random);
      SortedWindow window(values);
      for (size_t end = 1; end <= values.size(); end += 1 + random.Below(stride)) {
        const size_t begin = end > width ? end - width : 0;
        const double q = static_cast<double>(random.Below(12)) / 10 - 0.05;
        std::vector<double> copy(values.begin() + static_cast<std::ptrdiff_t>(begin),
                                 values.begin() + static_cast<std::ptrdiff_t>(end));
        CHECK(Same(window.Quantile(q, begin, end), Quantile(q, copy)));
      }
    }
  }
}

}  // namespace bekci::promql::order_statistics_test
