#include "agent/model/case_mapping.h"

#include <clocale>
#include <cwctype>

namespace bekci::model {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

locale_t Utf8Locale() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}

// The code point at the front of `text` (not empty), which loses its bytes.
char32_t TakeCodePoint(std::string_view* text) {
  const auto first = static_cast<unsigned char>(text->front());
  size_t size = 1;
  char32_t point = first;
  char32_t least = 0;
  if (first >= 0xF0 && first < 0xF8) {
    size = 4, point = first & 0x07u, least = 0x10000;
  } else if (first >= 0xE0) {
    size = 3, point = first & 0x0Fu, least = 0x800;
  } else if (first >= 0xC0) {
    size = 2, point = first & 0x1Fu, least = 0x80;
  }
  bool good = first < 0x80 || (first >= 0xC2 && first < 0xF5 && text->size() >= size);
  for (size_t i = 1; good && i < size; ++i) {
    const auto byte = static_cast<unsigned char>((*text)[i]);
    good = (byte & 0xC0) == 0x80;
    point = point << 6 | (byte & 0x3Fu);
  }
  good = good && point >= least && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
  text->remove_prefix(good ? size : 1);
  return good ? point : kReplacement;
}

void AppendCodePoint(std::string* out, char32_t point) {
  const auto push = [out](char32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    push(point);
  } else if (point < 0x800) {
    push(0xC0 | point >> 6), push(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    push(0xE0 | point >> 12), push(0x80 | (point >> 6 & 0x3F)), push(0x80 | (point & 0x3F));
  } else {
    push(0xF0 | point >> 18), push(0x80 | (point >> 12 & 0x3F)), push(0x80 | (point >> 6 & 0x3F));
    push(0x80 | (point & 0x3F));
  }
}

template <typename AsciiMap, typename WideMap>
std::string Map(std::string_view text, AsciiMap ascii, WideMap wide) {
  std::string out;
  out.reserve(text.size());
  const locale_t locale = Utf8Locale();
  while (!text.empty()) {
    const char32_t point = TakeCodePoint(&text);
    if (point < 0x80) {
      out.push_back(ascii(static_cast<char>(point)));
    } else {
      const bool mapped = locale != nullptr;
      AppendCodePoint(&out, mapped ? static_cast<char32_t>(wide(static_cast<wint_t>(point), locale)) : point);
    }
  }
  return out;
}

}  // namespace

std::string ToLowerUtf8(std::string_view text) {
  return Map(
      text, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }, towlower_l);
}

std::string ToUpperUtf8(std::string_view text) {
  return Map(
      text, [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }, towupper_l);
}

}  // namespace bekci::model
