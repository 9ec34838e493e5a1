#include "agent/model/histogram_statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "agent/model/histogram_buckets.h"

namespace bekci::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

bool AroundZero(const Bucket& bucket) {
  return bucket.lower <= 0 && bucket.upper >= 0;
}

// The zero bucket reaches only to the side where there are other buckets; the first custom bucket begins at 0.
void NarrowToObserved(const NativeHistogram& h, Bucket* bucket) {
  if (UsesCustomBuckets(h)) {
    if (std::isinf(bucket->lower) && bucket->upper > 0) bucket->lower = 0;
    return;
  }
  if (!AroundZero(*bucket)) return;
  if (h.negative_buckets.empty() && !h.positive_buckets.empty()) bucket->lower = 0;
  if (h.positive_buckets.empty() && !h.negative_buckets.empty()) bucket->upper = 0;
}

bool IsLinear(const NativeHistogram& h, const Bucket& bucket) {
  return UsesCustomBuckets(h) || AroundZero(bucket);
}

// The value below which `fraction` of the bucket lies.
double ValueWithin(const NativeHistogram& h, const Bucket& bucket, double fraction) {
  if (IsLinear(h, bucket)) return bucket.lower + (bucket.upper - bucket.lower) * fraction;
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(lower + (upper - lower) * fraction);
  return -std::exp2(upper + (lower - upper) * (1 - fraction));
}

// How many of the bucket's observations are below `value`, which lies inside.
double CountBelow(const NativeHistogram& h, const Bucket& bucket, double value) {
  if (IsLinear(h, bucket)) {
    if (std::isinf(bucket.lower)) return bucket.count;
    return bucket.count * (value - bucket.lower) / (bucket.upper - bucket.lower);
  }
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  const double at = std::log2(std::abs(value));
  if (value > 0) return bucket.count * (at - lower) / (upper - lower);
  return bucket.count * (1 - (at - upper) / (lower - upper));
}

double CountInBuckets(const NativeHistogram& h) {
  double count = 0;
  ForEachBucket(h, [&](const Bucket& bucket) {
    count += bucket.count;
    return true;
  });
  return count;
}

bool HasNanObservations(const NativeHistogram& h) {
  return std::isnan(h.sum) && CountInBuckets(h) < h.count;
}

// The bucket that holds the observation of this rank, counted from the side `forward` says, and the count up to it.
struct Found {
  Bucket bucket;
  double count = 0;
};

Found FindRank(const NativeHistogram& h, double rank, bool forward) {
  Found found;
  const auto visit = [&](const Bucket& bucket) {
    found.bucket = bucket;
    if (bucket.count == 0) return true;
    found.count += bucket.count;
    return found.count < rank;
  };
  if (forward) {
    ForEachBucket(h, visit);
  } else {
    ForEachBucketReverse(h, visit);
  }
  return found;
}

}  // namespace

HistogramEstimate HistogramQuantile(double q, const NativeHistogram& h) {
  if (q < 0) return {-kInfinity};
  if (q > 1) return {kInfinity};
  if (h.count == 0 || std::isnan(q)) return {kNan};
  // From the nearer end, for the sake of precision; NaN observations are beyond the upper end.
  const bool forward = std::isnan(h.sum) || q < 0.5;
  double rank = forward ? q * h.count : (1 - q) * h.count;
  Found found = FindRank(h, rank, forward);
  Bucket& bucket = found.bucket;
  const NanEffect skew = HasNanObservations(h) ? NanEffect::kSkewed : NanEffect::kNone;
  if (std::isnan(h.sum) && found.count < rank) return {kNan, NanEffect::kNanResult};
  NarrowToObserved(h, &bucket);
  if (UsesCustomBuckets(h)) {
    if (std::isinf(bucket.lower)) return {bucket.upper, skew};
    if (std::isinf(bucket.upper)) return {bucket.lower, skew};
  }
  // Counts that were reckoned with rounding errors may not add up.
  if (found.count > h.count) found.count = h.count;
  if (found.count < rank) return {bucket.upper, skew};
  rank = forward ? rank - (found.count - bucket.count) : found.count - rank;
  return {ValueWithin(h, bucket, rank / bucket.count), skew};
}

HistogramEstimate HistogramFraction(double lower, double upper, const NativeHistogram& h) {
  if (h.count == 0 || std::isnan(lower) || std::isnan(upper)) return {kNan};
  if (lower >= upper) return {0};
  double below = 0;  // observations in buckets passed
  std::optional<double> lower_rank;
  std::optional<double> upper_rank;
  const auto rank_at = [&](const Bucket& bucket, double value, std::optional<double>* rank) {
    if (rank->has_value()) return;
    if (bucket.lower >= value) {
      *rank = below;
    } else if (bucket.upper > value) {
      *rank = below + CountBelow(h, bucket, value);
    }
  };
  ForEachBucket(h, [&](Bucket bucket) {
    NarrowToObserved(h, &bucket);
    rank_at(bucket, lower, &lower_rank);
    rank_at(bucket, upper, &upper_rank);
    below += bucket.count;
    return !lower_rank.has_value() || !upper_rank.has_value();
  });
  const bool nan = std::isnan(h.sum);
  const double count = nan ? CountInBuckets(h) : h.count;
  const double from = std::min(lower_rank.value_or(count), count);
  const double to = std::min(upper_rank.value_or(count), count);
  return {(to - from) / h.count, nan && count < h.count ? NanEffect::kSkewed : NanEffect::kNone};
}

double HistogramVariance(const NativeHistogram& h) {
  const double mean = h.sum / h.count;
  double variance = 0;
  double rest = 0;
  ForEachBucket(h, [&](const Bucket& bucket) {
    if (bucket.count == 0) return true;
    double middle = 0;
    if (UsesCustomBuckets(h)) {
      middle = (bucket.upper + bucket.lower) / 2;
    } else if (!AroundZero(bucket)) {
      middle = std::sqrt(bucket.upper * bucket.lower);
      if (bucket.upper < 0) middle = -middle;
    }
    const double term = bucket.count * (middle - mean) * (middle - mean);
    const double total = variance + term;
    if (std::isinf(total)) {
      rest = 0;
    } else if (std::abs(variance) >= std::abs(term)) {
      rest += (variance - total) + term;
    } else {
      rest += (term - total) + variance;
    }
    variance = total;
    return true;
  });
  return (variance + rest) / h.count;
}

}  // namespace bekci::model
