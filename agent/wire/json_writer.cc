#include "agent/wire/json_writer.h"

#include <charconv>
#include <cmath>

#include "agent/base/text.h"

namespace bekci::wire {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// The escape of one of the characters that need one; empty for all others.
std::string_view ShortEscape(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return {};
  }
}

bool NeedsEscape(char c, JsonEscape escape) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20 || c == '"' || c == '\\') return true;
  return escape == JsonEscape::kHtml ? c == '<' || c == '>' || c == '&' : byte == 0x7F;
}

// U+2028 and U+2029: line ends in JavaScript.
bool IsLineSeparator(std::string_view text) {
  return text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9");
}

void AppendEscape(std::string* out, char c) {
  if (const std::string_view escape = ShortEscape(c); !escape.empty()) {
    out->append(escape);
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  *out += "\\u00";
  *out += {kHex[byte >> 4], kHex[byte & 15]};
}

}  // namespace

void AppendJsonString(std::string* out, std::string_view text, JsonEscape escape) {
  *out += '"';
  size_t done = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const bool ascii = static_cast<unsigned char>(c) < 0x80;
    const size_t size = ascii ? 1 : base::Utf8Length(text.substr(at));
    const bool separator = escape == JsonEscape::kHtml && size == 3 && IsLineSeparator(text.substr(at));
    if (size > 0 && !separator && !(ascii && NeedsEscape(c, escape))) {
      at += size;
      continue;
    }
    out->append(text.substr(done, at - done));
    if (separator) {
      *out += text[at + 2] == '\xa8' ? "\\u2028" : "\\u2029";
    } else if (ascii) {
      AppendEscape(out, c);
    } else if (escape == JsonEscape::kHtml) {
      *out += "\\ufffd";
    } else {
      base::AppendRune(out, base::kReplacementRune);
    }
    at += separator ? size : 1;
    done = at;
  }
  out->append(text.substr(done));
  *out += '"';
}

char* WriteJsonTime(char* out, int64_t t_ms) {
  uint64_t ms = t_ms < 0 ? 0 - static_cast<uint64_t>(t_ms) : static_cast<uint64_t>(t_ms);
  if (t_ms < 0) *out++ = '-';
  out = std::to_chars(out, out + 20, ms / 1000).ptr;
  ms %= 1000;
  if (ms == 0) return out;
  *out++ = '.';
  *out++ = static_cast<char>('0' + ms / 100);
  *out++ = static_cast<char>('0' + ms / 10 % 10);
  *out++ = static_cast<char>('0' + ms % 10);
  return out;
}

char* WriteJsonValue(char* out, double value) {
  *out++ = '"';
  const double magnitude = std::fabs(value);
  const bool exponent = magnitude != 0 && std::isfinite(value) && (magnitude < 1e-6 || magnitude >= 1e21);
  // Between those bounds a decimal has at most 1 + 2 + 6 + 17 characters.
  out = exponent ? std::to_chars(out, out + base::kMaxDoubleText, value, std::chars_format::scientific).ptr
                 : base::WriteDecimal(out, value);
  *out++ = '"';
  return out;
}

void AppendJsonTime(std::string* out, int64_t t_ms) {
  char text[kMaxJsonValue];
  out->append(text, static_cast<size_t>(WriteJsonTime(text, t_ms) - text));
}

void AppendJsonValue(std::string* out, double value) {
  char text[kMaxJsonValue];
  out->append(text, static_cast<size_t>(WriteJsonValue(text, value) - text));
}

void JsonWriter::Separate() {
  if (out_->empty()) return;
  const char last = out_->back();
  if (last != '{' && last != '[' && last != ':') *out_ += ',';
}

void JsonWriter::Open(char bracket) {
  Separate();
  *out_ += bracket;
}

void JsonWriter::Key(std::string_view name) {
  Separate();
  AppendJsonString(out_, name, escape_);
  *out_ += ':';
}

void JsonWriter::String(std::string_view text) {
  Separate();
  AppendJsonString(out_, text, escape_);
}

void JsonWriter::Int(int64_t value) {
  Separate();
  base::AppendInt(out_, value);
}

void JsonWriter::Bool(bool value) {
  Raw(value ? "true" : "false");
}

void JsonWriter::Null() {
  Raw("null");
}

void JsonWriter::Number(double value) {
  if (!std::isfinite(value)) return Null();
  Separate();
  base::AppendDouble(out_, value);
}

void JsonWriter::Raw(std::string_view json) {
  Separate();
  out_->append(json);
}

void JsonWriter::Member(std::string_view name, std::string_view text) {
  Key(name);
  String(text);
}

void JsonWriter::Member(std::string_view name, int64_t value) {
  Key(name);
  Int(value);
}

void JsonWriter::Member(std::string_view name, bool value) {
  Key(name);
  Bool(value);
}

}  // namespace bekci::wire
