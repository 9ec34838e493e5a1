// What a block is made of: which labels and metrics have the most series, which come and go, what a sample costs.
// The figures are those of `promtool tsdb analyze`. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/status.h"
#include "agent/tsdb/block.h"

namespace bekci::tsdb {

struct CountOf {
  uint64_t count = 0;
  std::string what;
};

struct BlockAnalysis {
  uint64_t series = 0;
  uint64_t label_names = 0;
  uint64_t label_pairs = 0;   // unique
  uint64_t pair_entries = 0;  // of all series together
  uint64_t samples = 0;
  uint64_t chunk_bytes = 0;
  uint64_t index_bytes = 0;
  // Each sorted by count, then text; the first `limit`.
  std::vector<CountOf> churning_pairs;  // series that would be spared if those with the pair lived the whole block
  std::vector<CountOf> churning_names;
  std::vector<CountOf> common_pairs;
  std::vector<CountOf> longest_values;  // label names by the bytes of all their values
  std::vector<CountOf> label_cardinality;
  std::vector<CountOf> metric_cardinality;
};

// Errors: corrupt.
base::Result<BlockAnalysis> AnalyzeBlock(const Block& block, size_t limit);

}  // namespace bekci::tsdb
