#include "agent/model/histogram_buckets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace bekci::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr size_t kFractions = size_t{1} << kMaxExponentialSchema;

// How many units in the last place Prometheus' bounds lie below 2^(k/256) / 2 rounded once; 'a' is one above. Bounds
// are printed, and are what histograms are matched by, so they must be the same doubles. As a running Prometheus 3.5
// gives them for a histogram of schema 8; those of lower schemas are among them.
constexpr char kUnitsBelow[] =
    "00000010001000000012001111111111001000100111001100110a1100110011"
    "0000001111221021001000100001000000010a00102200110111001010221111"
    "1010112211211011111111212122212200110010112210221122101121221121"
    "1132112122322232222222333344324311211222213311222132112222432233";
static_assert(sizeof kUnitsBelow == kFractions + 1);

// The fractions that bounds of every schema are made of.
const std::array<double, kFractions>& Fractions() {
  static const std::array<double, kFractions> kTable = [] {
    std::array<double, kFractions> table;
    for (size_t k = 0; k < kFractions; ++k) {
      table[k] = static_cast<double>(std::exp2l(static_cast<long double>(k) / kFractions - 1));
      if (kUnitsBelow[k] == 'a') table[k] = std::nextafter(table[k], 1.0);
      for (char unit = '0'; unit < kUnitsBelow[k] && kUnitsBelow[k] != 'a'; ++unit) {
        table[k] = std::nextafter(table[k], 0.0);
      }
    }
    return table;
  }();
  return kTable;
}

// ldexp for exponents of any size.
double Scale(double fraction, int64_t exponent) {
  return std::ldexp(fraction, static_cast<int>(std::clamp<int64_t>(exponent, -3000, 3000)));
}

}  // namespace

double ExponentialBound(int64_t index, int32_t schema) {
  schema = std::clamp(schema, kMinExponentialSchema, kMaxExponentialSchema);
  if (schema < 0) {
    const int64_t exponent = index * (int64_t{1} << -schema);
    return exponent == 1024 ? std::numeric_limits<double>::max() : Scale(1, exponent);
  }
  const int64_t part = index & ((int64_t{1} << schema) - 1);
  const int64_t exponent = (index >> schema) + 1;
  if (part == 0 && exponent == 1025) return std::numeric_limits<double>::max();
  return Scale(Fractions()[static_cast<size_t>(part) << (kMaxExponentialSchema - schema)], exponent);
}

double CustomBound(int64_t index, std::span<const double> custom_values) {
  if (index < 0) return -kInfinity;
  if (static_cast<uint64_t>(index) >= custom_values.size()) return kInfinity;
  return custom_values[static_cast<size_t>(index)];
}

CellWalker::CellWalker(std::span<const BucketSpan> spans, std::span<const double> counts, int32_t steps)
    : spans_(spans), counts_(counts), steps_(steps) {
  if (!spans_.empty()) next_ = spans_[0].offset;
  pending_ = Step();
}

bool CellWalker::Step() {
  if (taken_ == counts_.size()) return false;
  while (span_ < spans_.size() && within_ == spans_[span_].length) {
    within_ = 0;
    if (++span_ < spans_.size()) next_ += spans_[span_].offset;
  }
  if (span_ == spans_.size()) return false;
  ahead_.index = steps_ == 0 ? next_ : IndexInLowerSchema(next_, steps_);
  ahead_.count = counts_[taken_++];
  ++within_;
  ++next_;
  return true;
}

bool CellWalker::Next(Cell* cell) {
  if (!pending_) return false;
  *cell = ahead_;
  while ((pending_ = Step()) && steps_ != 0 && ahead_.index == cell->index) cell->count += ahead_.count;
  return true;
}

void SpanBuilder::Add(int64_t index, double count) {
  if (spans_->empty() || index != next_) {
    spans_->push_back({static_cast<int32_t>(index - next_), 0});
  }
  ++spans_->back().length;
  counts_->push_back(count);
  next_ = index + 1;
}

Bucket BucketAt(const NativeHistogram& h, bool positive, Cell cell) {
  if (UsesCustomBuckets(h)) {
    return {CustomBound(cell.index - 1, h.custom_values), CustomBound(cell.index, h.custom_values), cell.count,
            cell.index == 0, true};
  }
  const double inner = ExponentialBound(cell.index - 1, h.schema);
  const double outer = ExponentialBound(cell.index, h.schema);
  if (positive) return {inner, outer, cell.count, false, true};
  return {-outer, -inner, cell.count, true, false};
}

}  // namespace bekci::model
