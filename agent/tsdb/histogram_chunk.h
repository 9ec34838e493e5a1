// HistogramAppender: the open end of a chunk of native histograms, integer (encoding 2) or float (encoding 3).
//
// All histograms of a chunk share one layout: schema, zero threshold, spans, custom bounds. The layout stands once at
// the front, each sample is then numbers only: differences of differences in integer chunks, XOR in float chunks. When
// a histogram brings new buckets, the chunk is written anew with the wider layout; when it cannot follow what stands in
// the chunk (a counter reset, another schema, gauge after counter), a new chunk is needed, and the header of that chunk
// says why. Which of these it is follows Prometheus' appenders.
//
//     HistogramAppender chunk(EncodingOf(h), CounterResetHeader::kUnknown);
//     if (chunk.encoding() != EncodingOf(h) || !chunk.Append(t, h)) {
//       const CounterResetHeader header = chunk.HeaderOfNext(h);
//       ...seal chunk.data()...
//       chunk = HistogramAppender(EncodingOf(h), header);
//       chunk.Append(t, h);  // an empty chunk takes everything
//     }
// Thread rule: as XorAppender.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/model/native_histogram.h"
#include "agent/tsdb/bit_stream.h"
#include "agent/tsdb/chunk.h"
#include "agent/tsdb/histogram_layout.h"
#include "agent/tsdb/xor_chunk.h"

namespace bekci::tsdb {

// kHistogram where every number is whole and exact, else kFloatHistogram.
ChunkEncoding EncodingOf(const model::NativeHistogram& histogram);

// What the first chunk of a series says when it begins with this histogram, or one after a chunk of another encoding.
CounterResetHeader HeaderOfFirst(const model::NativeHistogram& histogram);

class HistogramAppender {
 public:
  // An empty chunk. A gauge as first histogram makes it a gauge chunk whatever `header` says.
  HistogramAppender(ChunkEncoding encoding, CounterResetHeader header);

  // Appends when the histogram can follow what is there, and says whether it did. An empty chunk takes every one that
  // passes CheckHistogram and has its encoding; a chunk of float histograms also takes integer ones. `t_ms` must be
  // greater than the last one.
  bool Append(int64_t t_ms, const model::NativeHistogram& histogram);
  // A stale marker. After it only stale markers follow in this chunk. False: the chunk is full (65535 samples).
  bool AppendStale(int64_t t_ms);

  // What the chunk that begins with `histogram` and comes after this one must say: kGauge, kReset, kNotReset when it
  // could have been appended here (the chunk is merely full), kUnknown (other layout, after a stale marker).
  CounterResetHeader HeaderOfNext(const model::NativeHistogram& histogram) const;

  ChunkEncoding encoding() const { return encoding_; }
  size_t count() const { return ChunkSampleCount(bits_.data()); }
  int64_t last_time() const { return time_; }
  bool last_is_stale() const { return storage::IsStale(sum_); }
  // The last histogram appended is this one, number for number (for "same sample again").
  bool LastEquals(const model::NativeHistogram& histogram) const;

  std::string_view data() const { return bits_.data(); }
  size_t capacity_bytes() const { return bits_.capacity_bytes(); }

 private:
  enum class Fit : uint8_t { kFits, kOtherBuckets, kReset, kNewChunk };
  // A number of a sample (count, zero count, a bucket) and how its next one will be written.
  struct Column {
    int64_t whole = 0;  // integer chunks: the value, for buckets its difference to the bucket before
    int64_t step = 0;   // and how much it changed last
    double real = 0;    // float chunks
    XorWindow window;
  };

  Fit FitOf(const model::NativeHistogram& histogram) const;
  bool BucketsFell(const model::NativeHistogram& histogram) const;
  void Begin(HistogramLayout layout, bool gauge);
  bool Widen(const HistogramLayout& layout);
  void Write(int64_t t_ms, const model::NativeHistogram& histogram);
  void WriteTime(int64_t t_ms);
  void WriteCount(Column* column, double value);
  void WriteBuckets();
  void WriteInteger(Column* column, int64_t value);
  void WriteFloat(Column* column, double value);
  void WriteSum(double sum);

  ChunkEncoding encoding_;
  CounterResetHeader header_;
  BitWriter bits_;
  HistogramLayout layout_;
  int64_t time_ = 0;
  int64_t time_step_ = 0;
  double sum_ = 0;
  XorWindow sum_window_;
  Column count_;
  Column zero_count_;
  std::vector<Column> buckets_;       // positive, then negative
  std::vector<double> last_buckets_;  // absolute, in the same order
  double last_count_ = 0;
  double last_zero_count_ = 0;
};

// See DecodeChunk.
base::Status DecodeHistogramChunk(ChunkEncoding encoding, std::string_view bytes, int64_t min_ms, int64_t max_ms,
                                  storage::Samples* out);

}  // namespace bekci::tsdb
