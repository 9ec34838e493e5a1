// PaddedBytes: a chunk's bytes with room behind them, so that a BitReader may load whole words near the end.
//
// Chunks lie packed in mapped files, where the bytes after the last one belong to nobody. Copying a chunk costs some
// 10 ns, against 500 for decoding it; most fit on the stack. Thread rule: one thread.
#pragma once

#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include "agent/tsdb/bit_stream.h"

namespace bekci::tsdb {

class PaddedBytes {
 public:
  explicit PaddedBytes(std::string_view bytes) {
    char* to = near_.data();
    if (bytes.size() > kNearBytes) {
      far_.resize(bytes.size() + BitReader::kSlackBytes);
      to = far_.data();
    }
    std::memcpy(to, bytes.data(), bytes.size());
    std::memset(to + bytes.size(), 0, BitReader::kSlackBytes);
    view_ = {to, bytes.size()};
  }
  PaddedBytes(const PaddedBytes&) = delete;
  PaddedBytes& operator=(const PaddedBytes&) = delete;

  std::string_view view() const { return view_; }

 private:
  static constexpr size_t kNearBytes = 1536;

  std::array<char, kNearBytes + BitReader::kSlackBytes> near_;  // not initialised: only what is copied is read
  std::string far_;
  std::string_view view_;
};

}  // namespace bekci::tsdb
