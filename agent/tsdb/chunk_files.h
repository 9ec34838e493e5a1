// ChunkFiles: the chunk segments of a block: written in order, and read where they lie, each chunk checked by its sum.
// Thread rule: ChunkFiles is immutable, any thread; ChunkFilesWriter one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/file_writer.h"
#include "agent/tsdb/index_writer.h"

namespace bekci::tsdb {

class ChunkFilesWriter {
 public:
  // `directory` exists and is empty.
  ChunkFilesWriter(base::FileSystem& fs, std::string directory, uint64_t segment_bytes)
      : fs_(fs), directory_(std::move(directory)), segment_bytes_(segment_bytes) {}

  base::Result<ChunkRef> Add(const ChunkView& chunk);
  // Everything durable, the directory too.
  base::Status Finish();

 private:
  base::Status NextSegment();

  base::FileSystem& fs_;
  std::string directory_;
  uint64_t segment_bytes_;
  uint32_t segments_ = 0;
  std::optional<FileWriter> file_;
};

class ChunkFiles {
 public:
  // Errors: corrupt (a segment without its header), those of the file system.
  static base::Result<std::unique_ptr<const ChunkFiles>> Open(base::FileSystem& fs, const std::string& directory);

  struct Chunk {
    ChunkEncoding encoding = ChunkEncoding::kNone;
    std::string_view bytes;
  };
  // Errors: corrupt: a reference that leads nowhere, a wrong sum; unavailable: the disk cannot read it.
  base::Result<Chunk> Read(uint64_t ref) const;

  uint64_t size_bytes() const;
  // Pages that could not be read so far: see base::MappedFile.
  uint64_t fault_count() const;
  void Forget() const;

 private:
  ChunkFiles() = default;
  std::vector<std::unique_ptr<const base::MappedFile>> segments_;
};

// "chunks/000001 at 1234".
std::string ChunkPlace(uint64_t ref);

}  // namespace bekci::tsdb
