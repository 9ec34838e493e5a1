// UTF-8 by runes, and repair of text that is not UTF-8.
//
// Label values come from kernels and servers (mount points, database names) and may hold any bytes; one bad byte makes
// a Prometheus server refuse the whole page. So writers repair: every run of invalid bytes becomes one U+FFFD. Thread
// rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::wire {

inline constexpr char32_t kReplacementRune = 0xFFFD;

// Takes the first rune off `text` (not empty). An invalid byte is taken alone and sets `*valid` to false.
char32_t NextRune(std::string_view* text, bool* valid);
// `rune` must be a Unicode scalar value.
void AppendRune(char32_t rune, std::string* out);
inline bool IsScalarValue(char32_t rune) {
  return rune <= 0x10FFFF && (rune < 0xD800 || rune > 0xDFFF);
}

// `text` with runs of invalid bytes replaced. Costs one scan when there is nothing to repair.
void AppendValidUtf8(std::string_view text, std::string* out);

}  // namespace bekci::wire
