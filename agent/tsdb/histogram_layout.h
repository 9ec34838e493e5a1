// HistogramLayout: what all native histograms of a chunk have in common, its bytes, and layouts that hold two others.
//
// Source: Prometheus' chunk format documentation, "histogram chunk data", and its variable-length bit integers.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/native_histogram.h"
#include "agent/tsdb/bit_stream.h"

namespace bekci::tsdb {

// Signed and unsigned integers of 1 to 72 bits, small ones short.
void WriteVarbitInt(BitWriter* out, int64_t value);
void WriteVarbitUint(BitWriter* out, uint64_t value);
int64_t ReadVarbitInt(BitReader* in);
uint64_t ReadVarbitUint(BitReader* in);

struct HistogramLayout {
  int32_t schema = 0;
  double zero_threshold = 0;
  std::vector<model::BucketSpan> positive_spans;
  std::vector<model::BucketSpan> negative_spans;
  std::vector<double> custom_values;

  static HistogramLayout Of(const model::NativeHistogram& histogram);
  bool HasSpansOf(const model::NativeHistogram& histogram) const;
  size_t positive_count() const { return CountBuckets(positive_spans); }
  size_t negative_count() const { return CountBuckets(negative_spans); }
  static size_t CountBuckets(const std::vector<model::BucketSpan>& spans);

  void WriteTo(BitWriter* out) const;
  // Errors: corrupt: overruns, or more than kMaxBuckets buckets.
  static base::Result<HistogramLayout> ReadFrom(BitReader* in);
};

// More than any histogram has in practice (160 is the usual bound), few enough to be allocated on a damaged chunk's
// word.
inline constexpr size_t kMaxBuckets = 65536;

// Whether spans and bucket counts of the histogram agree and are within bounds: what a chunk can hold.
base::Status CheckHistogram(const model::NativeHistogram& histogram);

// The spans that hold all buckets of both.
std::vector<model::BucketSpan> UnionOfSpans(const std::vector<model::BucketSpan>& a,
                                            const std::vector<model::BucketSpan>& b);
// `buckets` laid out by `from`, laid out by `to`, which holds all of from's; the new ones are 0.
std::vector<double> Spread(const std::vector<double>& buckets, const std::vector<model::BucketSpan>& from,
                           const std::vector<model::BucketSpan>& to);

}  // namespace bekci::tsdb
