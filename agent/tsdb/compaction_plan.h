// Which blocks to merge next: Prometheus' levelled plan, as a pure function of what the blocks say of themselves.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/tsdb/block_meta.h"

namespace bekci::tsdb {

// 2 h, 6 h, 18 h, ...: while not longer than a tenth of the retention, and 31 d at most. retention_ms 0: for ever.
std::vector<int64_t> CompactionRanges(int64_t retention_ms);

// Numbers of the blocks to merge into one (rising; for a block with many tombstones, itself alone), or none. `blocks`
// by min_ms. Blocks that overlap come first. Else the newest block is left alone, and of the rest the first group is
// taken that fills a range or lies before the newest block. Blocks marked failed are left out.
std::vector<size_t> PlanCompaction(std::span<const BlockMeta> blocks, std::span<const int64_t> ranges);

}  // namespace bekci::tsdb
