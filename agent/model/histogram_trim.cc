// Trimming native histograms: `h </ x` keeps what was observed below x, `h >/ x` what was above.
//
// A bucket that x falls into is cut where the interpolation of quantiles would put x: on a logarithmic scale in
// exponential buckets, linearly in the zero bucket and in custom ones. Of a bucket that reaches to infinity nobody
// knows how its values lie, so the part that might belong to the other side goes whole; only the first custom bucket
// is known to begin at 0 if it ends above 0. Source: Prometheus 3.14, model/histogram/float_histogram.go.
#include <cmath>

#include "agent/model/histogram_arithmetic.h"
#include "agent/model/histogram_buckets.h"

namespace bekci::model {
namespace {

// What stays of a bucket, and the value that stands for its observations.
struct Part {
  double count = 0;
  double middle = 0;
};

double Middle(double lower, double upper, bool linear) {
  if (std::isinf(lower) && std::isinf(upper)) return 0;
  if (std::isinf(lower)) return upper > 0 ? upper / 2 : upper;
  if (std::isinf(upper)) return lower;
  if (linear) return (lower + upper) / 2;
  const double middle = std::sqrt(std::abs(lower * upper));
  return upper > 0 ? middle : -middle;
}

// How much of a bucket with finite bounds lies below `x`, 0 to 1.
double FractionBelow(const Bucket& bucket, double x, bool linear) {
  if (linear) return (x - bucket.lower) / (bucket.upper - bucket.lower);
  const double lower = std::log2(std::abs(bucket.lower));
  const double upper = std::log2(std::abs(bucket.upper));
  return (std::log2(std::abs(x)) - lower) / (upper - lower);
}

class Trimmer {
 public:
  Trimmer(NativeHistogram* h, double limit, bool keep_below)
      : h_(*h), limit_(limit), keep_below_(keep_below), custom_(UsesCustomBuckets(*h)) {}

  void Run() {
    const bool positive = !h_.positive_buckets.empty();
    const bool negative = !h_.negative_buckets.empty();
    Side(true, &h_.positive_buckets);
    Side(false, &h_.negative_buckets);
    if (h_.zero_count > 0) Take(TrimZero(positive, negative), &h_.zero_count);
    if (!changed_) return;
    h_.is_float = true;
    h_.count = count_;
    h_.sum = sum_;
    Compact(&h_);
  }

 private:
  void Side(bool positive, std::vector<double>* counts) {
    CellWalker walker(positive ? h_.positive_spans : h_.negative_spans, *counts);
    Cell cell;
    for (size_t i = 0; walker.Next(&cell); ++i) {
      if (cell.count != 0) Take(Trim(BucketAt(h_, positive, cell)), &(*counts)[i]);
    }
  }

  void Take(Part part, double* count) {
    count_ += part.count;
    sum_ += part.count * part.middle;
    if (*count == part.count) return;
    *count = part.count;
    changed_ = true;
  }

  Part Trim(const Bucket& b) const {
    const bool whole = keep_below_ ? b.upper <= limit_ : b.lower >= limit_;
    if (whole) return {b.count, Middle(b.lower, b.upper, custom_)};
    const bool cut = keep_below_ ? b.lower < limit_ : b.upper > limit_;
    if (!cut) return {};
    if (std::isinf(b.lower)) return CutFromBelow(b);
    // What lies in a bucket without an end may be above any limit: of `</` it goes, of `>/` it stays.
    if (std::isinf(b.upper)) return keep_below_ ? Part{} : Part{b.count, limit_};
    const double below = b.count * FractionBelow(b, limit_, custom_);
    if (keep_below_) return {below, Middle(b.lower, limit_, custom_)};
    return {b.count - below, Middle(limit_, b.upper, custom_)};
  }

  // The first custom bucket, with the limit inside.
  Part CutFromBelow(const Bucket& b) const {
    const bool from_zero = b.upper > 0 && !std::isinf(b.upper);
    if (keep_below_) {
      if (from_zero && limit_ > 0) return {b.count * limit_ / b.upper, limit_ / 2};
      return b.upper <= 0 ? Part{b.count, limit_} : Part{};
    }
    if (from_zero && limit_ >= 0) return {b.count * (1 - limit_ / b.upper), (limit_ + b.upper) / 2};
    return {};
  }

  // With buckets on one side only, the zero bucket is taken to lie on that side.
  Part TrimZero(bool positive, bool negative) const {
    const double lower = positive && !negative ? 0 : -h_.zero_threshold;
    const double upper = negative && !positive ? 0 : h_.zero_threshold;
    const Part whole = {h_.zero_count, (lower + upper) / 2};
    if (limit_ <= lower) return keep_below_ ? Part{} : whole;
    if (limit_ >= upper) return keep_below_ ? whole : Part{};
    const double below = (limit_ - lower) / (upper - lower);
    if (keep_below_) return {h_.zero_count * below, (lower + limit_) / 2};
    return {h_.zero_count * (upper - limit_) / (upper - lower), (limit_ + upper) / 2};
  }

  NativeHistogram& h_;
  const double limit_;
  const bool keep_below_;
  const bool custom_;
  bool changed_ = false;
  double count_ = 0;
  double sum_ = 0;
};

}  // namespace

void TrimAbove(NativeHistogram* h, double limit) {
  Trimmer(h, limit, true).Run();
}

void TrimBelow(NativeHistogram* h, double limit) {
  Trimmer(h, limit, false).Run();
}

}  // namespace bekci::model
