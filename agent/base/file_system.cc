#include "agent/base/file_system.h"

#include <algorithm>
#include <utility>

namespace bekci::base {
namespace {

// One page: what nearly every procfs and sysfs file fits in.
constexpr size_t kFirstBuffer = 4096;

// Reads `file` whole into `buffer`, which is only ever grown and whose size is not the content's. Returns the content's
// length. A read that fills the buffer is not the end, so one byte always stays free at the end of the file.
Result<size_t> ReadWhole(ReadableFile& file, const std::string& path, size_t limit, std::string* buffer) {
  size_t length = 0;
  for (;;) {
    if (buffer->size() == length) {
      buffer->resize(std::min(std::max(kFirstBuffer, 2 * length), limit + 1));
    }
    ASSIGN_OR_RETURN(const size_t got, file.ReadAt(length, std::span<char>(*buffer).subspan(length)));
    length += got;
    if (length > limit) return LimitReached("read " + path + ": larger than " + std::to_string(limit) + " bytes");
    if (length < buffer->size()) return length;
  }
}

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status WriteAndSync(FileSystem& fs, const std::string& path, std::string_view data) {
  ASSIGN_OR_RETURN(const auto file, fs.OpenWrite(path, false));
  RETURN_IF_ERROR(file->Append(data));
  RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

class FileInMemory : public MappedFile {
 public:
  explicit FileInMemory(std::string content) : content_(std::move(content)) {}
  std::string_view data() const override { return content_; }

 private:
  std::string content_;
};

}  // namespace

Result<std::unique_ptr<const MappedFile>> FileSystem::Map(const std::string& path) {
  ASSIGN_OR_RETURN(std::string content, ReadFile(path, SIZE_MAX - 1));
  return std::unique_ptr<const MappedFile>(std::make_unique<FileInMemory>(std::move(content)));
}

Status FileSystem::ReadFile(const std::string& path, std::string* out, size_t limit) {
  ASSIGN_OR_RETURN(const auto file, OpenRead(path));
  out->resize(std::min(out->capacity(),
                       limit + 1));  // a caller's buffer is used before memory is asked for
  auto length = ReadWhole(*file, path, limit, out);
  out->resize(length.ok() ? *length : 0);
  return std::move(length).status();
}

Result<std::string> FileSystem::ReadFile(const std::string& path, size_t limit) {
  std::string content;
  RETURN_IF_ERROR(ReadFile(path, &content, limit));
  return content;
}

Status FileSystem::WriteFileAtomic(const std::string& path, std::string_view data) {
  const std::string aside = path + ".tmp";
  Status status = WriteAndSync(*this, aside, data);
  if (status.ok()) status = Rename(aside, path);
  if (!status.ok()) {
    // Why it failed is what the caller must see; a file left aside is overwritten by the next attempt.
    static_cast<void>(Remove(aside));
    return status;
  }
  return SyncDirectory(ParentOf(path));
}

RereadFile::RereadFile(FileSystem& fs, std::string path, size_t limit)
    : fs_(fs), path_(std::move(path)), limit_(limit) {}

Result<std::string_view> RereadFile::Read() {
  if (file_ != nullptr) {
    auto content = ReadOpen();
    if (content.ok() || content.status().code() == Code::kLimit) return content;
    file_.reset();  // the descriptor may be of a device that is gone; the path may name a new one
  }
  ASSIGN_OR_RETURN(file_, fs_.OpenRead(path_));
  auto content = ReadOpen();
  if (!content.ok()) file_.reset();
  return content;
}

Result<std::string_view> RereadFile::ReadOpen() {
  ASSIGN_OR_RETURN(const size_t length, ReadWhole(*file_, path_, limit_, &buffer_));
  return std::string_view(buffer_).substr(0, length);
}

}  // namespace bekci::base
