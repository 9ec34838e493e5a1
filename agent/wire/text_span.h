// TextSpan: a stretch of a text, as offsets. Where the numbers of a page stand, for those who treat them differently
// from the literal text between them. Thread rule: a value.
#pragma once

#include <cstdint>

namespace bekci::wire {

struct TextSpan {
  uint32_t begin;
  uint32_t end;  // one past the last byte
  uint32_t size() const { return end - begin; }
};

}  // namespace bekci::wire
