// Importing an OpenMetrics text into blocks: what `promtool tsdb create-blocks-from openmetrics` does, in one pass.
//
// The text is read once; the samples of every 2 h gather in chunks of their own, and become a block each at the end,
// the same to the byte as promtool's. When the chunks together reach the memory bound, blocks are written early; what
// then lies in several blocks for one range is merged at the end. So any size of text in any order of series can be
// imported. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/tsdb/block_meta.h"

namespace bekci::tsdb {

struct ImportOptions {
  std::string data_dir;                              // exists
  uint64_t memory_bytes = 256 << 20;                 // of chunks not yet written
  std::function<void(uint64_t, uint64_t)> progress;  // bytes of text read, of all; now and then
  std::function<base::Status()> text_readable = {};  // asked before a block appears: an error ends the import
};

struct ImportResult {
  std::vector<BlockMeta> blocks;  // by time
  uint64_t samples = 0;
  uint64_t series = 0;
};

// Errors: invalid: "line 12: ...": not OpenMetrics, a sample without time, or one not later than the one before it in
// its series (the same sample twice is passed over). Nothing of the text is kept then. limit and unavailable: the
// disk's.
base::Result<ImportResult> ImportOpenMetrics(base::FileSystem& fs, const base::Clock& clock, base::Random& random,
                                             std::string_view text, const ImportOptions& options);

}  // namespace bekci::tsdb
