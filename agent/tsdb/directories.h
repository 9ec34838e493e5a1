// Directories of blocks: removed and measured whole. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::tsdb {

// Removes a file, or a directory with what is in it; what is not there is fine. Goes at most a few levels deep, which
// is more than any block has.
base::Status RemoveTree(base::FileSystem& fs, const std::string& path);

// Bytes of all files below `path`; what cannot be read counts nothing.
uint64_t TreeBytes(base::FileSystem& fs, const std::string& path);

}  // namespace bekci::tsdb
