#include "agent/notify/routing/matcher_text.h"

#include <algorithm>
#include <tuple>

#include "agent/base/utf8.h"
#include "agent/notify/routing/matcher_grammar.h"

namespace bekci::notify::routing {
namespace {

using Matchers = std::vector<model::Matcher>;

base::Result<Matchers> Make(const base::Result<PlainMatchers>& plain) {
  if (!plain.ok()) return plain.status();
  Matchers matchers;
  for (const PlainMatcher& one : *plain) {
    ASSIGN_OR_RETURN(model::Matcher matcher, model::Matcher::Make(one.type, one.name, one.value));
    matchers.push_back(std::move(matcher));
  }
  return matchers;
}

// What both grammars made of `text`, to what it means.
base::Result<Matchers> Decide(std::string_view text, const base::Result<PlainMatchers>& utf8,
                              const base::Result<PlainMatchers>& classic, std::string* warning) {
  if (utf8.ok() && classic.ok() && *utf8 == *classic) return Make(classic);
  base::Result<Matchers> modern = Make(utf8);
  base::Result<Matchers> old = Make(classic);
  if (!old.ok()) return modern.ok() ? std::move(modern) : std::move(old);
  if (warning != nullptr) {
    *warning = "matchers " + base::Quoted(text) +
               (modern.ok() ? " mean different things in the two grammars of matchers, the classic one counts"
                            : " are no matchers in the newer grammar: " + modern.status().message()) +
               "; write " + MatchersText(*old);
  }
  return old;
}

base::Status CheckSize(std::string_view text) {
  if (text.size() <= kMaxMatcherBytes) return base::OkStatus();
  return base::LimitReached("matchers of more than " + std::to_string(kMaxMatcherBytes) + " bytes");
}

base::Status CheckCount(const base::Result<PlainMatchers>& matchers) {
  if (!matchers.ok() || matchers->size() <= kMaxMatchers) return base::OkStatus();
  return base::LimitReached("more than " + std::to_string(kMaxMatchers) + " matchers in one text");
}

base::Result<PlainMatchers> ClassicList(std::string_view text, bool one) {
  if (!one) return ParseClassic(text);
  ASSIGN_OR_RETURN(PlainMatcher matcher, ParseClassicOne(text));
  return PlainMatchers{std::move(matcher)};
}

base::Result<PlainMatchers> Utf8List(std::string_view text, bool one) {
  auto matchers = ParseUtf8(text);
  if (!one || !matchers.ok() || matchers->size() == 1) return matchers;
  return base::Invalid(matchers->empty() ? "no matchers"
                                         : "expected 1 matcher, found " + std::to_string(matchers->size()));
}

base::Result<Matchers> Parse(std::string_view text, bool one, std::string* warning, MatcherGrammar grammar) {
  if (warning != nullptr) warning->clear();
  RETURN_IF_ERROR(CheckSize(text));
  const base::Result<PlainMatchers> utf8 = Utf8List(text, one);
  RETURN_IF_ERROR(CheckCount(utf8));
  if (grammar == MatcherGrammar::kUtf8) return Make(utf8);
  const base::Result<PlainMatchers> classic = ClassicList(text, one);
  RETURN_IF_ERROR(CheckCount(classic));
  if (grammar == MatcherGrammar::kClassic) return Make(classic);
  return Decide(text, utf8, classic, warning);
}

// OpenMetrics' escapes.
std::string Escaped(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

bool NeedsQuotes(std::string_view name) {
  while (!name.empty()) {
    size_t size = 0;
    if (IsReserved(base::DecodeRune(name, &size))) return true;
    name.remove_prefix(size);
  }
  return false;
}

}  // namespace

base::Result<Matchers> ParseMatchers(std::string_view text, std::string* warning, MatcherGrammar grammar) {
  return Parse(text, false, warning, grammar);
}

base::Result<model::Matcher> ParseMatcher(std::string_view text, std::string* warning, MatcherGrammar grammar) {
  if (text.starts_with('{') || text.ends_with('}')) {
    return base::Invalid("unexpected open or close brace: " + std::string(text.substr(0, kMaxMatcherBytes)));
  }
  ASSIGN_OR_RETURN(Matchers matchers, Parse(text, true, warning, grammar));
  return std::move(matchers.front());
}

std::string MatcherText(const model::Matcher& matcher) {
  const std::string type(model::MatchTypeText(matcher.type()));
  if (NeedsQuotes(matcher.name())) return base::Quoted(matcher.name()) + type + base::Quoted(matcher.value());
  return matcher.name() + type + "\"" + Escaped(matcher.value()) + "\"";
}

std::string MatchersText(std::span<const model::Matcher> matchers) {
  std::string out = "{";
  for (const model::Matcher& matcher : matchers) {
    if (out.size() > 1) out += ',';
    out += MatcherText(matcher);
  }
  return out + "}";
}

void SortMatchers(Matchers* matchers) {
  std::sort(matchers->begin(), matchers->end(), [](const model::Matcher& a, const model::Matcher& b) {
    return std::forward_as_tuple(a.name(), a.value(), a.type()) < std::forward_as_tuple(b.name(), b.value(), b.type());
  });
}

bool IsLabelName(std::string_view name) {
  return !name.empty() && base::IsValidUtf8(name);
}

}  // namespace bekci::notify::routing
