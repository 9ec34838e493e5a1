// BlockStore: the blocks of a data directory: opened, merged into larger ones, dropped when they are too old or too
// big.
//
// Compaction follows Prometheus' plan: blocks of 2 h become 6 h, 18 h, ... up to a tenth of the retention (31 d at
// most), blocks that overlap are merged first. A merged block is durable before the blocks it was made from go; each
// names its parents, so that a start after a crash in between drops what survived superfluously. A block that is
// damaged where all reads go through is set aside (`<ulid>.damaged`): named in the log, never touched again, not
// served.
//
// A disk that cannot read is another thing than damage: it may be well tomorrow. A block that could not be opened for
// that is tried again; one that serves and has such pages (base/page_faults.h) is named once in the log, is mapped anew
// each time the store looks (so what recovered is read again, and retries are counted), serves what can be read, and is
// merged with nothing until it can be read whole.
//
// Thread rule: blocks() and the figures from any thread; everything else by one thread at a time (the store's own).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/tsdb/block.h"

namespace bekci::tsdb {

inline constexpr int64_t kBlockMs = 2 * 3600 * 1000;  // what the head writes at a time, aligned

struct BlockStoreOptions {
  std::string directory;                               // exists
  int64_t retention_ms = int64_t{31} * 24 * 3600'000;  // 0: for ever
  uint64_t retention_bytes = uint64_t{2} << 30;        // 0: without bound
  bool read_only = false;                              // nothing is cleaned, moved or merged: the command line
};

using BlockList = std::vector<std::shared_ptr<const Block>>;

class BlockStore {
 public:
  struct Environment {
    base::FileSystem& fs;
    const base::Clock& clock;
    base::Random& random;
    base::Logger& log;
  };

  // Removes what an interrupted run left (temporary directories, parents of merged blocks) and opens the rest.
  // Errors: those of listing the directory; a single block never fails it.
  static base::Result<std::unique_ptr<BlockStore>> Open(const Environment& environment, BlockStoreOptions options);

  // A snapshot, by time: blocks in it stay readable as long as it is held, whatever happens on disk.
  std::shared_ptr<const BlockList> blocks() const;
  // The end of the newest block (its first millisecond that is not in it), or INT64_MIN.
  int64_t max_ms() const;

  // One querier for each block that reaches into [min_ms, max_ms]: parts for MakeMergeQuerier.
  std::vector<std::unique_ptr<PartQuerier>> Queriers(int64_t min_ms, int64_t max_ms) const;

  // A fresh name for a block to write; then, once BlockWriter::Finish has returned, Add makes it seen.
  std::string NewUlid();
  base::Status Add(const std::string& ulid);

  // Looks at blocks that could not be read and at those that appeared in the directory since, then merges blocks until
  // the plan is empty or `*stop`. Errors: of the merge that failed (a full disk); its blocks stay.
  base::Status Compact(const std::atomic<bool>* stop = nullptr);
  // Drops blocks by age and size; `other_bytes` is what the head and the WAL take on disk. Age counts from the newest
  // block's end, and of a time without any block a day at most: so a clock that jumps a year ahead, and stays until
  // blocks are made of what it says, deletes nothing. (A host that was off for a year keeps what it had until so much
  // new has come.)
  base::Status ApplyRetention(uint64_t other_bytes);

  struct Figures {
    uint64_t blocks = 0;
    uint64_t bytes = 0;
    uint64_t compactions = 0;
    uint64_t compactions_failed = 0;
    uint64_t deleted_by_time = 0;
    uint64_t deleted_by_size = 0;
    uint64_t damaged = 0;      // set aside since the start
    uint64_t read_errors = 0;  // pages of blocks that the disk could not read since the start
    uint64_t unreadable = 0;   // blocks that wait to be opened, or of which something could not be read
  };
  Figures figures() const;
  // Blocks that could not be opened at the start, one line each.
  std::vector<std::string> problems() const;
  void set_retention(int64_t retention_ms, uint64_t retention_bytes);

 private:
  BlockStore(const Environment& environment, BlockStoreOptions options);

  base::Status Load();
  void RemoveTemporary(const std::vector<std::string>& names);
  void SetAside(const std::string& ulid, const base::Status& why);
  void DropSuperfluous(BlockList* list);
  void Delete(const std::string& ulid);
  void LoadNew();
  void LoadNew(const std::string& ulid);
  void ReviewUnreadable();
  bool IsFirst(const std::string& ulid);
  base::Status Merge(const BlockList& parents, const std::atomic<bool>* stop);
  void Failed(const BlockList& parents, const base::Status& status);
  void Expire(const BlockList& list, std::string_view why, uint64_t Figures::*counter);
  void Replace(BlockList list);
  int64_t retention_ms() const;
  std::string PathOf(const std::string& name) const { return options_.directory + "/" + name; }

  Environment env_;
  BlockStoreOptions options_;                          // the retention under mutex_
  std::map<std::string, base::MonotonicTime> failed_;  // blocks that could not be merged, and until when to leave it
  std::set<std::string> unreadable_;                   // names in the directory that are not to be opened (again)
  mutable base::Mutex mutex_;
  std::set<std::string> waiting_ GUARDED_BY(mutex_);  // blocks that the disk could not open: tried again
  std::set<std::string> told_ GUARDED_BY(mutex_);     // blocks whose unreadable pages were told in the log
  std::vector<std::string> problems_ GUARDED_BY(mutex_);
  std::shared_ptr<const BlockList> blocks_ GUARDED_BY(mutex_);
  Figures figures_ GUARDED_BY(mutex_);
};

}  // namespace bekci::tsdb
