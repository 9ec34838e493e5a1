#include "agent/tsdb/chunk_files.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <utility>

#include "agent/base/crc32c.h"
#include "agent/tsdb/byte_stream.h"
#include "agent/tsdb/index_format.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kMostChunkOverhead = 5 + 1 + 4;  // length, encoding, sum

std::string SegmentName(uint32_t number) {
  std::array<char, 16> name{};
  std::snprintf(name.data(), name.size(), "%06u", number);
  return name.data();
}

base::Status CheckHeader(const base::MappedFile& file) {
  ByteReader header(file.data().substr(0, kChunksHeaderBytes));
  const uint32_t magic = header.Big32();
  const uint8_t version = header.U8();
  // A first page that cannot be read costs the chunks in it and not the others: each has a sum of its own.
  if (file.fault_count() != 0) return base::OkStatus();
  if (!header.ok() || magic != kChunksMagic) return base::Corrupt("this is no chunk file");
  if (version == kChunksVersion) return base::OkStatus();
  return base::Invalid("version " + std::to_string(version) + ", this agent reads 1");
}

}  // namespace

std::string ChunkPlace(uint64_t ref) {
  return "chunks/" + SegmentName(static_cast<uint32_t>(ref >> 32) + 1) + " at " +
         std::to_string(static_cast<uint32_t>(ref));
}

base::Status ChunkFilesWriter::NextSegment() {
  if (file_.has_value()) RETURN_IF_ERROR(file_->Finish());
  file_.reset();
  ASSIGN_OR_RETURN(file_, FileWriter::Create(fs_, directory_ + "/" + SegmentName(++segments_)));
  std::string header;
  PutBig32(&header, kChunksMagic);
  header.push_back(static_cast<char>(kChunksVersion));
  header.append(3, '\0');
  file_->Put(header);
  return file_->status();
}

base::Result<ChunkRef> ChunkFilesWriter::Add(const ChunkView& chunk) {
  if (!file_.has_value() || file_->position() + chunk.bytes.size() + kMostChunkOverhead > segment_bytes_) {
    RETURN_IF_ERROR(NextSegment());
  }
  const ChunkRef ref{static_cast<uint64_t>(segments_ - 1) << 32 | file_->position(), chunk.min_ms, chunk.max_ms};
  const auto encoding = static_cast<char>(chunk.encoding);
  file_->PutUvarintBytes(chunk.bytes.size());
  file_->Put({&encoding, 1});
  file_->Put(chunk.bytes);
  file_->PutBig32Bits(base::Crc32c(chunk.bytes, base::Crc32c({&encoding, 1})));
  RETURN_IF_ERROR(file_->status());
  return ref;
}

base::Status ChunkFilesWriter::Finish() {
  if (file_.has_value()) RETURN_IF_ERROR(file_->Finish());
  file_.reset();
  return fs_.SyncDirectory(directory_);
}

base::Result<std::unique_ptr<const ChunkFiles>> ChunkFiles::Open(base::FileSystem& fs, const std::string& directory) {
  std::unique_ptr<ChunkFiles> files(new ChunkFiles());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.ListDirectory(directory));
  for (const std::string& name : names) {
    // Segments are numbered without gaps; what else lies there is not ours.
    if (name != SegmentName(static_cast<uint32_t>(files->segments_.size() + 1))) continue;
    ASSIGN_OR_RETURN(auto file, fs.Map(directory + "/" + name));
    RETURN_IF_ERROR(CheckHeader(*file).WithContext("chunks/" + name));
    files->segments_.push_back(std::move(file));
  }
  return std::unique_ptr<const ChunkFiles>(std::move(files));
}

base::Result<ChunkFiles::Chunk> ChunkFiles::Read(uint64_t ref) const {
  const uint64_t segment = ref >> 32;
  const uint64_t offset = ref & std::numeric_limits<uint32_t>::max();
  uint64_t end = offset + 1;
  const auto damaged = [&](const char* what) {
    if (segment < segments_.size() && segments_[segment]->faults().Touch(offset, end)) {
      return base::Unavailable(ChunkPlace(ref) + ": the disk cannot read it, the samples in it are missing");
    }
    return base::Corrupt(ChunkPlace(ref) + ": " + what);
  };
  if (segment >= segments_.size() || offset < kChunksHeaderBytes || offset >= segments_[segment]->data().size()) {
    return damaged("no chunk there");
  }
  ByteReader reader(segments_[segment]->data().substr(offset));
  const uint64_t length = reader.Uvarint();
  const std::string_view summed = length < reader.left() ? reader.Bytes(length + 1) : reader.Bytes(SIZE_MAX);
  const uint32_t sum = reader.Big32();
  end = segments_[segment]->data().size() - reader.left();
  if (!reader.ok()) return damaged("the chunk is cut off");
  if (base::Crc32c(summed) != sum) return damaged("wrong check sum");
  return Chunk{static_cast<ChunkEncoding>(summed[0]), summed.substr(1)};
}

uint64_t ChunkFiles::size_bytes() const {
  uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->data().size();
  return bytes;
}

uint64_t ChunkFiles::fault_count() const {
  uint64_t count = 0;
  for (const auto& segment : segments_) count += segment->fault_count();
  return count;
}

void ChunkFiles::Forget() const {
  for (const auto& segment : segments_) segment->Forget();
}

}  // namespace bekci::tsdb
