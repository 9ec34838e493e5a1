#include "exporters/mysql/defaults_file.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::exporters::mysql {
namespace {

// A value as the client programs read it: an escape, or the character itself where it is none.
std::string Unescape(std::string_view text) {
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      value += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'b':
        value += '\b';
        break;
      case 't':
        value += '\t';
        break;
      case 'n':
        value += '\n';
        break;
      case 'r':
        value += '\r';
        break;
      case 's':
        value += ' ';
        break;
      case '\\':
        value += '\\';
        break;
      case '"':
        value += '"';
        break;
      case '\'':
        value += '\'';
        break;
      default:
        value.append({'\\', text[i]});
    }
  }
  return value;
}

// Up to a # that begins a comment: outside quotes, and after white space (a password may hold one).
std::string_view WithoutComment(std::string_view text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
    } else if ((c == '"' || c == '\'') && base::Trim(text.substr(0, i)).empty()) {
      quote = c;
    } else if (c == '#' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) {
      return text.substr(0, i);
    }
  }
  return text;
}

std::string Value(std::string_view text) {
  text = base::Trim(WithoutComment(text));
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front()) {
    text = text.substr(1, text.size() - 2);
  }
  return Unescape(text);
}

std::string Key(std::string_view text) {
  std::string key = base::ToLower(base::Trim(text));
  std::replace(key.begin(), key.end(), '_', '-');
  if (key.starts_with("loose-")) key.erase(0, 6);
  return key;
}

}  // namespace

base::Result<DefaultsFile> DefaultsFile::Parse(std::string_view text) {
  DefaultsFile file;
  std::map<std::string, std::string>* group = nullptr;
  base::LineReader lines(text);
  std::string_view line;
  for (int number = 1; lines.Next(&line); ++number) {
    line = base::Trim(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    const std::string where = "line " + std::to_string(number) + ": ";
    if (line[0] == '!')
      return base::Invalid(where + "!include and !includedir are not read here; name that file itself");
    if (line[0] == '[') {
      const size_t end = line.find(']');
      if (end == std::string_view::npos) return base::Invalid(where + "a group's name needs its ]");
      group = &file.groups_[std::string(base::Trim(line.substr(1, end - 1)))];
      continue;
    }
    if (group == nullptr) return base::Invalid(where + "stands before the first [group]");
    const size_t equals = line.find('=');
    (*group)[Key(line.substr(0, equals))] =
        equals == std::string_view::npos ? std::string() : Value(line.substr(equals + 1));
  }
  return file;
}

std::optional<std::string> DefaultsFile::Get(std::string_view group, const std::string& key) const {
  while (true) {
    if (const auto found = groups_.find(group); found != groups_.end()) {
      if (const auto value = found->second.find(key); value != found->second.end()) return value->second;
    }
    const size_t dot = group.rfind('.');
    if (dot == std::string_view::npos) return std::nullopt;
    group = group.substr(0, dot);
  }
}

}  // namespace bekci::exporters::mysql
