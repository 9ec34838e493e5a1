// UTF-8: the encoding itself, and Go's quoting, which Prometheus uses for every text it repeats in a message.
//
// Source: table 3-7 of the Unicode standard (no overlong forms, no surrogates, nothing above U+10FFFF); Go's
// strconv.Quote. Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bekci::base {

inline constexpr char32_t kReplacementRune = 0xFFFD;

// Length in bytes of the sequence at the start of `text`; 0 when there is no valid one.
size_t Utf8Length(std::string_view text);
bool IsValidUtf8(std::string_view text);

// The code point at the start of `text`, which is not empty; `size` gets its bytes. Bytes that are no UTF-8 read as
// U+FFFD, one at a time, as in Go.
char32_t DecodeRune(std::string_view text, size_t* size);
// Appends a code point that is not a surrogate and at most U+10FFFF.
void AppendRune(std::string* out, char32_t rune);
// Whether Go's %q leaves it as it is. Exact for what is assigned in the planes in use; unassigned code points count as
// printable.
bool IsPrintable(char32_t rune);

// `text` as Go's %q prints a string: in double quotes, with \a \b \f \n \r \t \v \" \\ \x7f \u00ad.
std::string Quoted(std::string_view text);
// As Go's %q prints a character: 'a', '\'', 'é', '\u00a0'.
std::string QuotedRune(char32_t rune);

}  // namespace bekci::base
