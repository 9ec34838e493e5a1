#include "agent/model/histogram_layout.h"

#include <algorithm>
#include <cmath>

#include "agent/model/histogram_arithmetic.h"
#include "agent/model/histogram_buckets.h"

namespace bekci::model {
namespace {

// Adds to `region` the buckets of one side that begin below its threshold. True when the last of them, populated, ends
// above: the threshold was moved there.
bool TakeSide(const NativeHistogram& h, bool positive, ZeroRegion* region) {
  bool moved = false;
  CellWalker walker(positive ? h.positive_spans : h.negative_spans, positive ? h.positive_buckets : h.negative_buckets);
  for (Cell cell; walker.Next(&cell);) {
    if (ExponentialBound(cell.index - 1, h.schema) >= region->threshold) break;
    region->count += cell.count;
    const double end = ExponentialBound(cell.index, h.schema);
    if (end <= region->threshold) continue;
    if (cell.count != 0) {
      region->threshold = end;
      moved = true;
    }
    break;
  }
  return moved;
}

void DropInnerBuckets(std::vector<BucketSpan>* spans, std::vector<double>* counts, int32_t schema, double threshold,
                      double* into) {
  std::vector<BucketSpan> kept_spans;
  std::vector<double> kept_counts;
  SpanBuilder builder(&kept_spans, &kept_counts);
  CellWalker walker(*spans, *counts);
  for (Cell cell; walker.Next(&cell);) {
    if (ExponentialBound(cell.index - 1, schema) >= threshold) {
      builder.Add(cell.index, cell.count);
    } else {
      *into += cell.count;
    }
  }
  *spans = std::move(kept_spans);
  *counts = std::move(kept_counts);
}

void Reduce(std::vector<BucketSpan>* spans, std::vector<double>* counts, int32_t steps) {
  if (counts->empty()) return;
  std::vector<BucketSpan> reduced_spans;
  std::vector<double> reduced_counts;
  SpanBuilder builder(&reduced_spans, &reduced_counts);
  CellWalker walker(*spans, *counts, steps);
  for (Cell cell; walker.Next(&cell);) builder.Add(cell.index, cell.count);
  *spans = std::move(reduced_spans);
  *counts = std::move(reduced_counts);
}

bool IsCompact(const std::vector<BucketSpan>& spans, const std::vector<double>& counts) {
  for (size_t i = 0; i < spans.size(); ++i) {
    if (spans[i].length == 0 || (i > 0 && spans[i].offset == 0)) return false;
  }
  return std::none_of(counts.begin(), counts.end(), [](double count) { return count == 0; });
}

void CompactSide(std::vector<BucketSpan>* spans, std::vector<double>* counts) {
  if (IsCompact(*spans, *counts)) return;
  std::vector<BucketSpan> kept_spans;
  std::vector<double> kept_counts;
  SpanBuilder builder(&kept_spans, &kept_counts);
  CellWalker walker(*spans, *counts);
  for (Cell cell; walker.Next(&cell);) {
    if (cell.count != 0) builder.Add(cell.index, cell.count);
  }
  *spans = std::move(kept_spans);
  *counts = std::move(kept_counts);
}

}  // namespace

ZeroRegion WidenedZero(const NativeHistogram& h, double threshold) {
  if (threshold == h.zero_threshold) return {h.zero_count, threshold};
  for (;;) {
    ZeroRegion region = {h.zero_count, threshold};
    TakeSide(h, true, &region);
    // A threshold moved by the negative side holds for the positive one as well.
    if (!TakeSide(h, false, &region)) return region;
    threshold = region.threshold;
  }
}

void WidenZero(NativeHistogram* h, double threshold, NativeHistogram* companion) {
  const ZeroRegion region = WidenedZero(*h, threshold);
  double ignored = 0;
  DropInnerBuckets(&h->positive_spans, &h->positive_buckets, h->schema, region.threshold, &ignored);
  DropInnerBuckets(&h->negative_spans, &h->negative_buckets, h->schema, region.threshold, &ignored);
  h->zero_count = region.count;
  h->zero_threshold = region.threshold;
  if (companion == nullptr) return;
  double* into = &companion->zero_count;
  DropInnerBuckets(&companion->positive_spans, &companion->positive_buckets, h->schema, region.threshold, into);
  DropInnerBuckets(&companion->negative_spans, &companion->negative_buckets, h->schema, region.threshold, into);
}

std::vector<double> CountsByBounds(std::span<const BucketSpan> spans, std::span<const double> counts,
                                   std::span<const double> bounds, std::span<const double> target) {
  std::vector<double> sums(target.size() + 1, 0);
  size_t at = 0;
  CellWalker walker(spans, counts);
  for (Cell cell; walker.Next(&cell);) {
    const double bound = CustomBound(cell.index, bounds);
    while (at < target.size() && target[at] < bound) ++at;
    sums[at] += cell.count;
  }
  return sums;
}

std::vector<double> CommonBounds(std::span<const double> a, std::span<const double> b) {
  std::vector<double> common;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(common));
  return common;
}

void Compact(NativeHistogram* h) {
  CompactSide(&h->positive_spans, &h->positive_buckets);
  CompactSide(&h->negative_spans, &h->negative_buckets);
}

void ReduceSchema(NativeHistogram* h, int32_t schema) {
  if (UsesCustomBuckets(*h) || schema >= h->schema) return;
  const int32_t steps = std::min(h->schema - schema, 30);
  Reduce(&h->positive_spans, &h->positive_buckets, steps);
  Reduce(&h->negative_spans, &h->negative_buckets, steps);
  h->schema = schema;
}

NativeHistogram CopyToSchema(const NativeHistogram& h, int32_t schema) {
  NativeHistogram copy = h;
  ReduceSchema(&copy, schema);
  return copy;
}

}  // namespace bekci::model
