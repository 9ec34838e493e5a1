// Wal: the write-ahead log: what was committed is on its way to the disk before anybody is told that it is committed.
//
// Write hands a record to the operating system, so a killed process loses nothing; Sync, called every second by a
// thread of its owner, makes it survive a power loss. Nobody waits for the disk's cache except that thread.
//
// A disk that fails or is full does not stop anything: records go into a bounded backlog in memory, the caller is told
// that they are not durable, and the log tries again, in a new segment, from the first record of which the disk is
// unsure. That includes what was written and not yet synced when an fsync fails: the kernel may have dropped those
// pages and will not say so again ("Can Applications Recover from fsync Failures?", Rebello et al. 2020), so records
// are kept until an fsync has covered them.
//
// Invariants: records have rising sequence numbers; a segment is written by one process and never continued after a
// failure. Lock order: sync_mutex_, write_mutex_, mutex_.
// Thread rule: any thread; sequence numbers are taken and written under a lock of the caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/tsdb/wal_directory.h"

namespace bekci::tsdb {

struct WalOptions {
  std::string directory;
  uint64_t segment_bytes = 16 << 20;
  // Of records that the disk does not take: half a day of a reference host at 5 bytes a sample.
  uint64_t backlog_bytes = 32 << 20;
  // Of records written and not yet synced. Beyond, they are no longer kept, and a failing fsync can lose them.
  uint64_t unsynced_bytes = 16 << 20;
  base::Duration retry = base::seconds(1);  // between attempts on a disk that failed
  bool sync_each_write = false;
  // Go on without what cannot be read (not damage: the disk answers with an error). Else Replay fails, for the disk may
  // have recovered at the next attempt, and what is passed over now is lost as soon as the log is truncated.
  bool accept_unreadable = false;
};

struct WalStats {
  uint64_t records = 0;
  uint64_t bytes = 0;       // handed to the operating system
  uint64_t size_bytes = 0;  // of all files
  uint64_t segments = 0;
  uint32_t current_segment = 0;
  uint64_t write_failures = 0;
  uint64_t syncs = 0;
  uint64_t sync_failures = 0;
  base::Duration sync_time{0};
  uint64_t backlog_records = 0;
  uint64_t backlog_bytes = 0;
  uint64_t lost_records = 0;  // left the backlog unwritten
  uint64_t truncations = 0;
  uint64_t truncation_failures = 0;
  uint64_t checkpoints = 0;
  uint64_t checkpoint_failures = 0;
  bool healthy = true;
};

class Wal {
 public:
  Wal(base::FileSystem& fs, const base::Clock& clock, base::Logger& log, WalOptions options);
  ~Wal();
  Wal(const Wal&) = delete;
  Wal& operator=(const Wal&) = delete;

  // Reads back what is there; call once, first. Damage does not fail it; errors: unavailable: the directory, or a file
  // of it, cannot be read.
  base::Result<WalReplayStats> Replay(WalReplayHandler* handler, const WalProgress& progress);

  // The number of the record to be written next.
  uint64_t NextSequence() { return ++sequence_; }
  // Writes a record whose newest sample is of `newest_ms` (INT64_MIN: none). An error says that it is not durable yet;
  // it is kept and tried again.
  base::Status Write(std::string record, int64_t newest_ms);
  // Makes everything written so far survive a power loss. Also tries again what the disk did not take.
  base::Status Sync();

  // Rises whenever records were lost: what they said of series must be said again.
  uint64_t epoch() const { return epoch_.load(std::memory_order_acquire); }

  // Drops segments that hold no sample of `before_ms` or later. `checkpoint` are records that say all that must be
  // known of them: the series that live. Nothing is removed unless the checkpoint is durable.
  base::Status Truncate(int64_t before_ms, const std::vector<std::string>& checkpoint);

  // Sync, and closes the files.
  base::Status Close();
  WalStats stats() const;

 private:
  struct Record {
    std::string bytes;
    int64_t newest_ms;
  };
  // A segment with records that no fsync has covered. `sync_file` is a handle of its own, since a file object belongs
  // to one thread at a time.
  struct Unsynced {
    uint32_t number = 0;
    std::shared_ptr<base::WritableFile> sync_file;
    std::vector<Record> records;
    uint64_t forgotten = 0;  // records that were too many to keep
  };
  struct Segment {
    uint64_t size_bytes = 0;
    int64_t newest_ms = INT64_MIN;
  };

  base::Status OpenSegment() REQUIRES(write_mutex_);
  void CloseSegment() REQUIRES(write_mutex_);
  base::Status WriteFrames(const Record* records, size_t count) REQUIRES(write_mutex_);
  void Remember(Record record) REQUIRES(write_mutex_);
  base::Status Fail(const base::Status& status) REQUIRES(write_mutex_);
  void PushBacklog(Record record) REQUIRES(write_mutex_);
  base::Status TryBacklog() REQUIRES(write_mutex_);
  base::Status SyncFiles(const std::vector<Unsynced>& files, bool directory);
  void TakeBack(std::vector<Unsynced> files) REQUIRES(write_mutex_);
  base::Status WriteCheckpoint(uint32_t number, const std::vector<std::string>& records);
  uint32_t LastObsolete(int64_t before_ms) const;
  void RemoveUpTo(uint32_t number);

  base::FileSystem& fs_;
  const base::Clock& clock_;
  base::Logger& log_;
  const WalOptions options_;
  std::atomic<uint64_t> epoch_{1};
  std::atomic<uint64_t> sequence_{0};

  base::Mutex sync_mutex_;   // one fsync or truncation at a time
  base::Mutex write_mutex_;  // one write at a time
  std::unique_ptr<base::WritableFile> file_ GUARDED_BY(write_mutex_);
  uint32_t number_ GUARDED_BY(write_mutex_) = 0;
  uint64_t offset_ GUARDED_BY(write_mutex_) = 0;
  std::string frames_ GUARDED_BY(write_mutex_);  // kept for its capacity
  std::deque<Record> backlog_ GUARDED_BY(write_mutex_);
  base::MonotonicTime retry_at_ GUARDED_BY(write_mutex_);
  bool directory_made_ GUARDED_BY(write_mutex_) = false;

  mutable base::Mutex mutex_;  // never held across I/O
  std::map<uint32_t, Segment> segments_ GUARDED_BY(mutex_);
  std::map<uint32_t, uint64_t> checkpoint_bytes_ GUARDED_BY(mutex_);
  std::vector<Unsynced> unsynced_ GUARDED_BY(mutex_);  // the last one is the current segment's, when one is open
  uint64_t unsynced_bytes_ GUARDED_BY(mutex_) = 0;
  bool directory_changed_ GUARDED_BY(mutex_) = false;
  bool healthy_ GUARDED_BY(mutex_) = true;
  base::Status last_error_ GUARDED_BY(mutex_);
  WalStats stats_ GUARDED_BY(mutex_);
};

}  // namespace bekci::tsdb
