#include "agent/tsdb/histogram_chunk.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <utility>

namespace bekci::tsdb {
namespace {

using model::CounterResetHint;
using model::NativeHistogram;

constexpr size_t kHeaderByte = 2;
constexpr size_t kMaxCount = 65535;  // two bytes

// Doubles count exactly up to here.
constexpr double kMaxWhole = 9007199254740992;

bool IsWhole(double value) {
  return value >= 0 && value <= kMaxWhole && value == std::floor(value);
}

bool AllWhole(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), IsWhole);
}

bool AnyFell(const std::vector<double>& before, const std::vector<double>& now, size_t from) {
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] < before[from + i]) return true;
  }
  return false;
}

// Of two layouts of one sign: the one that holds the other as it stands, else their union.
std::vector<model::BucketSpan> Wider(const std::vector<model::BucketSpan>& chunk,
                                     const std::vector<model::BucketSpan>& arriving) {
  if (chunk == arriving) return chunk;
  std::vector<model::BucketSpan> both = UnionOfSpans(chunk, arriving);
  const size_t count = HistogramLayout::CountBuckets(both);
  if (count == HistogramLayout::CountBuckets(chunk)) return chunk;
  if (count == HistogramLayout::CountBuckets(arriving)) return arriving;
  return both;
}

NativeHistogram Relaid(const NativeHistogram& histogram, const HistogramLayout& layout) {
  NativeHistogram wide = histogram;
  wide.positive_buckets = Spread(histogram.positive_buckets, histogram.positive_spans, layout.positive_spans);
  wide.negative_buckets = Spread(histogram.negative_buckets, histogram.negative_spans, layout.negative_spans);
  wide.positive_spans = layout.positive_spans;
  wide.negative_spans = layout.negative_spans;
  return wide;
}

}  // namespace

ChunkEncoding EncodingOf(const NativeHistogram& histogram) {
  const bool whole = !histogram.is_float && IsWhole(histogram.count) && IsWhole(histogram.zero_count) &&
                     AllWhole(histogram.positive_buckets) && AllWhole(histogram.negative_buckets);
  return whole ? ChunkEncoding::kHistogram : ChunkEncoding::kFloatHistogram;
}

CounterResetHeader HeaderOfFirst(const NativeHistogram& histogram) {
  if (histogram.reset_hint == CounterResetHint::kGauge) return CounterResetHeader::kGauge;
  if (histogram.reset_hint == CounterResetHint::kYes) return CounterResetHeader::kReset;
  return CounterResetHeader::kUnknown;
}

HistogramAppender::HistogramAppender(ChunkEncoding encoding, CounterResetHeader header)
    : encoding_(encoding), header_(header) {
  bits_.Write(0, 16);
  bits_.Write(static_cast<uint64_t>(header), 8);
}

CounterResetHeader HistogramAppender::HeaderOfNext(const NativeHistogram& histogram) const {
  const CounterResetHeader own = HeaderOfFirst(histogram);
  if (own != CounterResetHeader::kUnknown || count() == 0 || !CheckHistogram(histogram).ok()) return own;
  switch (FitOf(histogram)) {
    case Fit::kFits:
    case Fit::kOtherBuckets:
      return CounterResetHeader::kNotReset;
    case Fit::kReset:
      return CounterResetHeader::kReset;
    case Fit::kNewChunk:
      break;
  }
  return CounterResetHeader::kUnknown;
}

HistogramAppender::Fit HistogramAppender::FitOf(const NativeHistogram& h) const {
  const bool gauge = h.reset_hint == CounterResetHint::kGauge;
  if (last_is_stale() || gauge != (header_ == CounterResetHeader::kGauge)) return Fit::kNewChunk;
  const bool same_layout = h.schema == layout_.schema && h.zero_threshold == layout_.zero_threshold &&
                           h.custom_values == layout_.custom_values;
  const bool same_buckets = layout_.HasSpansOf(h);
  if (!gauge) {
    if (h.reset_hint == CounterResetHint::kYes || h.count < last_count_) return Fit::kReset;
    if (same_layout && (h.zero_count < last_zero_count_ || BucketsFell(h))) return Fit::kReset;
  }
  if (!same_layout) return Fit::kNewChunk;
  return same_buckets ? Fit::kFits : Fit::kOtherBuckets;
}

