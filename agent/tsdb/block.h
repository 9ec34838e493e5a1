// Block: one opened block directory, mapped and checked, and the querier over it.
//
// Opening verifies the structure that all reads go through (table of contents, symbols, the table of postings) by its
// check sums and builds a sparse sample of it; series, postings and chunks are verified as they are read. Nothing is
// loaded but that sample: a few bytes per symbol and per label value. A page that the disk cannot read later on costs
// the chunks, series or lists that lie in it, or where it holds what all lookups need, the block: each query says so in
// its warnings, and the store of blocks counts it, says it once in the log, and maps the block anew (block_store.h).
// Thread rule: immutable; any thread. Queriers by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/tsdb/block_meta.h"
#include "agent/tsdb/chunk_files.h"
#include "agent/tsdb/index_reader.h"
#include "agent/tsdb/part_querier.h"
#include "agent/tsdb/tombstones.h"

namespace bekci::tsdb {

class Block {
 public:
  // Errors: corrupt (which file, what is wrong with it), invalid (a format version we do not read), those of the file
  // system.
  static base::Result<std::shared_ptr<const Block>> Open(base::FileSystem& fs, const std::string& directory);

  const BlockMeta& meta() const { return meta_; }
  const std::string& directory() const { return directory_; }
  uint64_t size_bytes() const { return size_bytes_; }  // of all its files
  const IndexReader& index() const { return *index_; }
  const ChunkFiles& chunks() const { return *chunks_; }
  const Tombstones& tombstones() const { return tombstones_; }

  // Pages of its files that the disk could not read so far. What was read between two equal answers is what the files
  // hold; else it may be zeros.
  uint64_t fault_count() const { return index_->fault_count() + chunks_->fault_count(); }

  // Lets go of the mapped pages: after long work that touched all of them.
  void Forget() const;

 private:
  Block() = default;

  std::string directory_;
  BlockMeta meta_;
  uint64_t size_bytes_ = 0;
  std::unique_ptr<const IndexReader> index_;
  std::unique_ptr<const ChunkFiles> chunks_;
  Tombstones tombstones_;
};

// Over the block's samples in [min_ms, max_ms].
std::unique_ptr<PartQuerier> MakeBlockQuerier(std::shared_ptr<const Block> block, int64_t min_ms, int64_t max_ms);

}  // namespace bekci::tsdb
