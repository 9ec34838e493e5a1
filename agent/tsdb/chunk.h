// Chunk: samples of one series in a row, compressed, in the very bytes that Prometheus writes.
//
// A chunk is its encoding and its bytes. This header is what all encodings share: names, the header bits of histogram
// chunks, and reading into columns. Writing is done by the appenders (xor_chunk.h, histogram_chunk.h); FORMAT.md draws
// the bytes.
//
// Source: Prometheus' documentation of the chunk format; checked against chunks that promtool and prometheus wrote.
// Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/base/status.h"
#include "agent/storage/samples.h"

namespace bekci::tsdb {

enum class ChunkEncoding : uint8_t { kNone = 0, kXor = 1, kHistogram = 2, kFloatHistogram = 3 };

// What a histogram chunk says about its first sample: the two highest bits of its third byte.
enum class CounterResetHeader : uint8_t {
  kUnknown = 0x00,
  kNotReset = 0x40,  // continues the chunk before it
  kReset = 0x80,     // begins with a counter reset
  kGauge = 0xc0,     // gauges know no resets
};

// Where a chunk is cut: as Prometheus, because longer chunks save few bytes and make short reads dear.
inline constexpr size_t kSamplesPerChunk = 120;

// The first multiple of `range_ms` after `t_ms`: where a chunk ends that begins there, however few samples it has.
inline int64_t EndOfRange(int64_t t_ms, int64_t range_ms) {
  const int64_t past = t_ms % range_ms;
  return t_ms - (past < 0 ? past + range_ms : past) + range_ms;
}

// Asked when a quarter of a chunk's samples are there (first to last): where to cut it so that the chunks up to
// `end_ms`, where a cut is due anyway, are equally long. As Prometheus does it.
inline int64_t ChunkEndTime(int64_t first_ms, int64_t last_ms, int64_t end_ms) {
  const int64_t chunks = (end_ms - first_ms) / ((last_ms - first_ms + 1) * 4);
  return chunks <= 1 ? end_ms : first_ms + (end_ms - first_ms) / chunks;
}

// Samples that the bytes claim to hold; 0 when they are too short to say.
inline size_t ChunkSampleCount(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  return static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
}

inline void StoreSampleCount(char* bytes, size_t count) {
  bytes[0] = static_cast<char>(count >> 8);
  bytes[1] = static_cast<char>(count);
}

// Appends the chunk's samples in [min_ms, max_ms] to `out`. Stale histograms come as stale markers in the float column.
// Hints of histograms: gauge in gauge chunks, else no reset after the first sample of a chunk; the first has the
// header's word where that is a reset, else unknown (the chunk before may be gone).
// Errors: corrupt, with what was read before the damage in `out`; invalid: an encoding we do not know. Bytes are never
// trusted. Cost: linear in the samples before max_ms; allocates only to grow `out`, and the histograms.
base::Status DecodeChunk(ChunkEncoding encoding, std::string_view bytes, int64_t min_ms, int64_t max_ms,
                         storage::Samples* out);

}  // namespace bekci::tsdb
