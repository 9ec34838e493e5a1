// Merging blocks into one: series by series in the order of labels, chunks copied as they are; only where chunks of a
// series overlap in time, or samples were deleted, are its samples read and written anew.
//
// What is held in memory is one series at a time and what BlockWriter holds. Damage in a parent costs the damaged chunk
// or series and is told. Thread rule: one thread.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/tsdb/block.h"

namespace bekci::tsdb {

struct MergeResult {
  BlockMeta meta;
  std::vector<std::string> damage;  // what of the parents could not be read, at most a few lines
  uint64_t damaged = 0;             // how much
};

// Writes `<data_dir>/<ulid>` from the parents. Errors: no_data: nothing is left of them, no block was made;
// unavailable: `*stop` became true; corrupt: the disk could not read some pages of a parent (a merge would make that
// loss permanent, so none is made); those of the file system.
base::Result<MergeResult> MergeBlocks(base::FileSystem& fs, const std::string& data_dir, const std::string& ulid,
                                      std::span<const std::shared_ptr<const Block>> parents,
                                      const std::atomic<bool>* stop);

}  // namespace bekci::tsdb
