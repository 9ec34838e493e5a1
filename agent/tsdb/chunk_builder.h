// ChunkBuilder: samples of one series, in the order of time, into chunks: for import and for merging blocks that
// overlap.
//
// Chunks are cut as Prometheus' head cuts them: where the encoding changes or a histogram asks for it, at the end of a
// block's 2 h, and in between so that chunks are about 120 samples and equally long. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/storage/samples.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/chunk.h"
#include "agent/tsdb/histogram_chunk.h"
#include "agent/tsdb/xor_chunk.h"

namespace bekci::tsdb {

struct BuiltChunk {
  ChunkEncoding encoding = ChunkEncoding::kNone;
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  std::string bytes;
  ChunkView view() const { return {encoding, min_ms, max_ms, bytes}; }
};

class ChunkBuilder {
 public:
  // `range_ms`: a chunk does not reach over a multiple of this; 0: it may.
  explicit ChunkBuilder(int64_t range_ms) : range_ms_(range_ms) {}

  // Times rise over all calls. A stale marker after a histogram becomes a stale histogram, as Prometheus writes it.
  void Append(int64_t t_ms, double value);
  // Errors: invalid: a histogram whose spans and buckets do not agree.
  base::Status Append(int64_t t_ms, const model::NativeHistogram& histogram);
  // Both columns, merged by time; samples that cannot be (see above) are left out.
  void Append(const storage::Samples& samples);

  // The chunks, all finished; the builder is empty again.
  std::vector<BuiltChunk> Finish();
  // Finished chunks and what is open, in bytes.
  size_t size_bytes() const;
  bool empty() const { return chunks_.empty() && !floats_ && !histograms_; }

 private:
  void CutIfDue(int64_t t_ms);
  void Cut();
  void Opened(int64_t t_ms);
  void Appended(int64_t t_ms);

  int64_t range_ms_;
  std::vector<BuiltChunk> chunks_;
  std::optional<XorAppender> floats_;
  std::optional<HistogramAppender> histograms_;
  int64_t first_ms_ = 0;
  int64_t last_ms_ = 0;
  int64_t cut_at_ms_ = 0;
  size_t count_ = 0;  // in the open chunk
};

}  // namespace bekci::tsdb
