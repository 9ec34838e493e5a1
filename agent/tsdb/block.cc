#include "agent/tsdb/block.h"

#include <utility>

#include "agent/tsdb/directories.h"
#include "agent/tsdb/index_format.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kMaxMetaBytes = 8 << 20;  // thousands of sources

}  // namespace

base::Result<std::shared_ptr<const Block>> Block::Open(base::FileSystem& fs, const std::string& directory) {
  std::shared_ptr<Block> block(new Block());
  const auto path = [&](std::string_view name) { return directory + "/" + std::string(name); };
  block->directory_ = directory;
  ASSIGN_OR_RETURN(const std::string json, fs.ReadFile(path(kMetaFile), kMaxMetaBytes));
  ASSIGN_OR_RETURN(block->meta_, BlockMeta::Parse(json));
  ASSIGN_OR_RETURN(auto index, fs.Map(path(kIndexFile)));
  ASSIGN_OR_RETURN(block->index_, IndexReader::Open(std::move(index)));
  ASSIGN_OR_RETURN(block->chunks_, ChunkFiles::Open(fs, path(kChunksDirectory)));
  ASSIGN_OR_RETURN(block->tombstones_, Tombstones::Read(fs, path(kTombstonesFile)));
  block->size_bytes_ = TreeBytes(fs, directory);
  return std::shared_ptr<const Block>(std::move(block));
}

void Block::Forget() const {
  index_->Forget();
  chunks_->Forget();
}

}  // namespace bekci::tsdb
