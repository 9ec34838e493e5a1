#include "agent/base/journal_file.h"

#include <algorithm>
#include <utility>

#include "agent/base/crc32c.h"

namespace bekci::base {
namespace {

constexpr std::string_view kMagic = "BEKCIALJ";
constexpr uint32_t kVersion = 1;
constexpr uint64_t kHeaderBytes = 512;  // a sector
constexpr size_t kHeaderFieldsBytes = 8 + 4 + 8;
constexpr size_t kFrameHeaderBytes = 8;
constexpr uint64_t kAlignment = 8;
constexpr uint64_t kMaxRecordBytes = uint64_t{16} << 20;

template <typename T>
void Put(std::string* out, T value) {
  for (size_t i = 0; i < sizeof value; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
T Get(std::string_view bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof value; ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
  }
  return value;
}

uint64_t Aligned(uint64_t at) {
  return (at + kAlignment - 1) / kAlignment * kAlignment;
}

std::string HeaderOf(uint64_t generation) {
  std::string header(kMagic);
  Put(&header, kVersion);
  Put(&header, generation);
  Put(&header, Crc32c(header));
  header.resize(kHeaderBytes);
  return header;
}

// 0: no header of ours.
uint64_t GenerationOf(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic)) return 0;
  if (Crc32c(bytes.substr(0, kHeaderFieldsBytes)) != Get<uint32_t>(bytes, kHeaderFieldsBytes)) return 0;
  if (Get<uint32_t>(bytes, kMagic.size()) != kVersion) return 0;
  return Get<uint64_t>(bytes, kMagic.size() + 4);
}

uint32_t FrameSum(uint64_t generation, uint64_t offset, std::string_view payload) {
  std::string place;
  Put(&place, generation);
  Put(&place, offset);
  Put(&place, static_cast<uint32_t>(payload.size()));
  return Crc32c(payload, Crc32c(place));
}

void AppendFrame(uint64_t generation, uint64_t offset, std::string_view payload, std::string* out) {
  Put(out, static_cast<uint32_t>(payload.size()));
  Put(out, FrameSum(generation, offset, payload));
  out->append(payload);
  out->resize(Aligned(out->size()));
}

// The record at `offset`; false: none.
bool ReadFrame(std::string_view bytes, uint64_t generation, uint64_t offset, std::string_view* record) {
  if (offset + kFrameHeaderBytes > bytes.size()) return false;
  const auto length = Get<uint32_t>(bytes, offset);
  if (length == 0 || length > kMaxRecordBytes || length > bytes.size() - offset - kFrameHeaderBytes) return false;
  *record = bytes.substr(offset + kFrameHeaderBytes, length);
  return FrameSum(generation, offset, *record) == Get<uint32_t>(bytes, offset + 4);
}

// Reads all records of a file and returns where the last good one ends.
uint64_t ReadFrames(std::string_view bytes, uint64_t generation, const std::function<void(std::string_view)>& read,
                    JournalDamage* damage) {
  uint64_t end = kHeaderBytes;
  bool lost = false;
  for (uint64_t at = kHeaderBytes; at + kFrameHeaderBytes <= bytes.size();) {
    std::string_view record;
    if (!ReadFrame(bytes, generation, at, &record)) {
      lost = true;
      at += kAlignment;
      continue;
    }
    if (std::exchange(lost, false)) ++damage->places;
    read(record);
    at = end = Aligned(at + kFrameHeaderBytes + record.size());
  }
  return end;
}

}  // namespace

std::string JournalFile::PathOf(uint64_t generation) const {
  return directory_ + "/" + prefix_ + "-" + std::to_string(generation % 2);
}

Status JournalFile::OpenFiles() {
  if (files_[0] != nullptr && files_[1] != nullptr && directory_synced_) return OkStatus();
  RETURN_IF_ERROR(fs_.CreateDirectory(directory_));
  for (uint64_t i = 0; i < 2; ++i) {
    if (files_[i] != nullptr) continue;
    ASSIGN_OR_RETURN(files_[i], fs_.OpenInPlace(PathOf(i)));
    RETURN_IF_ERROR(files_[i]->Reserve(kInitialBytes));
    RETURN_IF_ERROR(files_[i]->Sync());
  }
  RETURN_IF_ERROR(fs_.SyncDirectory(directory_));
  directory_synced_ = true;
  return OkStatus();
}

