// Verifying a block: every check sum, every reference, every sample against what the index says of it.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/tsdb/block.h"

namespace bekci::tsdb {

struct BlockReport {
  std::vector<std::string> problems;  // one line each with its place; at most a hundred or so
  uint64_t damaged_chunks = 0;
  BlockStats stats;  // as counted
};

BlockReport VerifyBlock(const Block& block);

}  // namespace bekci::tsdb
