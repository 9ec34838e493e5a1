#include "agent/promql/classic_buckets.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace bekci::promql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// Differences up to this part of the counts come from rounding, in sums of rates for example.
constexpr double kRoundingError = 1e-12;

bool AlmostEqual(double a, double b) {
  const double difference = std::abs(a - b);
  const double size = std::abs(a) + std::abs(b);
  constexpr double kMin = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || size < kMin) return difference < kRoundingError * kMin;
  return difference / std::min(size, std::numeric_limits<double>::max()) < kRoundingError;
}

bool EndsInInfinity(const std::vector<ClassicBucket>& buckets) {
  return !buckets.empty() && buckets.back().bound == kInfinity;
}

}  // namespace

void JoinEqualBounds(std::vector<ClassicBucket>* buckets) {
  size_t kept = 0;
  for (size_t i = 0; i < buckets->size(); ++i) {
    if (kept > 0 && (*buckets)[kept - 1].bound == (*buckets)[i].bound) {
      (*buckets)[kept - 1].count += (*buckets)[i].count;
    } else {
      (*buckets)[kept++] = (*buckets)[i];
    }
  }
  buckets->resize(kept);
}

MonotonicityRepair MakeMonotonic(std::vector<ClassicBucket>* buckets) {
  MonotonicityRepair repair;
  for (size_t i = 1; i < buckets->size(); ++i) {
    const double before = (*buckets)[i - 1].count;
    ClassicBucket& bucket = (*buckets)[i];
    if (bucket.count == before) continue;
    if (!AlmostEqual(before, bucket.count)) {
      if (!(bucket.count < before)) continue;
      repair.lowest_bucket = repair.forced ? std::min(repair.lowest_bucket, bucket.bound) : bucket.bound;
      repair.highest_bucket = repair.forced ? std::max(repair.highest_bucket, bucket.bound) : bucket.bound;
      repair.max_difference = std::max(repair.max_difference, before - bucket.count);
      repair.forced = true;
    }
    bucket.count = before;
  }
  return repair;
}

double ClassicQuantile(double q, const std::vector<ClassicBucket>& buckets) {
  if (std::isnan(q)) return kNan;
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  if (!EndsInInfinity(buckets) || buckets.size() < 2 || buckets.back().count == 0) return kNan;
  double rank = q * buckets.back().count;
  const auto found = std::partition_point(buckets.begin(), buckets.end() - 1,
                                          [rank](const ClassicBucket& bucket) { return !(bucket.count >= rank); });
  if (found == buckets.end() - 1) return (found - 1)->bound;
  if (found == buckets.begin() && found->bound <= 0) return found->bound;
  double start = 0;
  double count = found->count;
  if (found != buckets.begin()) {
    start = (found - 1)->bound;
    count -= (found - 1)->count;
    rank -= (found - 1)->count;
  }
  return start + (found->bound - start) * (rank / count);
}

double ClassicFraction(double lower, double upper, const std::vector<ClassicBucket>& buckets) {
  if (!EndsInInfinity(buckets)) return kNan;
  const double count = buckets.back().count;
  if (count == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;
  // How many observations are below a value.
  const auto rank_of = [&](double value) {
    double below = 0;
    double start = buckets[0].bound > 0 ? 0 : -kInfinity;
    for (const ClassicBucket& bucket : buckets) {
      if (start >= value) return below;
      if (bucket.bound > value) {
        // Nobody knows how values lie in a bucket without a beginning: all of them may be below.
        if (std::isinf(start)) return bucket.count;
        return below + (bucket.count - below) * (value - start) / (bucket.bound - start);
      }
      below = bucket.count;
      start = bucket.bound;
    }
    return count;
  };
  return (std::min(rank_of(upper), count) - std::min(rank_of(lower), count)) / count;
}

}  // namespace bekci::promql
