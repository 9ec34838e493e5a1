// How fmt prints texts and characters under a FormatSpec.
#include <algorithm>

#include "agent/base/utf8.h"
#include "agent/template/format_spec.h"

namespace bekci::templates {
namespace {

constexpr char32_t kMaxRune = 0x10FFFF;

size_t RuneCount(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) {
    size_t size = 0;
    base::DecodeRune(text, &size);
    text.remove_prefix(size);
  }
  return count;
}

void AppendPadding(size_t count, bool zero, std::string* out) {
  out->append(count, zero ? '0' : ' ');
}

std::string_view Cut(const FormatSpec& spec, std::string_view text) {
  if (!spec.has_precision) return text;
  size_t end = 0;
  for (int left = spec.precision; left > 0 && end < text.size(); --left) {
    size_t size = 0;
    base::DecodeRune(text.substr(end), &size);
    end += size;
  }
  return text.substr(0, end);
}

// Whether `text` may stand between backquotes: valid, in one line, without controls or byte order marks.
bool FitsBackquotes(std::string_view text) {
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    if (rune == 0xFEFF || rune == '`' || rune == 0x7F || (rune < 0x20 && rune != '\t')) return false;
    if (rune == base::kReplacementRune && size == 1) return false;
    text.remove_prefix(size);
  }
  return true;
}

// What Go's QuoteToASCII makes of what Quote gave: everything beyond ASCII as \u or \U.
std::string ToAscii(std::string_view quoted) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!quoted.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(quoted, &size);
    quoted.remove_prefix(size);
    if (rune < 0x80) {
      out.push_back(static_cast<char>(rune));
      continue;
    }
    out += rune < 0x10000 ? "\\u" : "\\U";
    for (int shift = rune < 0x10000 ? 12 : 28; shift >= 0; shift -= 4) out.push_back(kHex[(rune >> shift) & 15]);
  }
  return out;
}

char32_t Sane(uint64_t rune) {
  const bool sane = rune <= kMaxRune && (rune < 0xD800 || rune > 0xDFFF);
  return sane ? static_cast<char32_t>(rune) : base::kReplacementRune;
}

}  // namespace

void AppendPadded(const FormatSpec& spec, std::string_view text, std::string* out) {
  const size_t wanted = spec.has_width ? static_cast<size_t>(spec.width) : 0;
  const size_t length = wanted == 0 ? 0 : RuneCount(text);
  const size_t padding = wanted > length ? wanted - length : 0;
  if (!spec.minus) AppendPadding(padding, spec.zero, out);
  *out += text;
  if (spec.minus) AppendPadding(padding, false, out);
}

void AppendText(const FormatSpec& spec, std::string_view text, std::string* out) {
  AppendPadded(spec, Cut(spec, text), out);
}

void AppendQuotedText(const FormatSpec& spec, std::string_view text, std::string* out) {
  text = Cut(spec, text);
  if (spec.sharp && FitsBackquotes(text)) {
    AppendPadded(spec, "`" + std::string(text) + "`", out);
    return;
  }
  const std::string quoted = base::Quoted(text);
  AppendPadded(spec, spec.plus ? ToAscii(quoted) : quoted, out);
}

void AppendHexText(const FormatSpec& spec, std::string_view text, bool upper, std::string* out) {
  const char* const digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  const std::string_view prefix = !spec.sharp ? "" : upper ? "0X" : "0x";
  if (spec.has_precision) text = text.substr(0, static_cast<size_t>(spec.precision));
  std::string hex;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || spec.space) {
      if (i > 0) hex.push_back(' ');
      hex += prefix;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    hex += {digits[byte >> 4], digits[byte & 15]};
  }
  AppendPadded(spec, hex, out);
}

void AppendCharacter(const FormatSpec& spec, uint64_t rune, std::string* out) {
  std::string text;
  base::AppendRune(&text, Sane(rune));
  AppendPadded(spec, text, out);
}

void AppendQuotedCharacter(const FormatSpec& spec, uint64_t rune, std::string* out) {
  const std::string quoted = base::QuotedRune(Sane(rune));
  AppendPadded(spec, spec.plus ? ToAscii(quoted) : quoted, out);
}

void AppendUnicode(const FormatSpec& spec, uint64_t rune, std::string* out) {
  FormatSpec hex;
  hex.has_precision = true;
  hex.precision = spec.has_precision ? std::max(spec.precision, 4) : 4;
  std::string text = "U+";
  AppendInteger(hex, rune, false, {.base = 16, .verb = 'X', .upper = true}, &text);
  if (spec.sharp && rune <= kMaxRune && base::IsPrintable(static_cast<char32_t>(rune))) {
    text += " '";
    base::AppendRune(&text, Sane(rune));
    text += "'";
  }
  FormatSpec padding = spec;
  padding.zero = false;
  AppendPadded(padding, text, out);
}

}  // namespace bekci::templates
