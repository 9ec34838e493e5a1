// Taking over blocks that another Prometheus wrote: each is verified, then copied, and appears by rename.
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::tsdb {

struct CopyResult {
  std::vector<std::string> copied;   // ULIDs
  std::vector<std::string> present;  // were there already
  std::vector<std::string> refused;  // "ULID: why", one line each
  uint64_t bytes = 0;
};

// `from`: a block's directory, or one that holds blocks. `progress` hears the bytes copied so far and of all.
// Errors: not_found: no block there; those of the disk, after which the blocks copied so far stay.
base::Result<CopyResult> CopyBlocks(base::FileSystem& fs, const std::string& from, const std::string& data_dir,
                                    const std::function<void(uint64_t, uint64_t)>& progress);

}  // namespace bekci::tsdb
