#include "agent/notify/message/media_escapes.h"

#include <algorithm>
#include <span>

namespace bekci::notify::message {
namespace {

struct Escape {
  char character;
  std::string_view text;
};

std::string Replaced(std::string_view text, std::span<const Escape> escapes) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (const char c : text) {
    const auto escape = std::find_if(escapes.begin(), escapes.end(), [&](const Escape& e) { return e.character == c; });
    if (escape == escapes.end()) {
      out += c;
    } else {
      out += escape->text;
    }
  }
  return out;
}

}  // namespace

std::string SlackEscaped(std::string_view text) {
  constexpr Escape kEscapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}};
  return Replaced(text, kEscapes);
}

std::string TelegramHtmlEscaped(std::string_view text) {
  constexpr Escape kEscapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
  return Replaced(text, kEscapes);
}

std::string TelegramMarkdownEscaped(std::string_view text) {
  constexpr std::string_view kSpecial = "_*[]()~`>#+-=|{}.!\\";
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string DiscordEscaped(std::string_view text) {
  constexpr std::string_view kNothing = "\xE2\x80\x8B";  // a blank without width
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    const bool opens = text[i] == '<' && i + 1 < text.size() && text[i + 1] == '#';
    if (text[i] == '@' || opens) out += kNothing;
  }
  return out;
}

std::string MailHeaderText(std::string_view text) {
  std::string out;
  bool control = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      control = true;
      continue;
    }
    if (control && !out.empty() && out.back() != ' ' && c != ' ') out += ' ';
    control = false;
    out += c;
  }
  return out;
}

}  // namespace bekci::notify::message
