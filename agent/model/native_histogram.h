// NativeHistogram: Prometheus' sparse histogram, integer or float, standard exponential or custom buckets.
//
// Source: the Prometheus native histogram specification. A bucket with index i of schema s (-4..8) holds values in
// (base^(i-1), base^i], base = 2^(2^-s). Schema -53 means custom buckets: custom_values are the upper bounds.
// Spans say which indexes are populated: `offset` is the gap to the end of the previous span (for the first, the
// index). Buckets are kept absolute and as doubles; integer histograms (is_float false) hold whole numbers and go to
// delta encoding only in wire/ and tsdb/. Thread rule: values.
#pragma once

#include <cstdint>
#include <vector>

namespace bekci::model {

inline constexpr int32_t kCustomBucketsSchema = -53;

enum class CounterResetHint : unsigned char { kUnknown, kYes, kNo, kGauge };

struct BucketSpan {
  int32_t offset = 0;
  uint32_t length = 0;
  friend bool operator==(const BucketSpan&, const BucketSpan&) = default;
};

struct NativeHistogram {
  int32_t schema = 0;
  bool is_float = false;
  CounterResetHint reset_hint = CounterResetHint::kUnknown;
  double zero_threshold = 0;
  double zero_count = 0;
  double count = 0;
  double sum = 0;
  std::vector<BucketSpan> positive_spans;
  std::vector<BucketSpan> negative_spans;
  std::vector<double> positive_buckets;  // absolute counts, one per populated index
  std::vector<double> negative_buckets;
  std::vector<double> custom_values;  // only with kCustomBucketsSchema
  friend bool operator==(const NativeHistogram&, const NativeHistogram&) = default;
};

}  // namespace bekci::model
