// Arithmetic on native histograms, as PromQL does it: adding, scaling, comparing, bringing two layouts together.
//
// Two histograms need not look alike to be added: the finer exponential schema is lowered to the coarser, the narrower
// zero bucket is widened to the wider, custom buckets keep the bounds that both have. What cannot be brought together
// is an exponential with a custom layout. The rules are those of Prometheus' model/histogram/float_histogram.go.
//
// Everything here works on counts as doubles; results of arithmetic are float histograms whose is_float the caller
// need not look at. Functions accept any spans and counts (see histogram_buckets.h). Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "agent/base/status.h"
#include "agent/model/native_histogram.h"

namespace bekci::model {

// What a person should hear about an addition that worked.
struct HistogramNotes {
  bool reset_collision = false;    // one says "counter reset", the other "none"
  bool bounds_reconciled = false;  // custom buckets differed
};

// h += other, h -= other. False, and h as it was, when one has custom buckets and the other has not. The hint becomes
// gauge if either is one, unknown if they differ otherwise. Empty buckets may remain (Compact removes them).
bool Add(NativeHistogram* h, const NativeHistogram& other, HistogramNotes* notes);
bool Subtract(NativeHistogram* h, const NativeHistogram& other, HistogramNotes* notes);

// Sums with Kahan's and Neumaier's compensation in every bucket: histograms far apart in size lose nothing.
class CompensatedHistogram {
 public:
  explicit CompensatedHistogram(const NativeHistogram& first);
  // False, and the sum as it was, as with Add above.
  bool Add(const NativeHistogram& other, HistogramNotes* notes);
  void Multiply(double factor);
  void Divide(double divisor);
  // Count or sum passed the largest double, or a bucket did.
  bool HasOverflow() const;
  // The sum with what was compensated.
  NativeHistogram Total() const;

 private:
  NativeHistogram sum_;
  NativeHistogram compensation_;  // of the same layout
};

// Every count and the sum times a factor, or divided (by zero: all buckets go). A negative one makes it a gauge.
void Multiply(NativeHistogram* h, double factor);
void Divide(NativeHistogram* h, double divisor);

// Takes out buckets that count nothing and joins spans that touch.
void Compact(NativeHistogram* h);
// To a lower exponential schema; no effect with custom buckets or if `schema` is not lower.
void ReduceSchema(NativeHistogram* h, int32_t schema);
NativeHistogram CopyToSchema(const NativeHistogram& h, int32_t schema);

// What Prometheus' == means: layout, counts and sum to the bit; hints and the way spans are cut do not matter.
bool Equal(const NativeHistogram& a, const NativeHistogram& b);

// Whether between `previous` and `current` the counter began anew. The hint of `current` is believed where it says
// reset or no reset; else any count that fell is one, and so is a finer schema or a narrower zero bucket.
bool DetectReset(const NativeHistogram& current, const NativeHistogram& previous);
// The same without looking at the hint.
bool CountsFell(const NativeHistogram& current, const NativeHistogram& previous);

// Keep only what was observed below (</) or above (>/) `limit`: buckets it falls into are cut by interpolation, and if
// anything was cut, count and sum are reckoned anew from the buckets (their middle stands for their values).
void TrimAbove(NativeHistogram* h, double limit);
void TrimBelow(NativeHistogram* h, double limit);

// Errors: invalid, saying which part contradicts which: unknown schema, spans without counts, bounds that do not rise,
// negative counts, custom buckets with a zero or negative side.
base::Status Validate(const NativeHistogram& h);

// {count:4, sum:5, [-2,-1):1, [-0.001,0.001]:2, (1,2]:1}, as Prometheus prints a histogram.
std::string HistogramText(const NativeHistogram& h);

// The bounds both lists have; both rise.
std::vector<double> CommonBounds(std::span<const double> a, std::span<const double> b);

}  // namespace bekci::model
