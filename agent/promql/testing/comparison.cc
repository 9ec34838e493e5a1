#include "agent/promql/testing/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "agent/model/histogram_arithmetic.h"
#include "agent/storage/samples.h"

namespace bekci::promql::testing {
namespace {

bool AlmostEqual(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return testing::AlmostEqual(x, y); });
}

// Compact leaves no zeros, so equal layouts have equal spans.
model::NativeHistogram Compacted(const model::NativeHistogram& h) {
  model::NativeHistogram copy = h;
  model::Compact(&copy);
  std::erase_if(copy.positive_spans, [](const model::BucketSpan& span) { return span.length == 0; });
  std::erase_if(copy.negative_spans, [](const model::BucketSpan& span) { return span.length == 0; });
  return copy;
}

}  // namespace

bool AlmostEqual(double a, double b, double tolerance) {
  if (storage::IsStale(a) || storage::IsStale(b)) return storage::IsStale(a) && storage::IsStale(b);
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  const double smallest = std::numeric_limits<double>::min();
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  if (a == 0 || b == 0 || sum < smallest) return difference < tolerance * smallest;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < tolerance;
}

bool AlmostEqual(const model::NativeHistogram& expected, const model::NativeHistogram& got, bool with_hint) {
  const model::NativeHistogram a = Compacted(expected);
  const model::NativeHistogram b = Compacted(got);
  if (a.schema != b.schema || a.zero_threshold != b.zero_threshold || a.custom_values != b.custom_values) return false;
  if (with_hint && a.reset_hint != b.reset_hint) return false;
  return AlmostEqual(a.count, b.count) && AlmostEqual(a.sum, b.sum) && AlmostEqual(a.zero_count, b.zero_count) &&
         a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
         AlmostEqual(a.positive_buckets, b.positive_buckets) && AlmostEqual(a.negative_buckets, b.negative_buckets);
}

}  // namespace bekci::promql::testing
