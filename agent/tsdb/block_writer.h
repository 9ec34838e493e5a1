// BlockWriter: writes one block, series after series, so that it appears whole or not at all.
//
//     ASSIGN_OR_RETURN(auto writer, BlockWriter::Create(fs, data_dir, ulid, symbols));
//     for (...) RETURN_IF_ERROR(writer->AddSeries(labels, chunks));  // in the order of labels
//     RETURN_IF_ERROR(writer->Finish(meta));
//
// The files are made in `<ulid>.tmp-for-creation`, synced, and appear by rename. What is held in memory is the symbols
// and 8 bytes per label of each series: chunks and series go out as they come. When the writer is destroyed without
// Finish, or after an error, what it wrote is removed (or, if that fails too, by the next start).
// Thread rule: one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/tsdb/block_meta.h"
#include "agent/tsdb/chunk.h"

namespace bekci::tsdb {

inline constexpr std::string_view kCreationSuffix = ".tmp-for-creation";
inline constexpr std::string_view kDeletionSuffix = ".tmp-for-deletion";

// A finished chunk with its first and last time.
struct ChunkView {
  ChunkEncoding encoding = ChunkEncoding::kNone;
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  std::string_view bytes;
};

class BlockWriter {
 public:
  // `symbols`: at least every name and value of the labels that will come, sorted and unique; they must outlive the
  // writer. `data_dir` must exist.
  static base::Result<std::unique_ptr<BlockWriter>> Create(base::FileSystem& fs, const std::string& data_dir,
                                                           const std::string& ulid,
                                                           std::span<const std::string_view> symbols);
  virtual ~BlockWriter() = default;

  // Labels greater than the last ones; chunks by time, not overlapping, at least one.
  // Errors: invalid (order, an unknown symbol), those of the file system; after one the writer is of no more use.
  virtual base::Status AddSeries(const model::Labels& labels, std::span<const ChunkView> chunks) = 0;

  // Writes what is left, syncs all, and renames. `meta` is as given but for ulid and stats, which are counted; without
  // sources the block is its own. Returns the meta as written. A block without series is not made: no_data.
  // `last_word` is asked when all is written and before it appears: an error from it is the answer, and no block is
  // made.
  virtual base::Result<BlockMeta> Finish(BlockMeta meta, const std::function<base::Status()>& last_word = nullptr) = 0;
};

}  // namespace bekci::tsdb
