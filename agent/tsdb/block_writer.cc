#include "agent/tsdb/block_writer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/tsdb/chunk_files.h"
#include "agent/tsdb/directories.h"
#include "agent/tsdb/index_format.h"
#include "agent/tsdb/index_writer.h"
#include "agent/tsdb/tombstones.h"

namespace bekci::tsdb {
namespace {

base::Status WriteDurably(base::FileSystem& fs, const std::string& path, std::string_view bytes) {
  ASSIGN_OR_RETURN(FileWriter file, FileWriter::Create(fs, path));
  file.Put(bytes);
  return file.Finish();
}

class Writer : public BlockWriter {
 public:
  Writer(base::FileSystem& fs, const std::string& data_dir, std::string ulid)
      : fs_(fs),
        data_dir_(data_dir),
        ulid_(std::move(ulid)),
        directory_(data_dir + "/" + ulid_ + std::string(kCreationSuffix)),
        chunks_(fs, directory_ + "/" + std::string(kChunksDirectory), kSegmentBytes) {}

  ~Writer() override {
    if (!finished_) (void)RemoveTree(fs_, directory_);  // what stays is removed by the next start
  }

  base::Status Begin(std::span<const std::string_view> symbols) {
    RETURN_IF_ERROR(fs_.CreateDirectory(directory_));
    RETURN_IF_ERROR(fs_.CreateDirectory(directory_ + "/" + std::string(kChunksDirectory)));
    ASSIGN_OR_RETURN(IndexWriter index, IndexWriter::Create(fs_, PathOf(kIndexFile), symbols));
    index_ = std::make_unique<IndexWriter>(std::move(index));
    return base::OkStatus();
  }

  base::Status AddSeries(const model::Labels& labels, std::span<const ChunkView> chunks) override {
    refs_.clear();
    for (const ChunkView& chunk : chunks) {
      if (chunk.max_ms < chunk.min_ms || (!refs_.empty() && chunk.min_ms <= refs_.back().max_ms)) {
        return base::Invalid("block: chunks of " + labels.ToString() + " are not in order");
      }
      ASSIGN_OR_RETURN(const ChunkRef ref, chunks_.Add(chunk));
      refs_.push_back(ref);
      stats_.samples += ChunkSampleCount(chunk.bytes);
    }
    if (refs_.empty()) return base::Invalid("block: " + labels.ToString() + " has no chunks");
    stats_.chunks += refs_.size();
    ++stats_.series;
    return index_->AddSeries(labels, refs_);
  }

  base::Result<BlockMeta> Finish(BlockMeta meta, const std::function<base::Status()>& last_word) override {
    if (stats_.series == 0) return base::NoData("block " + ulid_ + ": no series");
    meta.ulid = ulid_;
    meta.stats = stats_;
    if (meta.sources.empty()) meta.sources = {ulid_};
    RETURN_IF_ERROR(chunks_.Finish());
    RETURN_IF_ERROR(index_->Finish());
    RETURN_IF_ERROR(WriteDurably(fs_, PathOf(kTombstonesFile), Tombstones::EmptyFile()));
    RETURN_IF_ERROR(WriteDurably(fs_, PathOf(kMetaFile), meta.ToJson()));
    RETURN_IF_ERROR(fs_.SyncDirectory(directory_));
    if (last_word) RETURN_IF_ERROR(last_word());
    RETURN_IF_ERROR(fs_.Rename(directory_, data_dir_ + "/" + ulid_));
    finished_ = true;
    RETURN_IF_ERROR(fs_.SyncDirectory(data_dir_));
    return meta;
  }

 private:
  std::string PathOf(std::string_view name) const { return directory_ + "/" + std::string(name); }

  base::FileSystem& fs_;
  std::string data_dir_;
  std::string ulid_;
  std::string directory_;
  ChunkFilesWriter chunks_;
  std::unique_ptr<IndexWriter> index_;
  std::vector<ChunkRef> refs_;
  BlockStats stats_;
  bool finished_ = false;
};

}  // namespace

base::Result<std::unique_ptr<BlockWriter>> BlockWriter::Create(base::FileSystem& fs, const std::string& data_dir,
                                                               const std::string& ulid,
                                                               std::span<const std::string_view> symbols) {
  auto writer = std::make_unique<Writer>(fs, data_dir, ulid);
  RETURN_IF_ERROR(writer->Begin(symbols));
  return std::unique_ptr<BlockWriter>(std::move(writer));
}

}  // namespace bekci::tsdb
