// Functions on texts that need nothing but their arguments.
//
// Source: Prometheus' template package; Go's strings.ToUpper, ToLower, Title.
#include <clocale>
#include <cwctype>

#include "agent/base/duration.h"
#include "agent/base/utf8.h"
#include "agent/model/case_mapping.h"
#include "agent/net/url.h"
#include "agent/template/function_table.h"
#include "agent/template/host_port.h"
#include "agent/template/limits.h"
#include "agent/template/regex.h"
#include "agent/template/token.h"

namespace bekci::templates {
namespace {

// What compiling an expression counts for, in steps: some 20 to 500 microseconds.
constexpr uint64_t kRegexSteps = 2000;

const Type kHtmlType = {.name = "template.HTML", .kind = Kind::kText};

// Letters that exist as a pair in one character have a title form of their own: U+01C4..U+01CC, U+01F1..U+01F3.
char32_t TitleOf(char32_t rune) {
  if (rune >= 0x1C4 && rune <= 0x1CC) return 0x1C5 + (rune - 0x1C4) / 3 * 3;
  if (rune >= 0x1F1 && rune <= 0x1F3) return 0x1F2;
  return 0;
}

void AppendTitle(std::string_view bytes, char32_t rune, std::string* out) {
  if (const char32_t title = TitleOf(rune); title != 0) {
    base::AppendRune(out, title);
  } else {
    *out += model::ToUpperUtf8(bytes);
  }
}

// What separates words: ASCII that is no letter, digit or underscore, and white space of any script.
bool IsSeparator(char32_t rune) {
  if (rune < 0x80) return !IsNameRune(rune);
  const bool space = rune == 0x85 || rune == 0xA0 || rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200A) ||
                     rune == 0x2028 || rune == 0x2029 || rune == 0x202F || rune == 0x205F || rune == 0x3000;
  return space;
}

std::string Title(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  char32_t before = ' ';
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    if (IsSeparator(before)) {
      AppendTitle(text.substr(0, size), rune, &out);
    } else {
      base::AppendRune(&out, rune);
    }
    before = rune;
    text.remove_prefix(size);
  }
  return out;
}

base::Result<Value> CallTitle(Call& call) {
  return call.Text(Title(call.text(0)));
}
base::Result<Value> CallToUpper(Call& call) {
  return call.Text(model::ToUpperUtf8(call.text(0)));
}
base::Result<Value> CallToLower(Call& call) {
  return call.Text(model::ToLowerUtf8(call.text(0)));
}

// The first argument as an expression: compiled with the template, or now.
base::Result<std::shared_ptr<const Regex>> Expression(Call& call) {
  if (call.steps != nullptr) *call.steps += kRegexSteps;
  return Regex::Make(call.text(0));
}

// Matching is slower than copying, and slowest where every byte is a match.
void CountMatching(Call& call, std::string_view text) {
  constexpr size_t kBytesPerStep = 4;
  if (call.steps != nullptr) *call.steps += text.size() / kBytesPerStep;
}

base::Result<Value> CallMatch(Call& call) {
  CountMatching(call, call.text(1));
  if (call.regex != nullptr) return Value::Bool(call.regex->Matches(call.text(1)));
  ASSIGN_OR_RETURN(const auto regex, Expression(call));
  return Value::Bool(regex->Matches(call.text(1)));
}

base::Result<Value> CallReReplaceAll(Call& call) {
  CountMatching(call, call.text(2));
  std::shared_ptr<const Regex> made;
  const Regex* regex = call.regex;
  if (regex == nullptr) {
    auto result = Expression(call);
    // Go's MustCompile panics with this.
    if (!result.ok()) {
      const std::string quoted = call.text(0).find('`') == std::string_view::npos
                                     ? "`" + std::string(call.text(0)) + "`"
                                     : base::Quoted(call.text(0));
      return base::Invalid("regexp: Compile(" + quoted + "): " + result.status().message());
    }
    made = std::move(result).value();
    regex = made.get();
  }
  const size_t limit = call.limits.output_bytes;
  const std::string out = regex->ReplaceAll(call.text(2), call.text(1), limit);
  if (out.size() > limit) return base::LimitReached("a replaced text is too long");
  return call.Text(out);
}

base::Result<Value> CallSafeHtml(Call& call) {
  return Value::Text(call.text(0), kHtmlType);
}
base::Result<Value> CallUrlQueryEscape(Call& call) {
  return call.Text(net::QueryEscaped(call.text(0)));
}
base::Result<Value> CallStripPort(Call& call) {
  return call.Text(WithoutPort(call.text(0)));
}
base::Result<Value> CallStripDomain(Call& call) {
  return call.Text(WithoutDomain(call.text(0)));
}

// In seconds. A minus in front is allowed.
base::Result<Value> CallParseDuration(Call& call) {
  std::string_view text = call.text(0);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return base::Invalid("empty duration string");
  const auto duration = base::ParseDuration(text);
  if (!duration.ok()) {
    const bool range = duration.status().code() == base::Code::kLimit;
    return base::Invalid(range ? "duration out of range"
                               : "not a valid duration string: " + base::Quoted(call.text(0)));
  }
  const double seconds = base::ToSeconds(*duration);
  return Value::Float(negative ? -seconds : seconds);
}

constexpr const Type* kText[] = {&kTextType, &kTextType, &kTextType};
constexpr std::span<const Type* const> kOneText = std::span(kText).first(1);
constexpr std::span<const Type* const> kTwoTexts = std::span(kText).first(2);

constexpr Function kFunctions[] = {
    {.name = "title", .call = CallTitle, .parameters = kOneText},
    {.name = "toUpper", .call = CallToUpper, .parameters = kOneText},
    {.name = "toLower", .call = CallToLower, .parameters = kOneText},
    {.name = "match", .call = CallMatch, .parameters = kTwoTexts, .first_is_regex = true},
    {.name = "reReplaceAll", .call = CallReReplaceAll, .parameters = kText, .first_is_regex = true},
    {.name = "safeHtml", .call = CallSafeHtml, .parameters = kOneText},
    {.name = "urlQueryEscape", .call = CallUrlQueryEscape, .parameters = kOneText},
    {.name = "stripPort", .call = CallStripPort, .parameters = kOneText},
    {.name = "stripDomain", .call = CallStripDomain, .parameters = kOneText},
    {.name = "parseDuration", .call = CallParseDuration, .parameters = kOneText},
};

}  // namespace

std::span<const Function> TextFunctions() {
  return kFunctions;
}

}  // namespace bekci::templates
