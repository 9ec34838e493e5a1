#include "agent/tsdb/histogram_layout.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>
#include <utility>

namespace bekci::tsdb {
namespace {

// Widths of the payload behind a prefix of 1, 2, ... ones: 10, 110, ..., and 11111111 without a zero.
constexpr std::array<unsigned, 8> kWidths = {3, 6, 9, 12, 18, 25, 56, 64};

void WritePrefix(BitWriter* out, size_t width) {
  const auto ones = static_cast<unsigned>(width + 1);
  if (ones == 8) return out->Write(0xff, 8);
  out->Write((uint64_t{1} << (ones + 1)) - 2, ones + 1);
}

// Bits of the payload; 0 for the single zero bit.
unsigned ReadPrefix(BitReader* in) {
  const auto ones = static_cast<unsigned>(std::min(std::countl_one(in->Peek()), 8));
  in->Skip(ones == 8 ? 8 : ones + 1);
  return ones == 0 ? 0 : kWidths[ones - 1];
}

// A threshold that is a power of two from 2^-243 to 2^10 takes one byte; 255 says that 64 bits follow.
constexpr int kThresholdBias = 243;
constexpr uint64_t kThresholdInFull = 255;

void WriteThreshold(BitWriter* out, double threshold) {
  if (threshold == 0) return out->Write(0, 8);
  int exponent = 0;
  const double fraction = std::frexp(threshold, &exponent);
  if (fraction != 0.5 || exponent < -242 || exponent > 11) {
    out->Write(kThresholdInFull, 8);
    return out->Write(std::bit_cast<uint64_t>(threshold), 64);
  }
  out->Write(static_cast<uint64_t>(exponent + kThresholdBias), 8);
}

double ReadThreshold(BitReader* in) {
  const uint64_t byte = in->Read(8);
  if (byte == 0) return 0;
  if (byte == kThresholdInFull) return std::bit_cast<double>(in->Read(64));
  return std::ldexp(0.5, static_cast<int>(byte) - kThresholdBias);
}

// Bounds that are whole thousandths, as people write them, are kept as integers; others as a zero bit and 64 bits.
constexpr double kMaxThousandths = 33'554'430;

void WriteBound(BitWriter* out, double bound) {
  const double thousandths = bound * 1000;
  if (thousandths >= 0 && thousandths <= kMaxThousandths) {
    const double rounded = std::round(thousandths);
    if (rounded / 1000 == bound) return WriteVarbitUint(out, static_cast<uint64_t>(rounded) + 1);
  }
  out->Write(0, 1);
  out->Write(std::bit_cast<uint64_t>(bound), 64);
}

double ReadBound(BitReader* in) {
  const uint64_t thousandths = ReadVarbitUint(in);
  if (thousandths == 0) return std::bit_cast<double>(in->Read(64));
  return static_cast<double>(thousandths - 1) / 1000;
}

void WriteSpans(BitWriter* out, const std::vector<model::BucketSpan>& spans) {
  WriteVarbitUint(out, spans.size());
  for (const model::BucketSpan& span : spans) {
    WriteVarbitUint(out, span.length);
    WriteVarbitInt(out, span.offset);
  }
}

base::Status TooLarge() {
  return base::Corrupt("histogram chunk: damaged layout");
}

base::Status ReadSpans(BitReader* in, std::vector<model::BucketSpan>* spans) {
  const uint64_t count = ReadVarbitUint(in);
  if (in->overrun() || count > kMaxBuckets) return TooLarge();
  uint64_t buckets = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t length = ReadVarbitUint(in);
    const int64_t offset = ReadVarbitInt(in);
    buckets += std::min<uint64_t>(length, kMaxBuckets + 1);
    if (in->overrun() || buckets > kMaxBuckets || offset != static_cast<int32_t>(offset)) return TooLarge();
    spans->push_back({static_cast<int32_t>(offset), static_cast<uint32_t>(length)});
  }
  return base::OkStatus();
}

// Bucket indexes in order, one by one.
class IndexWalk {
 public:
  explicit IndexWalk(const std::vector<model::BucketSpan>& spans) : spans_(spans) { Settle(); }
  bool done() const { return span_ == spans_.size(); }
  int64_t index() const { return index_; }
  void Next() {
    ++index_;
    ++within_;
    Settle();
  }

 private:
  // Goes on to the span that has a bucket at this place or later; offsets count from the end of the span before.
  void Settle() {
    if (span_ == 0 && within_ == 0 && !spans_.empty()) index_ = spans_[0].offset;
    while (span_ < spans_.size() && within_ == spans_[span_].length) {
      within_ = 0;
      if (++span_ < spans_.size()) index_ += spans_[span_].offset;
    }
  }

  const std::vector<model::BucketSpan>& spans_;
  size_t span_ = 0;
  uint32_t within_ = 0;
  int64_t index_ = 0;
};

base::Status CheckSpans(const std::vector<model::BucketSpan>& spans, size_t buckets) {
  if (spans.size() > kMaxBuckets || buckets > kMaxBuckets) return base::Invalid("histogram: too many buckets");
  size_t count = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) return base::Invalid("histogram: span " + std::to_string(i) + " goes backwards");
    count += spans[i].length;
  }
  if (count == buckets) return base::OkStatus();
  return base::Invalid("histogram: spans need " + std::to_string(count) + " buckets, have " + std::to_string(buckets));
}

}  // namespace

