// BudgetFile: the buckets of one objective on disk. FORMAT.md draws its bytes.
//
// Every update of a bucket is appended as a record with a check sum that holds the bucket's whole sums, so the last one
// counts and none depends on another: a damaged record costs what that bucket had gained since the record before it.
// What was appended survives the end of the process, however it comes; every bucket that is done is synced, so a loss
// of power costs at most the one being filled. When the file holds many times what is live it is replaced, atomically.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/ruler/slo/bucket_ring.h"

namespace bekci::ruler::slo {

struct SavedBucket {
  int64_t bucket = 0;
  Events events;
  base::Timestamp updated;  // the evaluation that made it so
};

class BudgetFile {
 public:
  struct Loaded {
    base::Timestamp updated{INT64_MIN};  // the newest of all; INT64_MIN: nothing was there
    std::string problems;                // what was damaged and what it costs; empty: nothing
  };

  // Of the objective `id`, whose buckets are `width` wide. Reads what is there and hands it to `restore`, oldest first;
  // a file written with another width is converted. Errors: those of the file system.
  static base::Result<std::unique_ptr<BudgetFile>> Open(base::FileSystem& fs, std::string path, std::string_view id,
                                                        base::Duration width,
                                                        const std::function<void(const SavedBucket&)>& restore,
                                                        Loaded* loaded);

  // Whether the file must be written anew: it is not there, is damaged or was left in doubt by an error, or holds many
  // times what is live.
  bool WantsAll() const;
  // Writes all of it anew: the buckets of `live`, and `newest`. After an error WantsAll.
  base::Status Replace(const SavedBucket& newest, const BucketRing& live);
  // Adds a bucket as it is now; not while WantsAll. After an error WantsAll.
  base::Status Append(const SavedBucket& bucket);

  const std::string& path() const { return path_; }

 private:
  BudgetFile(base::FileSystem& fs, std::string path, uint64_t id_hash, int64_t width_ms);
  std::string Header() const;
  base::Status TryAppend(const SavedBucket& bucket);

  base::FileSystem& fs_;
  std::string path_;
  uint64_t id_hash_;
  int64_t width_ms_;
  std::unique_ptr<base::WritableFile> out_;
  size_t records_ = 0;          // in the file
  size_t live_ = 0;             // of them, when it was read or written anew
  int64_t bucket_ = INT64_MIN;  // of the last record
  bool whole_ = false;          // the file is as it should be: records can be appended
};

}  // namespace bekci::ruler::slo
