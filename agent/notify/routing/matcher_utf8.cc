// The UTF-8 grammar: [{] [matcher {"," matcher} [","]] [}], a matcher being name, operator, value.
#include <optional>

#include "agent/base/utf8.h"
#include "agent/notify/routing/matcher_grammar.h"
#include "agent/template/go_literal.h"

namespace bekci::notify::routing {
namespace {

// Unicode's white space.
bool IsSpace(char32_t rune) {
  return (rune >= 0x09 && rune <= 0x0D) || rune == 0x20 || rune == 0x85 || rune == 0xA0 || rune == 0x1680 ||
         (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 || rune == 0x2029 || rune == 0x202F || rune == 0x205F ||
         rune == 0x3000;
}

// One text being read.
class Utf8Parser {
 public:
  explicit Utf8Parser(std::string_view text) : text_(text) {}

  base::Result<PlainMatchers> Parse() {
    PlainMatchers matchers;
    const bool braces = Take("{");
    while (!AtListEnd()) {
      ASSIGN_OR_RETURN(PlainMatcher matcher, ReadMatcher());
      matchers.push_back(std::move(matcher));
      if (AtListEnd()) break;
      if (!Take(",")) return Wrong("expected a comma or close brace");
    }
    if (braces && !Take("}")) return Wrong("expected close brace");
    if (!AtEnd()) return Wrong(braces ? "expected end of input" : "expected an opening brace before");
    return matchers;
  }

 private:
  base::Status Wrong(std::string_view what) const {
    const std::string at = std::to_string(at_) + ": ";
    const std::string found = at_ < text_.size() ? base::Quoted(text_.substr(at_, 20)) : "end of input";
    return base::Invalid(at + found + ": " + std::string(what));
  }

  void SkipSpace() {
    while (at_ < text_.size()) {
      size_t size = 0;
      if (!IsSpace(base::DecodeRune(text_.substr(at_), &size))) return;
      at_ += size;
    }
  }
  bool AtEnd() {
    SkipSpace();
    return at_ == text_.size();
  }
  bool AtListEnd() { return AtEnd() || text_[at_] == '}'; }
  bool Take(std::string_view token) {
    SkipSpace();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  base::Result<PlainMatcher> ReadMatcher() {
    PlainMatcher matcher;
    ASSIGN_OR_RETURN(matcher.name, ReadText("label name"));
    if (matcher.name.empty()) return Wrong("the name of a label is empty");
    if (Take("=~")) {
      matcher.type = model::MatchType::kRegex;
    } else if (Take("=")) {
      matcher.type = model::MatchType::kEqual;
    } else if (Take("!=")) {
      matcher.type = model::MatchType::kNotEqual;
    } else if (Take("!~")) {
      matcher.type = model::MatchType::kNotRegex;
    } else {
      return Wrong("expected an operator such as '=', '!=', '=~' or '!~'");
    }
    ASSIGN_OR_RETURN(matcher.value, ReadText("label value"));
    return matcher;
  }

  base::Result<std::string> ReadText(std::string_view what) {
    SkipSpace();
    if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted();
    const size_t begin = at_;
    while (at_ < text_.size()) {
      size_t size = 0;
      const char32_t rune = base::DecodeRune(text_.substr(at_), &size);
      if (IsReserved(rune)) break;
      if (rune == base::kReplacementRune && size == 1) return Wrong("it is not UTF-8");
      at_ += size;
    }
    if (at_ == begin) return Wrong("expected " + std::string(what));
    return std::string(text_.substr(begin, at_ - begin));
  }

  base::Result<std::string> ReadQuoted() {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? size_t{2} : size_t{1};
    if (end >= text_.size()) return Wrong("missing end \"");
    const std::string_view quoted = text_.substr(at_, end + 1 - at_);
    const std::optional<std::string> value =
        quoted.find('\n') == std::string_view::npos ? templates::GoUnquote(quoted) : std::nullopt;
    if (!value) return Wrong("not a text with Go's escapes");
    if (!base::IsValidUtf8(*value)) return Wrong("quoted string contains invalid UTF-8 code points");
    at_ = end + 1;
    return *value;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool IsReserved(char32_t rune) {
  constexpr std::string_view kReserved = "{}!=~,\\\"'`";
  return IsSpace(rune) || (rune < 0x80 && kReserved.find(static_cast<char>(rune)) != std::string_view::npos);
}

base::Result<PlainMatchers> ParseUtf8(std::string_view text) {
  return Utf8Parser(text).Parse();
}

}  // namespace bekci::notify::routing
