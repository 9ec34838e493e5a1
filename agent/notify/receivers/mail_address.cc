#include "agent/notify/receivers/mail_address.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/receivers/mail_message.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxAddressBytes = 320;

// The pieces between commas that stand neither in quotes nor in angle brackets.
std::vector<std::string_view> SplitList(std::string_view text) {
  std::vector<std::string_view> pieces;
  bool quoted = false, angled = false;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quoted) {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '<' || c == '>')) {
      angled = c == '<';
    } else if (c == ',' && !quoted && !angled) {
      pieces.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  pieces.push_back(text.substr(std::min(begin, text.size())));
  return pieces;
}

std::string Unquoted(std::string_view name) {
  name = base::Trim(name);
  if (name.size() < 2 || name.front() != '"' || name.back() != '"') return std::string(name);
  std::string out;
  for (size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    out.push_back(name[i]);
  }
  return out;
}

bool IsAddress(std::string_view text) {
  const size_t at = text.rfind('@');
  const bool whole = at != std::string_view::npos && at > 0 && at + 1 < text.size();
  return whole && text.size() <= kMaxAddressBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return c > ' ' && c != '\x7f' && c != '<' && c != '>' && c != ',' && c != ';' && c != '"';
         });
}

base::Result<MailAddress> ParseOne(std::string_view text) {
  MailAddress one;
  const bool one_line =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= ' '; });
  if (!one_line) return base::Invalid(base::Quoted(text) + " is no mail address: it has a line end inside");
  const size_t open = text.rfind('<');
  if (open != std::string_view::npos && text.ends_with('>')) {
    one.name = Unquoted(text.substr(0, open));
    one.address = base::Trim(text.substr(open + 1, text.size() - open - 2));
  } else {
    one.address = text;
  }
  if (!IsAddress(one.address)) return base::Invalid(base::Quoted(text) + " is no mail address");
  return one;
}

}  // namespace

base::Result<std::vector<MailAddress>> ParseMailAddresses(std::string_view text) {
  std::vector<MailAddress> list;
  for (const std::string_view piece : SplitList(text)) {
    const std::string_view trimmed = base::Trim(piece);
    if (trimmed.empty()) continue;
    if (list.size() == kMaxRecipients) return base::LimitReached("more than 100 mail addresses");
    ASSIGN_OR_RETURN(MailAddress one, ParseOne(trimmed));
    list.push_back(std::move(one));
  }
  if (list.empty()) return base::Invalid("there is no mail address");
  return list;
}

std::string MailAddressesText(const std::vector<MailAddress>& list) {
  std::string text;
  for (const MailAddress& one : list) {
    if (!text.empty()) text += ",\r\n ";
    if (one.name.empty()) {
      text += one.address;
      continue;
    }
    const std::string name = HeaderLine(one.name);
    const std::string encoded = EncodedWords(name);
    if (encoded != name) {
      text += encoded;
    } else {
      text += '"';
      for (const char c : name) text.append(c == '"' || c == '\\' ? "\\" : "").push_back(c);
      text += '"';
    }
    text += " <" + one.address + ">";
  }
  return text;
}

}  // namespace bekci::notify::receivers
