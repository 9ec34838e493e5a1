// The buckets of a native histogram as one walks them: bounds from indexes, counts from spans, nothing allocated.
//
// Source: the Prometheus native histogram specification. Three views, each on the one below:
//   CellWalker     (index, count) of one side in rising index, optionally as a lower schema would have them
//   ForEachBucket  buckets with bounds, both sides and the zero bucket, in rising or falling order of values
//   SpanBuilder    the way back: cells in rising index become spans and counts
// Spans may come from anywhere: walkers never read beyond the counts there are, and indexes are 64 bits wide, so that
// no sum of offsets overflows. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "agent/model/native_histogram.h"

namespace bekci::model {

inline bool UsesCustomBuckets(const NativeHistogram& h) {
  return h.schema == kCustomBucketsSchema;
}
inline constexpr int32_t kMinExponentialSchema = -4;
inline constexpr int32_t kMaxExponentialSchema = 8;

// Upper bound of the positive bucket `index` of an exponential schema (-4..8; others are clamped into that). The last
// bucket of regular numbers ends at the largest double, the one after it at infinity.
double ExponentialBound(int64_t index, int32_t schema);
// Upper bound of bucket `index` of custom buckets: -Inf below the first, +Inf from the last on.
double CustomBound(int64_t index, std::span<const double> custom_values);
// The index that bucket `index` falls into when the schema is lowered by `steps`.
inline int64_t IndexInLowerSchema(int64_t index, int32_t steps) {
  return ((index - 1) >> steps) + 1;
}

struct Cell {
  int64_t index = 0;
  double count = 0;
};

// Cells of one side; those that fall together in a schema lowered by `steps` come as one.
class CellWalker {
 public:
  CellWalker(std::span<const BucketSpan> spans, std::span<const double> counts, int32_t steps = 0);
  // False at the end.
  bool Next(Cell* cell);

 private:
  bool Step();  // to the next cell of the spans as they are

  std::span<const BucketSpan> spans_;
  std::span<const double> counts_;
  int32_t steps_;
  size_t span_ = 0;
  uint32_t within_ = 0;  // cells taken of the span
  size_t taken_ = 0;     // cells taken in all
  int64_t next_ = 0;     // index after the last taken
  bool pending_ = false;
  Cell ahead_;
};

class SpanBuilder {
 public:
  SpanBuilder(std::vector<BucketSpan>* spans, std::vector<double>* counts) : spans_(spans), counts_(counts) {}
  // `index` must rise from call to call.
  void Add(int64_t index, double count);

 private:
  std::vector<BucketSpan>* spans_;
  std::vector<double>* counts_;
  int64_t next_ = 0;
};

struct Bucket {
  double lower = 0;
  double upper = 0;
  double count = 0;
  bool lower_inclusive = false;
  bool upper_inclusive = true;
};

inline Bucket ZeroBucket(const NativeHistogram& h) {
  return {-h.zero_threshold, h.zero_threshold, h.zero_count, true, true};
}
// Bounds of the bucket `index` of the positive or negative side.
Bucket BucketAt(const NativeHistogram& h, bool positive, Cell cell);

// Calls f(bucket) for every bucket of one side away from zero, until it returns false; false if it did.
template <typename F>
bool ForEachOutward(const NativeHistogram& h, bool positive, F&& f) {
  CellWalker walker(positive ? h.positive_spans : h.negative_spans, positive ? h.positive_buckets : h.negative_buckets);
  for (Cell cell; walker.Next(&cell);) {
    if (!f(BucketAt(h, positive, cell))) return false;
  }
  return true;
}

// The same towards zero.
template <typename F>
bool ForEachInward(const NativeHistogram& h, bool positive, F&& f) {
  const auto& spans = positive ? h.positive_spans : h.negative_spans;
  const auto& counts = positive ? h.positive_buckets : h.negative_buckets;
  size_t used = 0;  // spans within the counts there are, and where they end
  size_t total = 0;
  int64_t next = 0;
  for (; used < spans.size() && total + spans[used].length <= counts.size(); ++used) {
    total += spans[used].length;
    next += spans[used].offset + static_cast<int64_t>(spans[used].length);
  }
  while (used > 0) {
    const BucketSpan& span = spans[--used];
    for (uint32_t i = 0; i < span.length; ++i) {
      --next;
      --total;
      if (!f(BucketAt(h, positive, {next, counts[total]}))) return false;
    }
    next -= span.offset;
  }
  return true;
}

// Calls f(bucket) for every bucket from the lowest values to the highest until it returns false. The zero bucket is
// among them when it counts something. Bounds of custom buckets reach from -Inf to +Inf.
template <typename F>
void ForEachBucket(const NativeHistogram& h, F&& f) {
  if (!UsesCustomBuckets(h)) {
    if (!ForEachInward(h, false, f)) return;
    if (h.zero_count > 0 && !f(ZeroBucket(h))) return;
  }
  ForEachOutward(h, true, f);
}
template <typename F>
void ForEachBucketReverse(const NativeHistogram& h, F&& f) {
  if (!ForEachInward(h, true, f) || UsesCustomBuckets(h)) return;
  if (h.zero_count > 0 && !f(ZeroBucket(h))) return;
  ForEachOutward(h, false, f);
}

}  // namespace bekci::model
