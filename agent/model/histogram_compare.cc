// Comparing native histograms: equality to the bit, and whether a counter began anew.
#include <algorithm>
#include <bit>
#include <cmath>

#include "agent/model/histogram_arithmetic.h"
#include "agent/model/histogram_buckets.h"
#include "agent/model/histogram_layout.h"

namespace bekci::model {
namespace {

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool SidesEqual(const NativeHistogram& a, const NativeHistogram& b, bool positive) {
  const auto& a_counts = positive ? a.positive_buckets : a.negative_buckets;
  const auto& b_counts = positive ? b.positive_buckets : b.negative_buckets;
  if (a_counts.size() != b_counts.size()) return false;
  CellWalker left(positive ? a.positive_spans : a.negative_spans, a_counts);
  CellWalker right(positive ? b.positive_spans : b.negative_spans, b_counts);
  for (Cell x, y; left.Next(&x);) {
    if (!right.Next(&y) || x.index != y.index || !SameBits(x.count, y.count)) return false;
  }
  return true;
}

// Whether a bucket of one side counts less than before. Buckets that `threshold` takes into the zero bucket are not
// looked at; `steps` lowers the previous schema to the current one.
bool SideFell(const NativeHistogram& current, const NativeHistogram& previous, bool positive) {
  CellWalker before(positive ? previous.positive_spans : previous.negative_spans,
                    positive ? previous.positive_buckets : previous.negative_buckets,
                    UsesCustomBuckets(current) ? 0 : std::min(previous.schema - current.schema, 30));
  CellWalker now(positive ? current.positive_spans : current.negative_spans,
                 positive ? current.positive_buckets : current.negative_buckets);
  Cell y;
  bool has = now.Next(&y);
  for (Cell x; before.Next(&x);) {
    if (!UsesCustomBuckets(current) && ExponentialBound(x.index, current.schema) <= current.zero_threshold) continue;
    while (has && y.index < x.index) has = now.Next(&y);
    const double count = has && y.index == x.index ? y.count : 0;
    if (has && y.index == x.index ? count < x.count : x.count != 0) return true;
  }
  return false;
}

bool CustomFell(const NativeHistogram& current, const NativeHistogram& previous) {
  if (current.custom_values == previous.custom_values) return SideFell(current, previous, true);
  const std::vector<double> common = CommonBounds(current.custom_values, previous.custom_values);
  const auto now = CountsByBounds(current.positive_spans, current.positive_buckets, current.custom_values, common);
  const auto before =
      CountsByBounds(previous.positive_spans, previous.positive_buckets, previous.custom_values, common);
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] < before[i]) return true;
  }
  return false;
}

}  // namespace

bool Equal(const NativeHistogram& a, const NativeHistogram& b) {
  if (a.schema != b.schema || !SameBits(a.count, b.count) || !SameBits(a.sum, b.sum)) return false;
  if (UsesCustomBuckets(a) && a.custom_values != b.custom_values) return false;
  return a.zero_threshold == b.zero_threshold && SameBits(a.zero_count, b.zero_count) && SidesEqual(a, b, true) &&
         SidesEqual(a, b, false);
}

bool DetectReset(const NativeHistogram& current, const NativeHistogram& previous) {
  if (current.reset_hint == CounterResetHint::kYes) return true;
  if (current.reset_hint == CounterResetHint::kNo) return false;
  return CountsFell(current, previous);
}

bool CountsFell(const NativeHistogram& current, const NativeHistogram& previous) {
  if (current.count < previous.count) return true;
  if (UsesCustomBuckets(current) != UsesCustomBuckets(previous)) return true;
  if (UsesCustomBuckets(current)) return CustomFell(current, previous);
  if (current.schema > previous.schema || current.zero_threshold < previous.zero_threshold) return true;
  const ZeroRegion before = WidenedZero(previous, current.zero_threshold);
  if (before.threshold != current.zero_threshold || current.zero_count < before.count) return true;
  return SideFell(current, previous, true) || SideFell(current, previous, false);
}

}  // namespace bekci::model
