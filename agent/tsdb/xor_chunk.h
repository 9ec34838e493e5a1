// XorAppender: the open end of a chunk of floats (encoding 1).
//
// Times are kept as differences of differences, values as the XOR with the one before ("Gorilla: A Fast, Scalable,
// In-Memory Time Series Database", Pelkonen et al. 2015, with Prometheus' widths). Scraped series cost 1 to 2 bytes a
// sample. Bytes are Prometheus' to the bit.
// Thread rule: one thread; data() may be copied by whoever holds the lock under which samples are appended.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/tsdb/bit_stream.h"
#include "agent/tsdb/chunk.h"

namespace bekci::tsdb {

// The leading and trailing zero bits of the last XOR that was written in full.
struct XorWindow {
  static constexpr uint8_t kNone = 0xff;
  uint8_t leading = kNone;
  uint8_t trailing = 0;
};

// One value after another, as XOR: shared with histogram chunks, whose sums are kept so.
void WriteXor(BitWriter* out, XorWindow* window, double before, double value);
double ReadXor(BitReader* in, XorWindow* window, double before);

class XorAppender {
 public:
  XorAppender();

  // `t_ms` must be greater than the last one, and count() less than 65535.
  void Append(int64_t t_ms, double value);

  size_t count() const { return ChunkSampleCount(bits_.data()); }
  int64_t last_time() const { return time_; }  // with count() > 0
  double last_value() const { return value_; }

  // The chunk as it stands, complete and decodable. Good until the next Append.
  std::string_view data() const { return bits_.data(); }
  size_t capacity_bytes() const { return bits_.capacity_bytes(); }

 private:
  BitWriter bits_;
  int64_t time_ = 0;
  uint64_t step_ = 0;  // ms between the last two samples
  double value_ = 0;
  XorWindow window_;
};

// See DecodeChunk.
base::Status DecodeXorChunk(std::string_view bytes, int64_t min_ms, int64_t max_ms, storage::Samples* out);

}  // namespace bekci::tsdb
