// WalDirectory: what lies in the directory of the write-ahead log, and reading all of it back in order.
//
// Segments are numbered files, written one after the other and never continued by a later process. A checkpoint with
// number N stands for all segments up to N: their series, without their samples, which are in blocks by then.
//
// After a failed write or fsync the records of which the disk is unsure are written once more, into a new segment. So a
// segment's first record says where the ones before it end: what they hold from that sequence number on is passed over.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/tsdb/wal_frames.h"
#include "agent/tsdb/wal_records.h"

namespace bekci::tsdb {

struct WalFile {
  uint32_t number = 0;
  std::string path;
  uint64_t size_bytes = 0;
  uint64_t first_sequence = 0;    // of a segment; 0: it has no readable record
  int64_t newest_ms = INT64_MIN;  // of its samples, known once it was read
};

struct WalFiles {
  std::vector<WalFile> checkpoints;    // by number
  std::vector<WalFile> segments;       // by number
  std::vector<std::string> leftovers;  // paths of what an interrupted checkpoint left behind
};

std::string WalSegmentPath(const std::string& directory, uint32_t number);
std::string WalCheckpointPath(const std::string& directory, uint32_t number);
inline constexpr std::string_view kUnfinishedSuffix = ".tmp";

// A directory that does not exist has no files. Errors: those of reading the directory.
base::Result<WalFiles> ListWalFiles(base::FileSystem& fs, const std::string& directory);

struct WalReplayStats {
  uint64_t bytes = 0;
  uint64_t records = 0;
  uint64_t repeated_records = 0;  // passed over: a later segment has them again
  uint64_t missing_records = 0;   // gaps in the sequence
  uint64_t damaged_places = 0;    // frames, and records that could not be understood
  uint64_t damaged_bytes = 0;
  uint64_t torn_bytes = 0;
  uint64_t unreadable_files = 0;
  std::string unreadable;  // the first of them, and why
  uint64_t last_sequence = 0;
  uint32_t last_number = 0;  // of all files seen
};

class WalReplayHandler : public WalRecordHandler {
 public:
  // The newest time of a sample since the last call, INT64_MIN without any.
  virtual int64_t TakeNewestTime() = 0;
};

// Bytes read so far and in all.
using WalProgress = std::function<void(uint64_t, uint64_t)>;

// Reads the newest checkpoint and the segments after it; fills in what `files` says of each. Damage is logged, counted
// and passed over: this does not fail.
WalReplayStats ReplayWal(base::FileSystem& fs, base::Logger& log, WalFiles* files, WalReplayHandler* handler,
                         const WalProgress& progress);

}  // namespace bekci::tsdb