Result<std::unique_ptr<JournalFile>> JournalFile::Open(FileSystem& fs, const std::string& directory,
                                                       const std::string& prefix,
                                                       const std::function<void(std::string_view)>& read,
                                                       JournalDamage* damage) {
  std::unique_ptr<JournalFile> file(new JournalFile(fs, directory, prefix));
  std::string contents[2];
  for (uint64_t i = 0; i < 2; ++i) {
    const Status status = fs.ReadFile(file->PathOf(i), &contents[i], kMaxBytes);
    if (!status.ok() && status.code() != Code::kNotFound) return status;
    const uint64_t generation = GenerationOf(contents[i]);
    const bool unused = contents[i].find_first_not_of('\0') == std::string::npos;
    if (generation == 0 && !unused) ++damage->files;
    file->generation_ = std::max(file->generation_, generation);
  }
  if (file->generation_ > 0) {
    const std::string& current = contents[file->generation_ % 2];
    file->at_ = ReadFrames(current, file->generation_, read, damage);
    file->size_ = current.size();
  }
  // Behind a torn record nothing is appended: the first write begins with a snapshot. Where the directory cannot be
  // written now, the next write tries again.
  (void)file->OpenFiles();
  return file;
}

Status JournalFile::WriteSnapshot(const std::vector<std::string>& records) {
  must_rewrite_ = true;  // until it stands: the disk may have either file as the newer one
  RETURN_IF_ERROR(OpenFiles());
  // An attempt that failed may have left a good header. That generation is never used again, and its header goes before
  // the frames behind it do.
  const bool again = tried_ > generation_;
  const uint64_t generation = again ? tried_ + 2 : generation_ + 1;
  InPlaceFile& file = *files_[generation % 2];
  if (again) {
    RETURN_IF_ERROR(file.WriteAt(0, std::string(kHeaderBytes, '\0')));
    RETURN_IF_ERROR(file.Sync());
  }
  tried_ = generation;
  std::string frames;
  for (const std::string& record : records) AppendFrame(generation, kHeaderBytes + frames.size(), record, &frames);
  const uint64_t needed = kHeaderBytes + frames.size();
  if (needed > kMaxBytes)
    return LimitReached("the journal would be larger than " + std::to_string(kMaxBytes) + " bytes");
  ASSIGN_OR_RETURN(uint64_t size, file.Size());
  // Room for as much again, so that snapshots stay rare; if the disk has none, what is there must do.
  if (2 * needed > size && file.Reserve(std::min(kMaxBytes, 4 * needed)).ok()) size = std::min(kMaxBytes, 4 * needed);
  RETURN_IF_ERROR(file.WriteAt(kHeaderBytes, frames));
  RETURN_IF_ERROR(file.Sync());
  RETURN_IF_ERROR(file.WriteAt(0, HeaderOf(generation)));
  RETURN_IF_ERROR(file.Sync());
  generation_ = generation;
  at_ = needed;
  size_ = std::max(size, needed);
  must_rewrite_ = false;
  return OkStatus();
}

Status JournalFile::Append(const std::vector<std::string>& records, const Snapshot& snapshot) {
  if (must_rewrite_) return WriteSnapshot(snapshot());
  std::string frames;
  for (const std::string& record : records) AppendFrame(generation_, at_ + frames.size(), record, &frames);
  if (at_ + frames.size() > size_) return WriteSnapshot(snapshot());
  must_rewrite_ = true;
  RETURN_IF_ERROR(files_[generation_ % 2]->WriteAt(at_, frames));
  at_ += frames.size();
  must_rewrite_ = false;
  return OkStatus();
}

Status JournalFile::Sync() {
  if (generation_ == 0 || must_rewrite_) return OkStatus();
  Status status = files_[generation_ % 2]->Sync();
  if (!status.ok()) must_rewrite_ = true;  // the kernel may have dropped what it could not write
  return status;
}

}  // namespace bekci::base
