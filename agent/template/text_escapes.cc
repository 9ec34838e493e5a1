#include "agent/template/text_escapes.h"

#include <cstdio>

#include "agent/base/utf8.h"

namespace bekci::templates {
namespace {

struct Escape {
  char byte;
  std::string_view text;
};
constexpr Escape kHtml[] = {{'\0', "\xEF\xBF\xBD"}, {'"', "&#34;"}, {'\'', "&#39;"},
                            {'&', "&amp;"},         {'<', "&lt;"},  {'>', "&gt;"}};
constexpr Escape kJs[] = {{'\\', "\\\\"},   {'\'', "\\'"},    {'"', "\\\""},   {'<', "\\u003C"},
                          {'>', "\\u003E"}, {'&', "\\u0026"}, {'=', "\\u003D"}};

template <size_t N>
const Escape* Find(const Escape (&table)[N], char byte) {
  for (const Escape& escape : table) {
    if (escape.byte == byte) return &escape;
  }
  return nullptr;
}

}  // namespace

std::string HtmlEscaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (const Escape* escape = Find(kHtml, c)) {
      out += escape->text;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string JsEscaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    const std::string_view bytes = text.substr(0, size);
    text.remove_prefix(size);
    const Escape* const escape = rune < 0x80 ? Find(kJs, static_cast<char>(rune)) : nullptr;
    char code[16];
    if (escape != nullptr) {
      out += escape->text;
    } else if (rune < 0x20 || (rune >= 0x80 && !base::IsPrintable(rune))) {
      std::snprintf(code, sizeof code, "\\u%04X", static_cast<unsigned>(rune));
      out += code;
    } else {
      out += bytes;
    }
  }
  return out;
}

}  // namespace bekci::templates
