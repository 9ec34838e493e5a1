// FrameReader: cuts a byte stream into length-prefixed frames (4 bytes little-endian, then so many bytes).
//
// Everything that arrives is taken as if written by an enemy: a length of zero or beyond the cap ends the stream with
// an error before a byte of memory is spent on it. The buffer is reused; a frame is a view into it, never a copy.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::collect {

// Towards the core: 64 KiB of content and room for the message around it.
inline constexpr size_t kChunkBytes = 64 << 10;
inline constexpr size_t kMaxWorkerFrameBytes = kChunkBytes + 4096;
// Towards the worker: a PREPARE carries the whole configuration, itself limited to 8 MiB of YAML.
inline constexpr size_t kMaxCoreFrameBytes = 64 << 20;

class FrameReader {
 public:
  explicit FrameReader(size_t max_frame_bytes) : max_frame_bytes_(max_frame_bytes) {}

  // Room for the next read of the stream, never empty. Ends the life of the view Next gave.
  std::span<char> Space();
  // So many bytes of the room were filled.
  void Filled(size_t bytes) { end_ += bytes; }

  // The next whole frame, good until the next Space. False: more bytes are needed. Error: corrupt.
  base::Result<bool> Next(std::string_view* frame);

 private:
  const size_t max_frame_bytes_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

// Puts the length in front of what stands in `out` from `at` + 4 on; the four bytes at `at` are the place for it.
void FinishFrame(std::string* out, size_t at);

}  // namespace bekci::collect
