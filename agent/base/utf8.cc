#include "agent/base/utf8.h"

#include <algorithm>
#include <iterator>

namespace bekci::base {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// What exists and still is not printed as it is: controls, spaces other than U+0020, format characters, separators,
// surrogates, private use, noncharacters.
constexpr Range kUnprintable[] = {
    {0x0000, 0x001F},   {0x007F, 0x00A0},    {0x00AD, 0x00AD},   {0x0600, 0x0605},   {0x061C, 0x061C},
    {0x06DD, 0x06DD},   {0x070F, 0x070F},    {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x1680, 0x1680},
    {0x180E, 0x180E},   {0x2000, 0x200F},    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x3000, 0x3000},
    {0xD800, 0xF8FF},   {0xFDD0, 0xFDEF},    {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
    {0x110BD, 0x110BD}, {0x110CD, 0x110CD},  {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF}, {0xF0000, 0x10FFFF},
};

void AppendHex(std::string* out, char32_t value, int digits) {
  constexpr char kHex[] = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out->push_back(kHex[(value >> shift) & 15]);
}

// The escape of one letter, or 0.
char Letter(char32_t rune) {
  constexpr char kLetters[] = "abtnvfr";  // \a is 7, \r is 13
  return rune >= 7 && rune <= 13 ? kLetters[rune - 7] : '\0';
}

void AppendQuotedRune(std::string* out, char32_t rune, char quote) {
  if (rune == static_cast<char32_t>(quote) || rune == '\\') {
    *out += {'\\', static_cast<char>(rune)};
  } else if (IsPrintable(rune)) {
    AppendRune(out, rune);
  } else if (const char letter = Letter(rune); letter != '\0') {
    *out += {'\\', letter};
  } else if (rune < 0x80) {
    *out += "\\x";
    AppendHex(out, rune, 2);
  } else {
    *out += rune < 0x10000 ? "\\u" : "\\U";
    AppendHex(out, rune, rune < 0x10000 ? 4 : 8);
  }
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return text.empty() ? 0 : 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (lead > 0xF4) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return continues(1) && continues(2) && continues(3) ? 4 : 0;
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

char32_t DecodeRune(std::string_view text, size_t* size) {
  const size_t length = Utf8Length(text);
  *size = std::max<size_t>(length, 1);
  if (length == 0) return kReplacementRune;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (length == 1) return lead;
  char32_t rune = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) rune = (rune << 6) | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  return rune;
}

void AppendRune(std::string* out, char32_t rune) {
  const auto continuation = [&](int shift) { return static_cast<char>(0x80 | ((rune >> shift) & 0x3F)); };
  if (rune < 0x80) {
    out->push_back(static_cast<char>(rune));
  } else if (rune < 0x800) {
    *out += {static_cast<char>(0xC0 | (rune >> 6)), continuation(0)};
  } else if (rune < 0x10000) {
    *out += {static_cast<char>(0xE0 | (rune >> 12)), continuation(6), continuation(0)};
  } else {
    *out += {static_cast<char>(0xF0 | (rune >> 18)), continuation(12), continuation(6), continuation(0)};
  }
}

bool IsPrintable(char32_t rune) {
  if (rune >= 0x20 && rune < 0x7F) return true;
  const Range* const range = std::lower_bound(std::begin(kUnprintable), std::end(kUnprintable), rune,
                                              [](const Range& r, char32_t value) { return r.last < value; });
  return range == std::end(kUnprintable) || rune < range->first;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  out.reserve(text.size() + 2);
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = DecodeRune(text, &size);
    if (rune == kReplacementRune && size == 1) {
      out += "\\x";
      AppendHex(&out, static_cast<unsigned char>(text[0]), 2);
    } else {
      AppendQuotedRune(&out, rune, '"');
    }
    text.remove_prefix(size);
  }
  out += '"';
  return out;
}

std::string QuotedRune(char32_t rune) {
  std::string out = "'";
  AppendQuotedRune(&out, rune, '\'');
  out += '\'';
  return out;
}

}  // namespace bekci::base
