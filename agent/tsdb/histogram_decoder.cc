// Reading histogram chunks: the mirror of histogram_chunk.cc.
#include <algorithm>
#include <bit>
#include <string>
#include <utility>

#include "agent/tsdb/histogram_chunk.h"
#include "agent/tsdb/padded_bytes.h"

namespace bekci::tsdb {
namespace {

using model::CounterResetHint;
using model::NativeHistogram;

constexpr uint8_t kHeaderMask = 0xc0;

// What one chunk may become in memory. A real one becomes half a megabyte; a damaged one could claim thousands of
// samples of thousands of buckets.
constexpr size_t kMaxDecodedBytes = size_t{256} << 20;

base::Status Damaged(size_t sample, size_t count) {
  return base::Corrupt("chunk of histograms: damaged at sample " + std::to_string(sample + 1) + " of " +
                       std::to_string(count));
}

class Decoder {
 public:
  Decoder(ChunkEncoding encoding, std::string_view bytes)
      : floats_(encoding == ChunkEncoding::kFloatHistogram),
        header_(static_cast<CounterResetHeader>(static_cast<uint8_t>(bytes[2]) & kHeaderMask)),
        in_(bytes) {
    in_.Skip(24);
  }

  base::Status ReadLayout() {
    ASSIGN_OR_RETURN(layout_, HistogramLayout::ReadFrom(&in_));
    positive_ = layout_.positive_count();
    buckets_.resize(positive_ + layout_.negative_count());
    return base::OkStatus();
  }

  // The next sample into the members; false when the bytes end before it does.
  bool ReadSample() {
    ReadTime();
    ReadNumber(&count_, true);
    ReadNumber(&zero_count_, true);
    const double before = sum_;
    sum_ = number_ == 0 ? std::bit_cast<double>(in_.Read(64)) : ReadXor(&in_, &sum_window_, before);
    if (in_.overrun()) return false;
    if (!stale()) {
      for (Column& bucket : buckets_) {
        ReadNumber(&bucket, false);
        if (in_.overrun()) return false;
      }
    }
    ++number_;
    return true;
  }

  int64_t time() const { return time_; }
  bool stale() const { return storage::IsStale(sum_); }
  size_t DecodedBytes() const {
    return sizeof(NativeHistogram) + buckets_.size() * sizeof(double) + layout_.custom_values.size() * sizeof(double) +
           (layout_.positive_spans.size() + layout_.negative_spans.size()) * sizeof(model::BucketSpan);
  }

  std::shared_ptr<const NativeHistogram> Make() const {
    auto h = std::make_shared<NativeHistogram>();
    h->schema = layout_.schema;
    h->is_float = floats_;
    h->reset_hint = Hint();
    h->zero_threshold = layout_.zero_threshold;
    h->zero_count = floats_ ? zero_count_.real : static_cast<double>(static_cast<uint64_t>(zero_count_.whole));
    h->count = floats_ ? count_.real : static_cast<double>(static_cast<uint64_t>(count_.whole));
    h->sum = sum_;
    h->positive_spans = layout_.positive_spans;
    h->negative_spans = layout_.negative_spans;
    h->custom_values = layout_.custom_values;
    FillBuckets(0, positive_, &h->positive_buckets);
    FillBuckets(positive_, buckets_.size(), &h->negative_buckets);
    return h;
  }

 private:
  struct Column {
    uint64_t whole = 0;  // wraps like the integers of the writer, never overflows
    uint64_t step = 0;
    double real = 0;
    XorWindow window{0, 0};
  };

  void ReadTime() {
    if (number_ == 0) {
      time_ = ReadVarbitInt(&in_);
      return;
    }
    if (number_ == 1 && !floats_) {
      time_step_ = ReadVarbitUint(&in_);
    } else {
      time_step_ += static_cast<uint64_t>(ReadVarbitInt(&in_));
    }
    time_ = static_cast<int64_t>(static_cast<uint64_t>(time_) + time_step_);
  }

  void ReadNumber(Column* column, bool is_unsigned) {
    if (floats_) {
      column->real = number_ == 0 ? std::bit_cast<double>(in_.Read(64)) : ReadXor(&in_, &column->window, column->real);
    } else if (number_ == 0) {
      column->whole = is_unsigned ? ReadVarbitUint(&in_) : static_cast<uint64_t>(ReadVarbitInt(&in_));
    } else {
      column->step += static_cast<uint64_t>(ReadVarbitInt(&in_));
      column->whole += column->step;
    }
  }

  CounterResetHint Hint() const {
    if (header_ == CounterResetHeader::kGauge) return CounterResetHint::kGauge;
    if (number_ > 1) return CounterResetHint::kNo;
    return header_ == CounterResetHeader::kReset ? CounterResetHint::kYes : CounterResetHint::kUnknown;
  }

  void FillBuckets(size_t from, size_t to, std::vector<double>* out) const {
    out->reserve(to - from);
    uint64_t sum = 0;
    for (size_t i = from; i < to; ++i) {
      sum += buckets_[i].whole;
      out->push_back(floats_ ? buckets_[i].real : static_cast<double>(static_cast<int64_t>(sum)));
    }
  }

  bool floats_;
  CounterResetHeader header_;
  BitReader in_;
  HistogramLayout layout_;
  size_t positive_ = 0;
  size_t number_ = 0;  // samples read
  int64_t time_ = 0;
  uint64_t time_step_ = 0;
  double sum_ = 0;
  XorWindow sum_window_{0, 0};
  Column count_;
  Column zero_count_;
  std::vector<Column> buckets_;
};

}  // namespace

base::Status DecodeHistogramChunk(ChunkEncoding encoding, std::string_view bytes, int64_t min_ms, int64_t max_ms,
                                  storage::Samples* out) {
  const size_t count = ChunkSampleCount(bytes);
  if (bytes.size() < 3) return base::Corrupt("chunk of histograms: too short");
  if (count == 0) return base::OkStatus();
  const PaddedBytes padded(bytes);
  Decoder decoder(encoding, padded.view());
  RETURN_IF_ERROR(decoder.ReadLayout());
  const size_t most = kMaxDecodedBytes / decoder.DecodedBytes();
  int64_t before = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!decoder.ReadSample() || (i > 0 && decoder.time() <= before) || i >= most) return Damaged(i, count);
    before = decoder.time();
    if (before > max_ms) break;
    if (before < min_ms) continue;
    if (decoder.stale()) {
      out->times.push_back(before);
      out->values.push_back(storage::StaleMarker());
    } else {
      out->histogram_times.push_back(before);
      out->histograms.push_back(decoder.Make());
    }
  }
  return base::OkStatus();
}

}  // namespace bekci::tsdb
