#include "agent/template/arena.h"

#include <algorithm>

namespace bekci::templates {

std::string_view Arena::Copy(std::string_view text) {
  if (text.empty()) return {};
  char* const copy = static_cast<char*>(Allocate(text.size()));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

void* Arena::AllocateElsewhere(size_t size) {
  constexpr size_t kLargestChunk = 256 << 10;
  // A large piece gets memory of its own, so that the rest of the current chunk is not lost.
  if (size > next_chunk_ / 2) {
    chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    return chunks_.back().get();
  }
  chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(next_chunk_));
  next_ = chunks_.back().get();
  end_ = next_ + next_chunk_;
  next_chunk_ = std::min(next_chunk_ * 2, kLargestChunk);
  std::byte* const place = next_;
  next_ += size;
  return place;
}

}  // namespace bekci::templates
