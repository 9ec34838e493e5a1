#include "agent/notify/receivers/mail_message.h"

#include <algorithm>
#include <cstdio>

#include "agent/base/utf8.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxLine = 76;
constexpr size_t kMaxWordText = 60;  // of an encoded word, beside its =?utf-8?q? and ?=

void AppendHex(std::string* out, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out->push_back('=');
  out->push_back(kDigits[byte >> 4]);
  out->push_back(kDigits[byte & 15]);
}

// One character in the Q encoding.
std::string QEncoded(std::string_view rune) {
  const char c = rune.front();
  const bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  if (c == ' ') return "_";
  if (rune.size() == 1 && (letter || c == '-' || c == '.' || c == '!' || c == '*' || c == '+' || c == '/')) {
    return std::string(rune);
  }
  std::string out;
  for (const char byte : rune) AppendHex(&out, byte);
  return out;
}

std::string Folded(std::string_view line) {
  std::string out;
  size_t column = 12;  // about what the header's name takes
  while (!line.empty()) {
    const size_t blank = std::min(line.find(' ', 1), line.size());
    const std::string_view word = line.substr(0, blank);
    if (column + word.size() > kMaxLine && word.starts_with(' ') && word.size() > 1) {
      out += "\r\n";
      column = 0;
    }
    out += word;
    column += word.size();
    line.remove_prefix(blank);
  }
  return out;
}

std::string Part(std::string_view type, std::string_view body) {
  return "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: " + std::string(type) +
         "; charset=UTF-8\r\n\r\n" + QuotedPrintable(body) + "\r\n";
}

}  // namespace

std::string HeaderLine(std::string_view value) {
  std::string line(value);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, ' ');
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return line.substr(begin, line.find_last_not_of(' ') + 1 - begin);
}

std::string EncodedWords(std::string_view line) {
  const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  // What looks like an encoded word would be decoded.
  if (ascii && line.find("=?") == std::string_view::npos) return std::string(line);
  std::string out, word;
  const auto flush = [&] {
    if (word.empty()) return;
    out += (out.empty() ? "" : "\r\n ") + ("=?utf-8?q?" + word + "?=");
    word.clear();
  };
  while (!line.empty()) {
    const size_t size = base::Utf8Length(line);
    const std::string encoded = size == 0 ? QEncoded("\xEF\xBF\xBD") : QEncoded(line.substr(0, size));
    if (word.size() + encoded.size() > kMaxWordText) flush();
    word += encoded;
    line.remove_prefix(std::max<size_t>(size, 1));
  }
  flush();
  return out;
}

std::string HeaderText(std::string_view value) {
  const std::string line = HeaderLine(value);
  std::string encoded = EncodedWords(line);
  return encoded == line ? Folded(line) : encoded;
}

std::string QuotedPrintable(std::string_view text) {
  std::string out;
  size_t column = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool at_end = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool plain = (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !at_end);
    const size_t width = plain ? 1 : 3;
    if (column + width >= kMaxLine) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out.push_back(c);
    } else {
      AppendHex(&out, c);
    }
    column += width;
  }
  return out;
}

std::string MailDate(base::Timestamp time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_time<std::chrono::milliseconds> at{std::chrono::milliseconds(time.ms)};
  const auto days = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(at - days));
  char text[64];
  snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d +0000", kDays[std::chrono::weekday(days).c_encoding()],
           static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
           static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
           static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return text;
}

std::string RenderMail(const MailMessage& message) {
  std::string mail;
  for (const auto& [name, value] : message.headers) mail += name + ": " + value + "\r\n";
  mail += "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=" + message.boundary + "\r\n\r\n";
  const std::string delimiter = "--" + message.boundary;
  if (!message.text.empty()) mail += delimiter + "\r\n" + Part("text/plain", message.text);
  if (!message.html.empty()) mail += delimiter + "\r\n" + Part("text/html", message.html);
  // A multipart without any part is not one.
  if (message.text.empty() && message.html.empty()) mail += delimiter + "\r\n" + Part("text/plain", "");
  return mail + delimiter + "--\r\n";
}

}  // namespace bekci::notify::receivers
