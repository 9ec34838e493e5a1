#include "agent/notify/message/base64.h"

#include <cstdint>

namespace bekci::notify::message {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

base::Status Illegal(size_t at) {
  return base::Invalid("illegal base64 data at input byte " + std::to_string(at));
}

bool IsLineEnd(char c) {
  return c == '\n' || c == '\r';
}

}  // namespace

std::string Base64UrlEncoded(std::string_view data) {
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (size_t i = 0; i < data.size(); i += 3) {
    const std::string_view group = data.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    for (size_t k = 0; k < 4; ++k) out += k <= group.size() ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

base::Result<std::string> Base64UrlDecoded(std::string_view text) {
  std::string out;
  uint32_t bits = 0;
  size_t digits = 0;   // of the group that is being read
  size_t padding = 0;  // = seen at the end of it
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsLineEnd(text[i])) continue;
    if (text[i] == '=') {
      if (digits < 2 || digits + ++padding > 4) return Illegal(i);
      continue;
    }
    const size_t value = kAlphabet.find(text[i]);
    if (value == std::string_view::npos || padding > 0) return Illegal(i);
    bits = bits << 6 | static_cast<uint32_t>(value);
    if (++digits < 4) continue;
    for (const unsigned shift : {16u, 8u, 0u}) out += static_cast<char>(bits >> shift & 255);
    digits = 0;
    bits = 0;
  }
  if (digits + padding != 0 && digits + padding != 4) return Illegal(text.size());
  if (digits >= 2) out += static_cast<char>(bits >> (6 * digits - 8) & 255);
  if (digits == 3) out += static_cast<char>(bits >> 2 & 255);
  return out;
}

}  // namespace bekci::notify::message