void WriteVarbitInt(BitWriter* out, int64_t value) {
  if (value == 0) return out->Write(0, 1);
  size_t width = 0;
  for (; width + 1 < kWidths.size(); ++width) {
    const int64_t half = int64_t{1} << (kWidths[width] - 1);
    if (-(half - 1) <= value && value <= half) break;
  }
  WritePrefix(out, width);
  out->Write(static_cast<uint64_t>(value), kWidths[width]);
}

void WriteVarbitUint(BitWriter* out, uint64_t value) {
  if (value == 0) return out->Write(0, 1);
  size_t width = 0;
  while (width + 1 < kWidths.size() && value >> kWidths[width] != 0) ++width;
  WritePrefix(out, width);
  out->Write(value, kWidths[width]);
}

int64_t ReadVarbitInt(BitReader* in) {
  const unsigned bits = ReadPrefix(in);
  if (bits == 0) return 0;
  const uint64_t raw = in->Read(bits);
  if (bits == 64) return static_cast<int64_t>(raw);
  const uint64_t half = uint64_t{1} << (bits - 1);
  return raw > half ? static_cast<int64_t>(raw) - static_cast<int64_t>(half * 2) : static_cast<int64_t>(raw);
}

uint64_t ReadVarbitUint(BitReader* in) {
  const unsigned bits = ReadPrefix(in);
  return bits == 0 ? 0 : in->Read(bits);
}

HistogramLayout HistogramLayout::Of(const model::NativeHistogram& histogram) {
  return {histogram.schema, histogram.zero_threshold, histogram.positive_spans, histogram.negative_spans,
          histogram.custom_values};
}

bool HistogramLayout::HasSpansOf(const model::NativeHistogram& histogram) const {
  return positive_spans == histogram.positive_spans && negative_spans == histogram.negative_spans;
}

size_t HistogramLayout::CountBuckets(const std::vector<model::BucketSpan>& spans) {
  size_t count = 0;
  for (const model::BucketSpan& span : spans) count += span.length;
  return count;
}

void HistogramLayout::WriteTo(BitWriter* out) const {
  WriteThreshold(out, zero_threshold);
  WriteVarbitInt(out, schema);
  WriteSpans(out, positive_spans);
  WriteSpans(out, negative_spans);
  if (schema != model::kCustomBucketsSchema) return;
  WriteVarbitUint(out, custom_values.size());
  for (const double bound : custom_values) WriteBound(out, bound);
}

base::Result<HistogramLayout> HistogramLayout::ReadFrom(BitReader* in) {
  HistogramLayout layout;
  layout.zero_threshold = ReadThreshold(in);
  const int64_t schema = ReadVarbitInt(in);
  if (in->overrun() || schema != static_cast<int32_t>(schema)) return TooLarge();
  layout.schema = static_cast<int32_t>(schema);
  RETURN_IF_ERROR(ReadSpans(in, &layout.positive_spans));
  RETURN_IF_ERROR(ReadSpans(in, &layout.negative_spans));
  if (layout.schema != model::kCustomBucketsSchema) return layout;
  const uint64_t bounds = ReadVarbitUint(in);
  if (in->overrun() || bounds > kMaxBuckets) return TooLarge();
  for (uint64_t i = 0; i < bounds; ++i) {
    layout.custom_values.push_back(ReadBound(in));
    if (in->overrun()) return TooLarge();
  }
  return layout;
}

base::Status CheckHistogram(const model::NativeHistogram& histogram) {
  RETURN_IF_ERROR(CheckSpans(histogram.positive_spans, histogram.positive_buckets.size()));
  return CheckSpans(histogram.negative_spans, histogram.negative_buckets.size());
}

std::vector<model::BucketSpan> UnionOfSpans(const std::vector<model::BucketSpan>& a,
                                            const std::vector<model::BucketSpan>& b) {
  std::vector<model::BucketSpan> all;
  IndexWalk left(a);
  IndexWalk right(b);
  int64_t end = 0;  // one past the last bucket
  while (!left.done() || !right.done()) {
    const bool take_left = !left.done() && (right.done() || left.index() <= right.index());
    const int64_t index = take_left ? left.index() : right.index();
    if (all.empty() || index != end) all.push_back({static_cast<int32_t>(index - end), 0});
    ++all.back().length;
    end = index + 1;
    if (!left.done() && left.index() == index) left.Next();
    if (!right.done() && right.index() == index) right.Next();
  }
  return all;
}

std::vector<double> Spread(const std::vector<double>& buckets, const std::vector<model::BucketSpan>& from,
                           const std::vector<model::BucketSpan>& to) {
  std::vector<double> wide;
  wide.reserve(HistogramLayout::CountBuckets(to));
  IndexWalk source(from);
  size_t next = 0;
  for (IndexWalk target(to); !target.done(); target.Next()) {
    const bool has = !source.done() && source.index() == target.index() && next < buckets.size();
    wide.push_back(has ? buckets[next] : 0);
    if (!has) continue;
    ++next;
    source.Next();
  }
  return wide;
}

}  // namespace bekci::tsdb
