#include "agent/notify/message/title_case.h"

#include "agent/base/utf8.h"
#include "agent/model/case_mapping.h"

namespace bekci::notify::message {
namespace {

struct Rune {
  std::string_view bytes;
  char32_t code = 0;
};

Rune RuneAt(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  size_t size = 0;
  const char32_t code = base::DecodeRune(text.substr(at), &size);
  return {text.substr(at, size), code};
}

bool IsDigit(const Rune& rune) {
  return rune.code >= '0' && rune.code <= '9';
}

// Letters have an upper or lower form; beyond ASCII also what has none counts (marks, ideographs), blanks and
// punctuation do not.
bool IsLetter(const Rune& rune) {
  const char32_t c = rune.code;
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  const bool punctuation = c < 0xAA || c == 0xAB || (c >= 0xAC && c <= 0xB4) || (c >= 0xB6 && c <= 0xB9) ||
                           (c >= 0xBB && c <= 0xBF) || c == 0xD7 || c == 0xF7 || (c >= 0x2000 && c <= 0x206F) ||
                           (c >= 0x2190 && c <= 0x2BFF) || (c >= 0x3000 && c <= 0x3004) ||
                           (c >= 0x1F000 && c <= 0x1FAFF);
  return !punctuation;
}

bool IsWord(const Rune& rune) {
  return rune.code == '_' || IsDigit(rune) || IsLetter(rune);
}

// Whether a word goes on over `middle`.
bool Joins(const Rune& before, const Rune& middle, const Rune& after) {
  const char32_t c = middle.code;
  const bool quote = c == '\'' || c == '.' || c == 0x2018 || c == 0x2019 || c == 0x2024;
  const bool letters = quote || c == ':' || c == 0xB7 || c == 0x2027;
  const bool digits = quote || c == ',' || c == ';';
  return (letters && IsLetter(before) && IsLetter(after)) || (digits && IsDigit(before) && IsDigit(after));
}

bool HasCase(std::string_view bytes) {
  return model::ToUpperUtf8(bytes) != model::ToLowerUtf8(bytes);
}

}  // namespace

std::string TitleCase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool titled = false;  // this word has its large letter
  Rune before;
  for (size_t at = 0; at < text.size(); at += before.bytes.size()) {
    const Rune rune = RuneAt(text, at);
    const bool word = IsWord(rune) || Joins(before, rune, RuneAt(text, at + rune.bytes.size()));
    if (!word) {
      titled = false;
      out += rune.bytes;
    } else if (!titled && HasCase(rune.bytes)) {
      titled = true;
      out += model::ToUpperUtf8(rune.bytes);
    } else {
      out += model::ToLowerUtf8(rune.bytes);
    }
    before = rune;
  }
  return out;
}

}  // namespace bekci::notify::message
