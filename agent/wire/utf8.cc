#include "agent/wire/utf8.h"

#include "agent/base/text.h"

namespace bekci::wire {
namespace {

// Length that the lead byte announces, 0 for a byte that cannot lead.
size_t AnnouncedLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

}  // namespace

char32_t NextRune(std::string_view* text, bool* valid) {
  const auto lead = static_cast<unsigned char>(text->front());
  const size_t length = AnnouncedLength(lead);
  *valid = length > 0 && length <= text->size() && base::IsValidUtf8(text->substr(0, length));
  if (!*valid) {
    text->remove_prefix(1);
    return kReplacementRune;
  }
  char32_t rune = length == 1 ? lead : lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) rune = rune << 6 | (static_cast<unsigned char>((*text)[i]) & 0x3Fu);
  text->remove_prefix(length);
  return rune;
}

void AppendRune(char32_t rune, std::string* out) {
  const auto put = [out](char32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (rune < 0x80) return put(rune);
  if (rune < 0x800) {
    put(0xC0 | rune >> 6);
  } else if (rune < 0x10000) {
    put(0xE0 | rune >> 12);
    put(0x80 | (rune >> 6 & 0x3F));
  } else {
    put(0xF0 | rune >> 18);
    put(0x80 | (rune >> 12 & 0x3F));
    put(0x80 | (rune >> 6 & 0x3F));
  }
  put(0x80 | (rune & 0x3F));
}

void AppendValidUtf8(std::string_view text, std::string* out) {
  if (base::IsValidUtf8(text)) {
    out->append(text);
    return;
  }
  bool in_damage = false;
  while (!text.empty()) {
    bool valid;
    const char32_t rune = NextRune(&text, &valid);
    if (valid || !in_damage) AppendRune(rune, out);
    in_damage = !valid;
  }
}

}  // namespace bekci::wire
