#include "agent/model/histogram_arithmetic.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "agent/model/histogram_buckets.h"
#include "agent/model/histogram_layout.h"

namespace bekci::model {
namespace {

// How one number takes in another; `rest` is its compensation.
struct PlainSum {
  double sign;
  void operator()(double* value, double* /*rest*/, double other) const { *value += sign * other; }
};
struct CompensatedSum {
  void operator()(double* value, double* rest, double other) const {
    const double total = *value + other;
    if (std::isinf(total)) {
      *rest = 0;
    } else if (std::abs(*value) >= std::abs(other)) {
      *rest += (*value - total) + other;
    } else {
      *rest += (other - total) + *value;
    }
    *value = total;
  }
};

bool SpansEqual(std::span<const BucketSpan> a, std::span<const BucketSpan> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// One side of a histogram; rest is null where nothing is compensated.
struct Side {
  std::vector<BucketSpan>* spans;
  std::vector<double>* counts;
  std::vector<BucketSpan>* rest_spans;
  std::vector<double>* rest;
};

// The cells of both, in order; where only one has a cell the other counts 0 there.
template <typename Sum>
void MergeSide(const Side& side, std::span<const BucketSpan> spans, std::span<const double> counts, Sum sum) {
  double none = 0;
  if (SpansEqual(*side.spans, spans) && side.counts->size() == counts.size()) {
    for (size_t i = 0; i < counts.size(); ++i) {
      sum(&(*side.counts)[i], side.rest != nullptr ? &(*side.rest)[i] : &none, counts[i]);
    }
    return;
  }
  std::vector<BucketSpan> merged_spans;
  std::vector<double> merged;
  std::vector<double> merged_rest;
  merged.reserve(side.counts->size() + counts.size());
  SpanBuilder builder(&merged_spans, &merged);
  CellWalker left(*side.spans, *side.counts);
  CellWalker right(spans, counts);
  Cell a;
  Cell b;
  bool has_a = left.Next(&a);
  bool has_b = right.Next(&b);
  for (size_t taken = 0; has_a || has_b;) {
    const bool take_a = has_a && (!has_b || a.index <= b.index);
    const bool take_b = has_b && (!has_a || b.index <= a.index);
    double value = take_a ? a.count : 0;
    double rest = take_a && side.rest != nullptr ? (*side.rest)[taken] : 0;
    if (take_b) sum(&value, &rest, b.count);
    builder.Add(take_a ? a.index : b.index, value);
    if (side.rest != nullptr) merged_rest.push_back(rest);
    if (take_a) {
      has_a = left.Next(&a);
      ++taken;
    }
    if (take_b) has_b = right.Next(&b);
  }
  *side.spans = std::move(merged_spans);
  *side.counts = std::move(merged);
  if (side.rest == nullptr) return;
  *side.rest_spans = *side.spans;
  *side.rest = std::move(merged_rest);
}

Side SideOf(NativeHistogram* h, NativeHistogram* rest, bool positive) {
  if (positive) {
    return {&h->positive_spans, &h->positive_buckets, rest != nullptr ? &rest->positive_spans : nullptr,
            rest != nullptr ? &rest->positive_buckets : nullptr};
  }
  return {&h->negative_spans, &h->negative_buckets, rest != nullptr ? &rest->negative_spans : nullptr,
          rest != nullptr ? &rest->negative_buckets : nullptr};
}

void SetDense(NativeHistogram* h, std::vector<double> counts, const std::vector<double>& bounds) {
  h->positive_spans = {{0, static_cast<uint32_t>(counts.size())}};
  h->positive_buckets = std::move(counts);
  h->custom_values = bounds;
}

template <typename Sum>
void MergeCustom(NativeHistogram* h, NativeHistogram* rest, const NativeHistogram& other, Sum sum,
                 HistogramNotes* notes) {
  if (h->custom_values == other.custom_values) {
    MergeSide(SideOf(h, rest, true), other.positive_spans, other.positive_buckets, sum);
    return;
  }
  notes->bounds_reconciled = true;
  const std::vector<double> common = CommonBounds(h->custom_values, other.custom_values);
  if (rest != nullptr) {
    SetDense(rest, CountsByBounds(rest->positive_spans, rest->positive_buckets, h->custom_values, common), common);
  }
  SetDense(h, CountsByBounds(h->positive_spans, h->positive_buckets, h->custom_values, common), common);
  const std::vector<double> counts =
      CountsByBounds(other.positive_spans, other.positive_buckets, other.custom_values, common);
  const std::vector<BucketSpan> spans = {{0, static_cast<uint32_t>(counts.size())}};
  MergeSide(SideOf(h, rest, true), spans, counts, sum);
}

// Widens the narrower zero bucket until both are alike. `other` is copied into `scratch` if it has to change.
const NativeHistogram* ReconcileZero(NativeHistogram* h, NativeHistogram* rest, const NativeHistogram* other,
                                     std::optional<NativeHistogram>* scratch) {
  while (other->zero_threshold != h->zero_threshold) {
    if (std::isnan(other->zero_threshold) || std::isnan(h->zero_threshold)) break;
    if (h->zero_threshold > other->zero_threshold) {
      if (!scratch->has_value()) scratch->emplace(*other);
      WidenZero(&**scratch, h->zero_threshold, nullptr);
      other = &**scratch;
    } else {
      WidenZero(h, other->zero_threshold, rest);
    }
  }
  return other;
}

template <typename Sum>
void MergeExponential(NativeHistogram* h, NativeHistogram* rest, const NativeHistogram& given, Sum sum) {
  std::optional<NativeHistogram> scratch;
  const NativeHistogram* other = ReconcileZero(h, rest, &given, &scratch);
  double none = 0;
  sum(&h->zero_count, rest != nullptr ? &rest->zero_count : &none, other->zero_count);
  if (other->schema < h->schema) {
    ReduceSchema(h, other->schema);
    if (rest != nullptr) ReduceSchema(rest, other->schema);
  } else if (other->schema > h->schema) {
    if (!scratch.has_value()) scratch.emplace(*other);
    ReduceSchema(&*scratch, h->schema);
    other = &*scratch;
  }
  MergeSide(SideOf(h, rest, true), other->positive_spans, other->positive_buckets, sum);
  MergeSide(SideOf(h, rest, false), other->negative_spans, other->negative_buckets, sum);
}

// True when the hints contradict each other.
bool MergeHints(NativeHistogram* h, const NativeHistogram& other) {
  const CounterResetHint a = h->reset_hint;
  const CounterResetHint b = other.reset_hint;
  if (a == b) return false;
  const bool gauge = a == CounterResetHint::kGauge || b == CounterResetHint::kGauge;
  h->reset_hint = gauge ? CounterResetHint::kGauge : CounterResetHint::kUnknown;
  return !gauge && a != CounterResetHint::kUnknown && b != CounterResetHint::kUnknown;
}

template <typename Sum>
bool Merge(NativeHistogram* h, NativeHistogram* rest, const NativeHistogram& other, Sum sum, HistogramNotes* notes) {
  if (UsesCustomBuckets(*h) != UsesCustomBuckets(other)) return false;
  if (MergeHints(h, other)) notes->reset_collision = true;
  h->is_float = true;
  double none = 0;
  sum(&h->count, rest != nullptr ? &rest->count : &none, other.count);
  sum(&h->sum, rest != nullptr ? &rest->sum : &none, other.sum);
  if (UsesCustomBuckets(*h)) {
    MergeCustom(h, rest, other, sum, notes);
  } else {
    MergeExponential(h, rest, other, sum);
  }
  return true;
}

template <typename F>
void ForEachNumber(NativeHistogram* h, F&& f) {
  f(&h->zero_count);
  f(&h->count);
  f(&h->sum);
  for (double& count : h->positive_buckets) f(&count);
  for (double& count : h->negative_buckets) f(&count);
}

}  // namespace

bool Add(NativeHistogram* h, const NativeHistogram& other, HistogramNotes* notes) {
  return Merge(h, nullptr, other, PlainSum{1}, notes);
}

bool Subtract(NativeHistogram* h, const NativeHistogram& other, HistogramNotes* notes) {
  return Merge(h, nullptr, other, PlainSum{-1}, notes);
}

void Multiply(NativeHistogram* h, double factor) {
  h->is_float = true;
  ForEachNumber(h, [factor](double* number) { *number *= factor; });
  if (factor < 0) h->reset_hint = CounterResetHint::kGauge;
}

void Divide(NativeHistogram* h, double divisor) {
  h->is_float = true;
  ForEachNumber(h, [divisor](double* number) { *number /= divisor; });
  if (divisor == 0) {
    h->positive_spans.clear();
    h->positive_buckets.clear();
    h->negative_spans.clear();
    h->negative_buckets.clear();
  }
  if (divisor < 0) h->reset_hint = CounterResetHint::kGauge;
}

CompensatedHistogram::CompensatedHistogram(const NativeHistogram& first) : sum_(first), compensation_(first) {
  sum_.is_float = true;
  ForEachNumber(&compensation_, [](double* number) { *number = 0; });
}

bool CompensatedHistogram::Add(const NativeHistogram& other, HistogramNotes* notes) {
  return Merge(&sum_, &compensation_, other, CompensatedSum{}, notes);
}

void CompensatedHistogram::Multiply(double factor) {
  model::Multiply(&sum_, factor);
  ForEachNumber(&compensation_, [factor](double* number) { *number *= factor; });
}

void CompensatedHistogram::Divide(double divisor) {
  ForEachNumber(&sum_, [divisor](double* number) { *number /= divisor; });
  ForEachNumber(&compensation_, [divisor](double* number) { *number /= divisor; });
}

bool CompensatedHistogram::HasOverflow() const {
  const auto infinite = [](double number) { return std::isinf(number); };
  return infinite(sum_.zero_count) || infinite(sum_.count) || infinite(sum_.sum) ||
         std::any_of(sum_.positive_buckets.begin(), sum_.positive_buckets.end(), infinite) ||
         std::any_of(sum_.negative_buckets.begin(), sum_.negative_buckets.end(), infinite);
}

NativeHistogram CompensatedHistogram::Total() const {
  NativeHistogram total = sum_;
  total.zero_count += compensation_.zero_count;
  total.count += compensation_.count;
  total.sum += compensation_.sum;
  for (size_t i = 0; i < total.positive_buckets.size(); ++i) {
    total.positive_buckets[i] += compensation_.positive_buckets[i];
  }
  for (size_t i = 0; i < total.negative_buckets.size(); ++i) {
    total.negative_buckets[i] += compensation_.negative_buckets[i];
  }
  return total;
}

}  // namespace bekci::model