bool HistogramAppender::BucketsFell(const NativeHistogram& h) const {
  const size_t positive = layout_.positive_count();
  if (layout_.HasSpansOf(h)) {
    return AnyFell(last_buckets_, h.positive_buckets, 0) || AnyFell(last_buckets_, h.negative_buckets, positive);
  }
  const auto split = last_buckets_.begin() + static_cast<std::ptrdiff_t>(positive);
  const auto fell = [](const std::vector<double>& before, const std::vector<model::BucketSpan>& before_spans,
                       const std::vector<double>& now, const std::vector<model::BucketSpan>& now_spans) {
    const std::vector<model::BucketSpan> both = UnionOfSpans(before_spans, now_spans);
    return AnyFell(Spread(before, before_spans, both), Spread(now, now_spans, both), 0);
  };
  return fell({last_buckets_.begin(), split}, layout_.positive_spans, h.positive_buckets, h.positive_spans) ||
         fell({split, last_buckets_.end()}, layout_.negative_spans, h.negative_buckets, h.negative_spans);
}

bool HistogramAppender::Append(int64_t t_ms, const NativeHistogram& histogram) {
  if (storage::IsStale(histogram.sum)) return AppendStale(t_ms);
  if (count() == kMaxCount || !CheckHistogram(histogram).ok()) return false;
  if (encoding_ == ChunkEncoding::kHistogram && EncodingOf(histogram) != ChunkEncoding::kHistogram) return false;
  if (count() == 0) {
    Begin(HistogramLayout::Of(histogram), histogram.reset_hint == CounterResetHint::kGauge);
    Write(t_ms, histogram);
    return true;
  }
  const Fit fit = FitOf(histogram);
  if (fit == Fit::kFits) {
    Write(t_ms, histogram);
    return true;
  }
  if (fit != Fit::kOtherBuckets) return false;
  HistogramLayout layout = layout_;
  layout.positive_spans = Wider(layout_.positive_spans, histogram.positive_spans);
  layout.negative_spans = Wider(layout_.negative_spans, histogram.negative_spans);
  if (!Widen(layout)) return false;
  Write(t_ms, layout_.HasSpansOf(histogram) ? histogram : Relaid(histogram, layout_));
  return true;
}

bool HistogramAppender::AppendStale(int64_t t_ms) {
  const size_t number = count();
  if (number == kMaxCount) return false;
  if (number == 0) Begin(HistogramLayout(), false);
  WriteTime(t_ms);
  if (encoding_ == ChunkEncoding::kFloatHistogram) {
    WriteFloat(&count_, 0);
    WriteFloat(&zero_count_, 0);
  } else {
    bits_.Write(0, 2);  // neither count nor zero count change their step
  }
  WriteSum(storage::StaleMarker());
  StoreSampleCount(bits_.mutable_data(), number + 1);
  return true;
}

bool HistogramAppender::LastEquals(const NativeHistogram& h) const {
  if (count() == 0 || last_is_stale() || h.schema != layout_.schema || h.zero_threshold != layout_.zero_threshold ||
      h.custom_values != layout_.custom_values || h.count != last_count_ || h.zero_count != last_zero_count_ ||
      std::bit_cast<uint64_t>(h.sum) != std::bit_cast<uint64_t>(sum_)) {
    return false;
  }
  const auto split = last_buckets_.begin() + static_cast<std::ptrdiff_t>(layout_.positive_count());
  if (!layout_.HasSpansOf(h)) {
    // The chunk may be wider than what came: it is the same when the union of both shows the same numbers.
    const NativeHistogram wide = Relaid(h, layout_);
    return layout_.positive_spans == Wider(layout_.positive_spans, h.positive_spans) &&
           layout_.negative_spans == Wider(layout_.negative_spans, h.negative_spans) &&
           std::equal(last_buckets_.begin(), split, wide.positive_buckets.begin(), wide.positive_buckets.end()) &&
           std::equal(split, last_buckets_.end(), wide.negative_buckets.begin(), wide.negative_buckets.end());
  }
  return std::equal(last_buckets_.begin(), split, h.positive_buckets.begin(), h.positive_buckets.end()) &&
         std::equal(split, last_buckets_.end(), h.negative_buckets.begin(), h.negative_buckets.end());
}

// ---- writing ----

