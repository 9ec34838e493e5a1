// Database: the store of one data directory: the head with its write-ahead log in front, blocks behind.
//
// Two threads of its own: `tsdb-sync` makes the log durable every second; `tsdb` looks once a minute what is to be
// done: the head's oldest range becomes a block, blocks are merged, old ones dropped, refused series reported. Nobody
// who appends or queries ever waits for either.
//
// One process has the directory at a time (the file `lock`). What is in it: `bekci-wal/` and the blocks; FORMAT.md.
// Thread rule: any thread, but Open, Close and the destructor.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/storage/storage.h"
#include "agent/tsdb/block_store.h"
#include "agent/tsdb/head.h"
#include "agent/tsdb/wal.h"

namespace bekci::tsdb {

struct DatabaseOptions {
  std::string path;
  int64_t retention_ms = int64_t{31} * 24 * 3600'000;  // 0: for ever
  uint64_t retention_bytes = uint64_t{2} << 30;        // 0: without bound
  base::Duration sync_interval = base::seconds(1);     // 0: every commit waits for the disk
  base::Duration maintenance_interval = base::minutes(1);
  HeadOptions head;
  // Where no block can be written for so long, the oldest range leaves memory without one: samples may be lost, the
  // host may not.
  int64_t most_in_memory_ms = int64_t{24} * 3600'000;
  uint64_t wal_segment_bytes = 16 << 20;
  uint64_t wal_backlog_bytes = 32 << 20;
  bool accept_unreadable_log = false;  // see WalOptions
  bool threads = true;                 // false: the owner calls Sync and Maintain (tests)
};

struct DatabaseStats {
  HeadStats head;
  WalStats wal;
  WalReplayStats replay;
  base::Duration replay_time{0};
  BlockStore::Figures blocks;
  uint64_t head_blocks = 0;  // ranges of the head written as blocks
  uint64_t head_blocks_failed = 0;
  uint64_t ranges_lost = 0;  // left memory without a block
  uint64_t exemplars = 0;    // held now
  uint64_t exemplars_appended = 0;
  uint64_t retention_bytes = 0;
  int64_t retention_ms = 0;
  int64_t oldest_ms = INT64_MAX;  // of everything stored
  std::vector<RefusedSeries> refused;
};

class Database : public storage::Queryable,
                 public storage::Appendable,
                 public storage::ExemplarQueryable,
                 public storage::MetadataQueryable {
 public:
  struct Environment {
    base::FileSystem& fs;
    base::Clock& clock;
    base::Random& random;
    base::Logger& log;
  };

  // Makes the directory when missing, reads the log back (`progress` hears of it) and starts the threads. Damage costs
  // only itself. Errors: unavailable (another process has the directory), those of a file system that answers nothing.
  static base::Result<std::unique_ptr<Database>> Open(const Environment& environment, DatabaseOptions options,
                                                      const WalProgress& progress = nullptr);
  ~Database() override;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  base::Result<std::unique_ptr<storage::Querier>> OpenQuerier(int64_t min_ms, int64_t max_ms) override;
  std::unique_ptr<storage::Appender> NewAppender() override { return head_.NewAppender(""); }
  std::unique_ptr<storage::Appender> NewAppenderFor(std::string_view source) override {
    return head_.NewAppender(source);
  }
  base::Result<std::vector<storage::ExemplarSeries>> SelectExemplars(
      int64_t min_ms, int64_t max_ms, std::span<const std::vector<model::Matcher>> selectors) override;
  std::vector<std::pair<std::string, storage::MetricMetadata>> Metadata(std::string_view metric,
                                                                        size_t limit) const override;

  DatabaseStats stats() const;
  const Head& head() const { return head_; }
  const BlockStore& blocks() const { return *blocks_; }

  // A reload's word.
  void set_retention(int64_t retention_ms, uint64_t retention_bytes);
  void set_limits(SeriesLimitOptions limits) { head_.limits().set_options(limits); }

  // ---- what the threads do ----
  base::Status Sync() { return wal_.Sync(); }
  // Blocks that are due, merges, retention. The first error; what can be done in spite of it is done.
  base::Status Maintain() EXCLUDES(maintenance_mutex_);

  // Stops the threads and makes everything durable. No stale markers: the series go on when the process is back.
  base::Status Close();

 private:
  Database(const Environment& environment, DatabaseOptions options);

  base::Status Start(const WalProgress& progress);
  base::Status MakeDirectory();
  base::Status Claim();
  base::Status WriteHeadBlocks() REQUIRES(maintenance_mutex_);
  base::Status WriteHeadBlock(const HeadRange& range) REQUIRES(maintenance_mutex_);
  void LoseIfTooOld(const HeadRange& range) REQUIRES(maintenance_mutex_);
  base::Status DropHidden() REQUIRES(maintenance_mutex_);
  void TellOfFuture() REQUIRES(maintenance_mutex_);
  void RunSync();
  void RunMaintenance();
  bool drop_pending() EXCLUDES(maintenance_mutex_) {
    base::MutexLock lock(maintenance_mutex_);
    return drop_pending_;
  }
  bool WaitUnlessStopped(base::Duration interval) EXCLUDES(stop_mutex_);

  Environment env_;
  const DatabaseOptions options_;
  std::unique_ptr<base::FileLock> lock_;
  Wal wal_;
  Head head_;
  std::unique_ptr<BlockStore> blocks_;
  WalReplayStats replay_;
  base::Duration replay_time_{0};
  std::atomic<int64_t> retention_ms_;
  std::atomic<uint64_t> retention_bytes_;

  base::Mutex maintenance_mutex_;
  bool drop_pending_ GUARDED_BY(maintenance_mutex_) = false;      // the head holds what is in a block
  bool truncate_pending_ GUARDED_BY(maintenance_mutex_) = false;  // the log does
  bool future_told_ GUARDED_BY(maintenance_mutex_) = false;
  std::atomic<uint64_t> head_blocks_{0};
  std::atomic<uint64_t> head_blocks_failed_{0};
  std::atomic<uint64_t> ranges_lost_{0};

  base::Mutex stop_mutex_;
  base::CondVar stop_changed_;
  bool stopped_ GUARDED_BY(stop_mutex_) = false;
  std::atomic<bool> stopping_{false};  // the same for a merge under way
  std::thread sync_thread_;
  std::thread maintenance_thread_;
};

}  // namespace bekci::tsdb
