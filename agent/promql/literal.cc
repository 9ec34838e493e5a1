#include "agent/promql/literal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "agent/base/duration.h"
#include "agent/base/text.h"

namespace bekci::promql {
namespace {

base::Status BadNumber(std::string_view text, std::string_view why) {
  return base::Invalid("error parsing number: strconv.ParseFloat: parsing " + base::Quoted(text) + ": " +
                       std::string(why));
}

// ParseInt with base 0: a leading 0 means octal, 0x hexadecimal.
std::optional<int64_t> GoInteger(std::string_view text) {
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    return base::ParseInt(text.substr(2), 16);
  }
  if (text.size() > 1 && text[0] == '0') return base::ParseInt(text, 8);
  return base::ParseInt(text);
}

void AppendEscape(std::string_view text, size_t* at, std::string* out) {
  const char c = text[(*at)++];
  constexpr std::string_view kLetters = "abfnrtv";
  constexpr std::string_view kValues = "\a\b\f\n\r\t\v";
  if (const size_t letter = kLetters.find(c); letter != std::string_view::npos) {
    *out += kValues[letter];
    return;
  }
  size_t digits = 0;
  int radix = 16;
  if (c == 'x' || c == 'u' || c == 'U') {
    digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
  } else if (c >= '0' && c <= '7') {
    digits = 3;
    radix = 8;
    --*at;
  } else {
    *out += c;
    return;
  }
  const auto value = base::ParseUint(text.substr(*at, digits), radix).value_or(base::kReplacementRune);
  *at += digits;
  if (digits < 4) {
    *out += static_cast<char>(value);
  } else {
    base::AppendRune(out, static_cast<char32_t>(value));
  }
}

// Underscores stand before digits only; the lexer has seen to what stands before them.
bool HasLooseUnderscore(std::string_view text) {
  for (size_t at = 0; (at = text.find('_', at)) != std::string_view::npos; ++at) {
    if (at + 1 == text.size() || text.find_first_of("0123456789abcdefABCDEF", at + 1) != at + 1) return true;
  }
  return false;
}

// What Prometheus says of a duration that is none: it reads number and unit in turn and stops at the first fault.
std::string DurationFault(std::string_view text, base::Code code) {
  constexpr std::string_view kUnits[] = {"y", "w", "d", "h", "m", "s", "ms"};
  constexpr std::string_view kDigits = "0123456789";
  for (std::string_view rest = text; !rest.empty();) {
    const size_t digits = std::min(rest.find_first_not_of(kDigits), rest.size());
    uint64_t number = 0;
    const auto read = std::from_chars(rest.data(), rest.data() + digits, number);
    if (digits == 0 || read.ec != std::errc()) break;
    rest.remove_prefix(digits);
    const std::string_view unit = rest.substr(0, rest.find_first_of(kDigits));
    if (unit.empty()) break;
    if (std::find(std::begin(kUnits), std::end(kUnits), unit) == std::end(kUnits)) {
      return "unknown unit " + base::Quoted(unit) + " in duration " + base::Quoted(text);
    }
    if (code == base::Code::kLimit) return "duration out of range";
    rest.remove_prefix(unit.size());
  }
  return "not a valid duration string: " + base::Quoted(text);
}

}  // namespace

base::Result<double> NumberValue(std::string_view text) {
  if (HasLooseUnderscore(text)) return BadNumber(text, "invalid syntax");
  std::string plain(text);
  plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
  if (const auto integer = GoInteger(plain)) return static_cast<double>(*integer);
  const auto number = base::ParseDouble(plain);
  if (!number) return BadNumber(text, "invalid syntax");
  const bool digits = plain.front() == '.' || (plain.front() >= '0' && plain.front() <= '9');
  if (digits && std::isinf(*number)) return BadNumber(text, "value out of range");
  return *number;
}

base::Result<double> DurationSeconds(std::string_view text) {
  const auto duration = base::ParseDuration(text);
  if (duration.ok()) return base::ToSeconds(*duration);
  return base::Invalid(DurationFault(text, duration.status().code()));
}

std::string StringValue(std::string_view text) {
  const std::string_view inner = text.substr(1, text.size() - 2);
  std::string out;
  if (text.front() == '`') {
    // As in Go, a carriage return is not part of a raw string.
    std::copy_if(inner.begin(), inner.end(), std::back_inserter(out), [](char c) { return c != '\r'; });
    return out;
  }
  for (size_t at = 0; at < inner.size();) {
    if (inner[at] != '\\') {
      out += inner[at++];
      continue;
    }
    AppendEscape(inner, &++at, &out);
  }
  return out;
}

}  // namespace bekci::promql
