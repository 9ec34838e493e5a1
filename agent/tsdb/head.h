// Head: the newest hours of every series, in memory, in front of the blocks.
//
// Samples come in batches. Append judges a sample and keeps it in its appender; Commit writes the batch to the
// write-ahead log as one record and then puts it into the series. A reader is opened at a commit number and sees
// exactly the batches up to it: all of a batch or nothing (see head_series.h).
//
// When the head spans one and a half block ranges, its oldest range is written as a block and dropped here, once nobody
// reads it any more. Series without samples go with it; their references go stale.
//
// Three locks, taken in this order, none held across I/O but the first:
//   commit_mutex_  one batch at a time: the order of the log is the order of the series
//   index_mutex_   symbols, postings, series by labels; readers share it. Samples of known series do not need it
//   data_mutex_    the series' samples and the directory by reference; held for microseconds at a time
// Thread rule: any thread, but for what the owner's background thread alone may call (said below).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/storage/storage.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/exemplar_ring.h"
#include "agent/tsdb/head_index.h"
#include "agent/tsdb/head_series.h"
#include "agent/tsdb/metadata_table.h"
#include "agent/tsdb/part_querier.h"
#include "agent/tsdb/series_directory.h"
#include "agent/tsdb/series_limits.h"
#include "agent/tsdb/series_table.h"
#include "agent/tsdb/symbol_table.h"
#include "agent/tsdb/wal.h"

namespace bekci::tsdb {

struct HeadOptions {
  int64_t range_ms = 2 * 3600 * 1000;  // of a block
  // A sample further ahead of the wall clock is refused as out of bounds, as Prometheus does when it scrapes: one clock
  // that is wrong must not make everybody else's samples too old.
  base::Duration max_ahead = base::minutes(10);
  SeriesLimitOptions limits;
  size_t exemplars = 10'000;
};

// Times beyond this many milliseconds from the epoch (70 million years) are nobody's: sums of two of them still fit.
inline constexpr int64_t kFurthestMs = int64_t{1} << 61;

enum class SampleKind : uint8_t { kFloat, kHistogram };
inline constexpr size_t kSampleKinds = 2;

struct HeadStats {
  uint64_t series = 0;
  uint64_t series_created = 0;
  uint64_t series_removed = 0;
  uint64_t chunks = 0;
  uint64_t chunks_created = 0;
  uint64_t chunks_removed = 0;
  uint64_t appended[kSampleKinds] = {0, 0};
  uint64_t out_of_order[kSampleKinds] = {0, 0};
  uint64_t out_of_bounds[kSampleKinds] = {0, 0};
  uint64_t duplicates[kSampleKinds] = {0, 0};
  uint64_t series_refused = 0;
  int64_t min_ms = INT64_MAX;  // of the samples; above max_ms when there are none
  int64_t max_ms = INT64_MIN;
  uint64_t readers = 0;
  uint64_t truncations = 0;
};

struct HeadMemory {
  size_t series = 0;  // count
  size_t samples = 0;
  size_t series_bytes = 0;  // with their chunks
  size_t index_bytes = 0;   // symbols, postings, tables
};

// [min_ms, max_ms): aligned to the block range.
struct HeadRange {
  int64_t min_ms = 0;
  int64_t max_ms = 0;
};

class HeadAppender;
struct PendingSample;

class Head {
 public:
  // `wal` may be null: then nothing is durable. All that is passed in outlives the head.
  Head(const base::Clock& clock, base::Logger& log, Wal* wal, HeadOptions options);
  ~Head();
  Head(const Head&) = delete;
  Head& operator=(const Head&) = delete;

  // Reads the log back; once, before anything else. Samples that are in a block which `has_block` knows are left out.
  using HasBlock = std::function<bool(std::string_view ulid)>;
  base::Result<WalReplayStats> Replay(const HasBlock& has_block, const WalProgress& progress);

  std::unique_ptr<storage::Appender> NewAppender(std::string_view source);
  // Sees all batches committed so far; null when the head has no samples in [min_ms, max_ms].
  std::unique_ptr<PartQuerier> NewQuerier(int64_t min_ms, int64_t max_ms);
  const ExemplarRing& exemplars() const { return exemplars_; }
  const MetadataTable& metadata() const { return metadata_; }
  SeriesLimits& limits() { return limits_; }
  std::vector<RefusedSeries> refused() const { return limits_.refused_by_source(); }

  HeadStats stats() const;
  HeadMemory Measure() const;  // looks at every series
  // Calls f(name, value, number of series) for every label: for statistics.
  void ForEachLabel(const std::function<void(std::string_view, std::string_view, size_t)>& f) const;

  // ---- of the background thread ----

