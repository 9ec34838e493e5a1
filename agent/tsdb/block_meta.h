// BlockMeta: what meta.json of a block says: its times, what it holds, what it was made from.
//
// Source: Prometheus' TSDB format documentation; keys we do not know (Thanos' section) are read over.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::tsdb {

struct BlockStats {
  uint64_t samples = 0;
  uint64_t series = 0;
  uint64_t chunks = 0;
  uint64_t tombstones = 0;
  friend bool operator==(const BlockStats&, const BlockStats&) = default;
};

struct BlockParent {
  std::string ulid;
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  friend bool operator==(const BlockParent&, const BlockParent&) = default;
};

// No block reaches further from 1970 than this, so that differences of times never overflow.
inline constexpr int64_t kFarthestMs = int64_t{1} << 61;

struct BlockMeta {
  std::string ulid;
  int64_t min_ms = 0;
  int64_t max_ms = 0;  // the first millisecond after the block
  BlockStats stats;
  int level = 1;                     // 1: from the head; a merge is one above the highest it was made from
  std::vector<std::string> sources;  // ULIDs of the level 1 blocks that are in it
  std::vector<BlockParent> parents;  // the blocks it was made from; with it durable they are superfluous
  bool deletable = false;            // nothing is left in it
  bool failed = false;               // could not be compacted: leave it out of plans

  std::string ToJson() const;
  // Errors: corrupt, invalid (a version other than 1).
  static base::Result<BlockMeta> Parse(std::string_view json);
  friend bool operator==(const BlockMeta&, const BlockMeta&) = default;
};

}  // namespace bekci::tsdb