void HistogramAppender::Begin(HistogramLayout layout, bool gauge) {
  if (gauge) header_ = CounterResetHeader::kGauge;
  bits_.mutable_data()[kHeaderByte] = static_cast<char>(header_);
  layout_ = std::move(layout);
  layout_.WriteTo(&bits_);
  time_step_ = 0;
  sum_ = 0;
  sum_window_ = XorWindow();
  count_ = zero_count_ = Column();
  buckets_.assign(layout_.positive_count() + layout_.negative_count(), Column());
}

// Writes the whole chunk again with room for more buckets.
bool HistogramAppender::Widen(const HistogramLayout& layout) {
  if (layout.positive_spans == layout_.positive_spans && layout.negative_spans == layout_.negative_spans) return true;
  storage::Samples samples;
  if (!DecodeHistogramChunk(encoding_, data(), INT64_MIN, INT64_MAX, &samples).ok()) return false;
  bits_ = BitWriter();
  bits_.Write(0, 24);
  Begin(layout, header_ == CounterResetHeader::kGauge);
  for (size_t i = 0; i < samples.histograms.size(); ++i) {
    Write(samples.histogram_times[i], Relaid(*samples.histograms[i], layout_));
  }
  return true;
}

void HistogramAppender::Write(int64_t t_ms, const NativeHistogram& h) {
  const size_t number = count();
  WriteTime(t_ms);
  last_buckets_.assign(h.positive_buckets.begin(), h.positive_buckets.end());
  last_buckets_.insert(last_buckets_.end(), h.negative_buckets.begin(), h.negative_buckets.end());
  last_count_ = h.count;
  last_zero_count_ = h.zero_count;
  if (encoding_ == ChunkEncoding::kFloatHistogram) {
    WriteFloat(&count_, h.count);
    WriteFloat(&zero_count_, h.zero_count);
    WriteSum(h.sum);
    for (size_t i = 0; i < buckets_.size(); ++i) WriteFloat(&buckets_[i], last_buckets_[i]);
  } else {
    WriteCount(&count_, h.count);
    WriteCount(&zero_count_, h.zero_count);
    WriteSum(h.sum);
    WriteBuckets();
  }
  StoreSampleCount(bits_.mutable_data(), number + 1);
}

void HistogramAppender::WriteTime(int64_t t_ms) {
  const size_t number = count();
  if (number == 0) {
    WriteVarbitInt(&bits_, t_ms);
  } else {
    const auto step = static_cast<int64_t>(static_cast<uint64_t>(t_ms) - static_cast<uint64_t>(time_));
    if (number == 1 && encoding_ == ChunkEncoding::kHistogram) {
      WriteVarbitUint(&bits_, static_cast<uint64_t>(step));
    } else {
      WriteVarbitInt(&bits_, step - time_step_);
    }
    time_step_ = step;
  }
  time_ = t_ms;
}

void HistogramAppender::WriteCount(Column* column, double value) {
  const auto whole = static_cast<int64_t>(value);
  if (count() == 0) {
    WriteVarbitUint(&bits_, static_cast<uint64_t>(whole));
    column->whole = whole;
  } else {
    WriteInteger(column, whole);
  }
}

// Each bucket as its difference to the one before, positive and negative ones apart.
void HistogramAppender::WriteBuckets() {
  const bool first = count() == 0;
  const size_t positive = layout_.positive_count();
  for (size_t i = 0; i < buckets_.size(); ++i) {
    const auto before = i == 0 || i == positive ? 0 : static_cast<int64_t>(last_buckets_[i - 1]);
    const int64_t value = static_cast<int64_t>(last_buckets_[i]) - before;
    if (first) {
      WriteVarbitInt(&bits_, value);
      buckets_[i].whole = value;
    } else {
      WriteInteger(&buckets_[i], value);
    }
  }
}

void HistogramAppender::WriteInteger(Column* column, int64_t value) {
  const int64_t step = value - column->whole;
  WriteVarbitInt(&bits_, step - column->step);
  column->step = step;
  column->whole = value;
}

void HistogramAppender::WriteFloat(Column* column, double value) {
  if (count() == 0) {
    bits_.Write(std::bit_cast<uint64_t>(value), 64);
  } else {
    WriteXor(&bits_, &column->window, column->real, value);
  }
  column->real = value;
}

void HistogramAppender::WriteSum(double sum) {
  if (count() == 0) {
    bits_.Write(std::bit_cast<uint64_t>(sum), 64);
  } else {
    WriteXor(&bits_, &sum_window_, sum_, sum);
  }
  sum_ = sum;
}

}  // namespace bekci::tsdb
