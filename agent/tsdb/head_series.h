// HeadSeries: one series in memory: its labels as symbols, the chunk being filled, and the chunks already full.
//
// Chunks are cut as Prometheus cuts them: at most 120 samples, and never across a boundary of the block range (2 h), so
// that a block takes whole chunks. A full chunk is one allocation of exactly its bytes.
//
// A reader may have been opened before the newest samples were committed. While such readers are open the series
// remembers which commit brought its newest samples (`recent`); without them, which is nearly always, it remembers
// nothing.
//
// Thread rule: id and labels are constant; everything else is guarded by the head's data lock.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agent/model/native_histogram.h"
#include "agent/tsdb/head_index.h"
#include "agent/tsdb/histogram_chunk.h"
#include "agent/tsdb/xor_chunk.h"

namespace bekci::tsdb {

// The moment a sample was committed, in commits.
using CommitNumber = uint64_t;

struct HeadChunk {
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  std::unique_ptr<const char[]> bytes;
  uint32_t size = 0;
  uint16_t count = 0;
  ChunkEncoding encoding = ChunkEncoding::kNone;

  std::string_view data() const { return {bytes.get(), size}; }
};

enum class AppendVerdict : uint8_t { kNew, kSameAgain, kDuplicate, kOutOfOrder };

// The times of the newest sample seen so far, and how another one relates to it.
inline AppendVerdict JudgeTime(bool any, int64_t newest_ms, int64_t t_ms) {
  if (!any || t_ms > newest_ms) return AppendVerdict::kNew;
  return t_ms < newest_ms ? AppendVerdict::kOutOfOrder : AppendVerdict::kDuplicate;
}

// A chunk as a reader may see it. `bytes` of a full chunk stay where they are as long as the reader is open.
struct VisibleChunk {
  ChunkEncoding encoding = ChunkEncoding::kNone;
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  uint16_t count = 0;      // samples that may be seen, at least one
  std::string_view bytes;  // of a full chunk; empty: the open one, copied to open_bytes
};

class HeadSeries {
 public:
  HeadSeries(SeriesId id, std::span<const LabelSymbols> labels, uint32_t owner);

  SeriesId id() const { return id_; }
  void set_id(SeriesId id) { id_ = id; }  // while the log is replayed only
  std::span<const LabelSymbols> labels() const { return {labels_.get(), label_count_}; }
  uint32_t owner() const { return owner_; }

  AppendVerdict Judge(int64_t t_ms, double value) const;
  AppendVerdict Judge(int64_t t_ms, const model::NativeHistogram& histogram) const;
  // What Judge called kNew. `range_ms`: chunks do not cross its multiples.
  void Append(int64_t t_ms, double value, int64_t range_ms);
  void Append(int64_t t_ms, const model::NativeHistogram& histogram, int64_t range_ms);

  bool empty() const { return open_count_ == 0 && chunks_.empty(); }
  int64_t min_ms() const { return chunks_.empty() ? open_min_ms_ : chunks_.front().min_ms; }  // not when empty
  int64_t max_ms() const { return newest_ms_; }                                               // not when empty
  size_t chunk_count() const { return chunks_.size() + (open_count_ > 0 ? 1 : 0); }

  // Remembers that the newest sample came with `commit`; forgets what every open reader (opened at `oldest_reader` or
  // later) sees anyway.
  void RememberCommit(CommitNumber commit, CommitNumber oldest_reader);
  void ForgetCommits() { recent_.reset(); }
  // Chunks with samples in [min_ms, max_ms] that were committed up to `commit`; the open one's bytes go to
  // `open_bytes`.
  void Collect(CommitNumber commit, int64_t min_ms, int64_t max_ms, std::vector<VisibleChunk>* chunks,
               std::string* open_bytes) const;

  // Drops chunks that end before `before_ms`. Returns how many.
  size_t DropBefore(int64_t before_ms);

  size_t heap_bytes() const;

  // ---- of whoever appends, under the data lock ----
  uint32_t pending = 0;              // samples of appenders that have not committed yet: the series must stay
  uint32_t pending_index = 0;        // the newest of them
  const void* pending_of = nullptr;  // in this appender
  // Of the log in which this series is described; guarded by the commit lock.
  uint64_t logged_epoch = 0;

 private:
  void CutIfDue(int64_t t_ms);
  void Seal();
  void CountSample(int64_t t_ms);
  size_t Hidden(CommitNumber commit) const;
  std::string_view OpenData() const { return histogram_ ? histogram_->data() : xor_.data(); }

  SeriesId id_;
  std::unique_ptr<LabelSymbols[]> labels_;
  uint16_t label_count_ = 0;
  uint16_t open_count_ = 0;
  uint32_t owner_ = 0;
  XorAppender xor_;
  std::unique_ptr<HistogramAppender> histogram_;  // the open chunk is one of histograms
  int64_t open_min_ms_ = 0;
  int64_t newest_ms_ = INT64_MIN;
  int64_t cut_at_ms_ = 0;
  std::vector<HeadChunk> chunks_;
  std::unique_ptr<std::vector<CommitNumber>> recent_;
};

}  // namespace bekci::tsdb
