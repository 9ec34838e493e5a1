// Bringing two native histograms to one layout: what Add, Subtract and DetectReset share.
// Thread rule: pure functions.
#pragma once

#include <span>
#include <vector>

#include "agent/model/native_histogram.h"

namespace bekci::model {

struct ZeroRegion {
  double count = 0;
  double threshold = 0;
};

// What the zero bucket of `h` would count if it reached to `threshold` (not below its own). A threshold that would cut
// a populated bucket is moved to that bucket's end.
ZeroRegion WidenedZero(const NativeHistogram& h, double threshold);
// Widens it so. `companion`, if any, has the same buckets and follows: its counts below the threshold join its zero
// bucket.
void WidenZero(NativeHistogram* h, double threshold, NativeHistogram* companion);

// Counts per bucket of `target` bounds (one more than bounds), from buckets of `bounds`; every bound of `target` is
// among `bounds`.
std::vector<double> CountsByBounds(std::span<const BucketSpan> spans, std::span<const double> counts,
                                   std::span<const double> bounds, std::span<const double> target);

}  // namespace bekci::model
