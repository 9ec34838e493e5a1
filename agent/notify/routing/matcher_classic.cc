// The classic grammar: commas outside quotes part the list, each part is name, operator and the rest.
#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/routing/matcher_grammar.h"

namespace bekci::notify::routing {
namespace {

constexpr std::string_view kSpace = "\t\n\f\r ";  // of the regular expression in the original

std::string_view TrimSpace(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

bool IsNameCharacter(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (!first && c >= '0' && c <= '9');
}

struct Operator {
  std::string_view text;
  model::MatchType type;
};
constexpr Operator kOperators[] = {
    {"=~", model::MatchType::kRegex},
    {"=", model::MatchType::kEqual},
    {"!=", model::MatchType::kNotEqual},
    {"!~", model::MatchType::kNotRegex},
};

// The parts between commas. A backslash before a comma keeps its meaning for the character behind the comma: the
// original does so.
std::vector<std::string_view> Parts(std::string_view text) {
  std::vector<std::string_view> parts;
  bool in_quotes = false;
  bool escaped = false;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ',') {
      if (in_quotes) continue;
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    } else if (c == '"') {
      if (!escaped) in_quotes = !in_quotes;
      escaped = false;
    } else if (c == '\\') {
      escaped = !escaped;
    } else {
      escaped = false;
    }
  }
  const std::string_view last = base::Trim(text.substr(begin));
  if (!last.empty()) parts.push_back(last);
  return parts;
}

base::Status Unescaped(std::string_view raw) {
  return base::Invalid("matcher value contains unescaped double quote: " + std::string(raw));
}

// `raw` as it stands behind the operator.
base::Result<std::string> Value(std::string_view raw) {
  std::string_view rest = raw;
  bool open = rest.starts_with('"');  // a quote must still come
  if (open) rest.remove_prefix(1);
  if (!base::IsValidUtf8(rest)) return base::Invalid("matcher value not valid UTF-8: " + base::Quoted(rest));
  std::string value;
  for (size_t i = 0; i < rest.size(); ++i) {
    const char c = rest[i];
    const bool last = i + 1 == rest.size();
    if (c == '\\' && !last) {
      const char escaped = rest[++i];
      if (escaped != 'n' && escaped != '"' && escaped != '\\') value += '\\';
      value += escaped == 'n' ? '\n' : escaped;
    } else if (c == '"') {
      if (!open || !last) return Unescaped(raw);
      open = false;
    } else {
      value += c;
    }
  }
  if (open) return Unescaped(raw);
  return value;
}

}  // namespace

base::Result<PlainMatcher> ParseClassicOne(std::string_view text) {
  const auto bad = [&] {
    return base::Invalid("bad matcher format: " + std::string(text) + " (write for example severity=\"critical\")");
  };
  std::string_view rest = TrimSpace(text);
  size_t end = 0;
  while (end < rest.size() && IsNameCharacter(rest[end], end == 0)) ++end;
  if (end == 0) return bad();
  PlainMatcher matcher;
  matcher.name = rest.substr(0, end);
  rest = TrimSpace(rest.substr(end));
  const auto found = std::find_if(std::begin(kOperators), std::end(kOperators),
                                  [&](const Operator& one) { return rest.starts_with(one.text); });
  if (found == std::end(kOperators)) return bad();
  matcher.type = found->type;
  ASSIGN_OR_RETURN(matcher.value, Value(TrimSpace(rest.substr(found->text.size()))));
  return matcher;
}

base::Result<PlainMatchers> ParseClassic(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.ends_with('}')) text.remove_suffix(1);
  PlainMatchers matchers;
  for (const std::string_view part : Parts(text)) {
    ASSIGN_OR_RETURN(PlainMatcher matcher, ParseClassicOne(part));
    matchers.push_back(std::move(matcher));
  }
  return matchers;
}

}  // namespace bekci::notify::routing
