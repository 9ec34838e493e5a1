#include "agent/collect/frame_reader.h"

#include <cstdint>
#include <cstring>

namespace bekci::collect {
namespace {

constexpr size_t kPrefixBytes = 4;
constexpr size_t kBufferBytes = kMaxWorkerFrameBytes + 4096;

size_t ReadLength(const char* at) {
  size_t length = 0;
  for (size_t i = kPrefixBytes; i-- > 0;) length = length << 8 | static_cast<unsigned char>(at[i]);
  return length;
}

}  // namespace

std::span<char> FrameReader::Space() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == 0 && buffer_.size() > kBufferBytes) std::vector<char>().swap(buffer_);
  // A large frame grows the buffer as its bytes come, so a length alone costs nothing.
  if (buffer_.size() == end_) buffer_.resize(buffer_.empty() ? kBufferBytes : 2 * buffer_.size());
  return std::span<char>(buffer_).subspan(end_);
}

base::Result<bool> FrameReader::Next(std::string_view* frame) {
  if (end_ - begin_ < kPrefixBytes) return false;
  const size_t length = ReadLength(buffer_.data() + begin_);
  if (length == 0 || length > max_frame_bytes_) {
    return base::Corrupt("frame of " + std::to_string(length) + " bytes; allowed are 1 to " +
                         std::to_string(max_frame_bytes_));
  }
  if (end_ - begin_ - kPrefixBytes < length) return false;
  *frame = std::string_view(buffer_.data() + begin_ + kPrefixBytes, length);
  begin_ += kPrefixBytes + length;
  return true;
}

void FinishFrame(std::string* out, size_t at) {
  size_t length = out->size() - at - kPrefixBytes;
  for (size_t i = 0; i < kPrefixBytes; ++i, length >>= 8) (*out)[at + i] = static_cast<char>(length & 0xff);
}

}  // namespace bekci::collect