  // The oldest range, when it is time to write it as a block.
  std::optional<HeadRange> DueRange() const;
  // From now on nothing before `ms` is taken, so that what is before it is complete.
  void CloseBefore(int64_t ms);
  // Tells the log that samples before `end_ms` are in block `ulid` if there is such a block: it is written next. A
  // start after a crash in between then knows whether it was finished.
  base::Status AnnounceBlock(std::string_view ulid, int64_t end_ms);
  using MakeBlock =
      std::function<base::Result<std::unique_ptr<BlockWriter>>(std::span<const std::string_view> symbols)>;
  // Writes the range's chunks through the writer that `make` makes. Errors: no_data when there are none; those of the
  // writer. CloseBefore(range.max_ms) came before.
  base::Status WriteRange(const HeadRange& range, const MakeBlock& make);
  // Whoever opens a querier from now on does not look for anything before `ms` here: it is in a block.
  void HideBefore(int64_t ms);
  // Drops what HideBefore has hidden, and series that are left empty. False: somebody still reads it; call again later.
  bool TryDropHidden();
  // Records that describe everything that the log has to know without its samples.
  std::vector<std::string> CheckpointRecords() const;

 private:
  friend class HeadAppender;
  friend class HeadReplay;
  class Reader;
  class ReaderSeries;

  // The series of `labels`, made when missing, with one pending sample more. Errors: limit, invalid.
  base::Result<HeadSeries*> FindOrCreate(const model::Labels& labels, uint32_t source) EXCLUDES(index_mutex_);
  HeadSeries* FindLocked(const model::Labels& labels, uint64_t hash) const REQUIRES_SHARED(index_mutex_);
  HeadSeries* CreateLocked(SeriesId id, const model::Labels& labels, uint64_t hash, uint32_t source)
      REQUIRES(index_mutex_, data_mutex_);
  static bool HasLabels(const SymbolTable& symbols, const HeadSeries& series, const model::Labels& labels);
  model::Labels LabelsOf(const HeadSeries& series) const REQUIRES_SHARED(index_mutex_);
  int64_t MinAppendable() const REQUIRES(data_mutex_);
  int64_t MaxAppendable() const { return std::min((clock_.Now() + options_.max_ahead).ms, kFurthestMs); }
  base::Status Refuse(AppendVerdict verdict, SampleKind kind) REQUIRES(data_mutex_);
  base::Status OutOfBounds(SampleKind kind) REQUIRES(data_mutex_);
  template <typename Value>
  void Put(HeadSeries* series, int64_t t_ms, const Value& value) REQUIRES(data_mutex_);
  base::Status Commit(HeadAppender* appender);
  std::string DescribeBatch(HeadAppender* appender) REQUIRES(commit_mutex_);
  void DescribeSeries(const HeadAppender& appender, WalRecordBuilder* record) REQUIRES(commit_mutex_);
  void Apply(HeadAppender* appender) REQUIRES(commit_mutex_);
  bool ApplyOne(const HeadAppender& appender, const PendingSample& pending) REQUIRES(data_mutex_);
  CommitNumber OldestReader() const REQUIRES(data_mutex_);
  void RemoveSeries(const std::vector<SeriesId>& ids) REQUIRES(index_mutex_, data_mutex_);

  const base::Clock& clock_;
  base::Logger& log_;
  Wal* const wal_;
  const HeadOptions options_;
  SeriesLimits limits_;
  ExemplarRing exemplars_;
  MetadataTable metadata_;

  base::Mutex commit_mutex_;

  mutable base::SharedMutex index_mutex_;
  SymbolTable symbols_ GUARDED_BY(index_mutex_);
  HeadIndex index_ GUARDED_BY(index_mutex_){symbols_};
  SeriesTable table_ GUARDED_BY(index_mutex_);
  SeriesId last_id_ GUARDED_BY(index_mutex_) = 0;

  mutable base::Mutex data_mutex_;
  SeriesDirectory directory_ GUARDED_BY(data_mutex_);
  HeadStats stats_ GUARDED_BY(data_mutex_);
  int64_t min_valid_ms_ GUARDED_BY(data_mutex_) = INT64_MIN;
  int64_t hidden_before_ms_ GUARDED_BY(data_mutex_) = INT64_MIN;
  CommitNumber visible_ GUARDED_BY(data_mutex_) = 0;
  // Open readers by serial number, with the commit they see last.
  std::map<uint64_t, CommitNumber> readers_ GUARDED_BY(data_mutex_);
  uint64_t last_reader_ GUARDED_BY(data_mutex_) = 0;
  uint64_t hidden_from_reader_ GUARDED_BY(data_mutex_) = 0;  // the last one opened before HideBefore
};

}  // namespace bekci::tsdb
