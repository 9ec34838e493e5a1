#include "agent/tsdb/block_copy.h"

#include <memory>
#include <span>
#include <utility>

#include "agent/tsdb/block.h"
#include "agent/tsdb/block_verify.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/directories.h"
#include "agent/tsdb/index_format.h"
#include "agent/tsdb/ulid.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kPieceBytes = 1 << 20;

class Copy {
 public:
  Copy(base::FileSystem& fs, const std::string& data_dir, const std::function<void(uint64_t, uint64_t)>& progress)
      : fs_(fs), data_dir_(data_dir), progress_(progress) {}

  base::Result<CopyResult> Run(const std::vector<std::string>& directories) {
    for (const std::string& directory : directories) total_ += TreeBytes(fs_, directory);
    for (const std::string& directory : directories) {
      const auto block = Block::Open(fs_, directory);
      const std::string name = block.ok() ? (*block)->meta().ulid : directory;
      if (!block.ok()) {
        result_.refused.push_back(name + ": " + block.status().message());
      } else if (fs_.Exists(data_dir_ + "/" + name)) {
        result_.present.push_back(name);
      } else if (const BlockReport report = VerifyBlock(**block); !report.problems.empty()) {
        result_.refused.push_back(name + ": " + report.problems.front());
      } else {
        RETURN_IF_ERROR(CopyBlock(**block));
        result_.copied.push_back(name);
      }
    }
    return std::move(result_);
  }

 private:
  base::Status CopyBlock(const Block& block) {
    const std::string target = data_dir_ + "/" + block.meta().ulid;
    const std::string aside = target + std::string(kCreationSuffix);
    base::Status status = CopyInto(block.directory(), aside);
    if (status.ok()) status = fs_.Rename(aside, target);
    if (!status.ok()) {
      (void)RemoveTree(fs_, aside);
      return status;
    }
    return fs_.SyncDirectory(data_dir_);
  }

  base::Status CopyInto(const std::string& from, const std::string& to) {
    const std::string chunks = "/" + std::string(kChunksDirectory);
    RETURN_IF_ERROR(fs_.CreateDirectory(to));
    RETURN_IF_ERROR(fs_.CreateDirectory(to + chunks));
    ASSIGN_OR_RETURN(const std::vector<std::string> segments, fs_.ListDirectory(from + chunks));
    for (const std::string& segment : segments) {
      RETURN_IF_ERROR(CopyFile(from + chunks + "/" + segment, to + chunks + "/" + segment));
    }
    RETURN_IF_ERROR(fs_.SyncDirectory(to + chunks));
    for (const std::string_view file : {kIndexFile, kTombstonesFile, kMetaFile}) {
      const std::string path = "/" + std::string(file);
      if (file == kTombstonesFile && !fs_.Exists(from + path)) continue;
      RETURN_IF_ERROR(CopyFile(from + path, to + path));
    }
    return fs_.SyncDirectory(to);
  }

  base::Status CopyFile(const std::string& from, const std::string& to) {
    ASSIGN_OR_RETURN(const auto source, fs_.OpenRead(from));
    ASSIGN_OR_RETURN(const auto target, fs_.OpenWrite(to, false));
    std::string piece(kPieceBytes, '\0');
    for (uint64_t offset = 0;;) {
      ASSIGN_OR_RETURN(const size_t got, source->ReadAt(offset, std::span<char>(piece)));
      RETURN_IF_ERROR(target->Append(std::string_view(piece).substr(0, got)));
      offset += got;
      result_.bytes += got;
      if (progress_) progress_(result_.bytes, total_);
      if (got < piece.size()) break;
    }
    RETURN_IF_ERROR(target->Sync());
    return target->Close();
  }

  base::FileSystem& fs_;
  const std::string& data_dir_;
  const std::function<void(uint64_t, uint64_t)>& progress_;
  uint64_t total_ = 0;
  CopyResult result_;
};

}  // namespace

base::Result<CopyResult> CopyBlocks(base::FileSystem& fs, const std::string& from, const std::string& data_dir,
                                    const std::function<void(uint64_t, uint64_t)>& progress) {
  std::vector<std::string> directories;
  if (fs.Exists(from + "/" + std::string(kMetaFile))) {
    directories.push_back(from);
  } else {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.ListDirectory(from));
    for (const std::string& name : names) {
      if (IsUlid(name)) directories.push_back(from + "/" + name);
    }
  }
  if (directories.empty()) return base::NotFound(from + ": no blocks there");
  return Copy(fs, data_dir, progress).Run(directories);
}

}  // namespace bekci::tsdb
