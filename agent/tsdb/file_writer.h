// FileWriter: a file written front to back in large pieces, which knows its position and the check sum of the part that
// is being written. Errors stick: callers write on and ask once. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/crc32c.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/tsdb/byte_stream.h"

namespace bekci::tsdb {

class FileWriter {
 public:
  static base::Result<FileWriter> Create(base::FileSystem& fs, const std::string& path) {
    ASSIGN_OR_RETURN(auto file, fs.OpenWrite(path, false));
    return FileWriter(std::move(file));
  }

  uint64_t position() const { return position_; }
  const base::Status& status() const { return error_; }

  void Put(std::string_view bytes) {
    buffer_ += bytes;
    position_ += bytes.size();
    if (buffer_.size() >= kBufferBytes) Flush();
  }
  void PutBig32Bits(uint32_t value) {
    PutBig32(&buffer_, value);
    position_ += 4;
  }
  void PutUvarintBytes(uint64_t value) {
    const size_t before = buffer_.size();
    PutUvarint(&buffer_, value);
    position_ += buffer_.size() - before;
  }
  void Pad(uint64_t alignment) {
    const uint64_t over = position_ % alignment;
    if (over != 0) Put(std::string(alignment - over, '\0'));
  }

  // From here on the bytes count for the check sum, which EndSum then writes.
  void BeginSum() {
    Flush();
    sum_ = 0;
  }
  void EndSum() {
    Flush();
    PutBig32Bits(sum_);
  }

  // Everything durable, and the file closed.
  base::Status Finish() {
    Flush();
    RETURN_IF_ERROR(error_);
    RETURN_IF_ERROR(file_->Sync());
    return file_->Close();
  }

 private:
  static constexpr size_t kBufferBytes = 128 << 10;

  explicit FileWriter(std::unique_ptr<base::WritableFile> file) : file_(std::move(file)) {}

  void Flush() {
    sum_ = base::Crc32c(buffer_, sum_);
    if (error_.ok() && !buffer_.empty()) error_ = file_->Append(buffer_);
    buffer_.clear();
  }

  std::unique_ptr<base::WritableFile> file_;
  std::string buffer_;
  uint64_t position_ = 0;
  uint32_t sum_ = 0;
  base::Status error_;
};

}  // namespace bekci::tsdb
