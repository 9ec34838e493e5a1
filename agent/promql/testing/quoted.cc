#include "agent/promql/testing/quoted.h"

#include <cstdint>

#include "agent/base/text.h"

namespace bekci::promql::testing {
namespace {

void AppendUtf8(std::string* out, uint32_t rune) {
  const auto tail = [&](int shift) { out->push_back(static_cast<char>(0x80 | ((rune >> shift) & 0x3f))); };
  if (rune < 0x80) {
    out->push_back(static_cast<char>(rune));
  } else if (rune < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (rune >> 6)));
    tail(0);
  } else if (rune < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | (rune >> 12)));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | (rune >> 18)));
    tail(12);
    tail(6);
    tail(0);
  }
}

// Escapes of a fixed number of digits: \x41 \u00e9 \U0001f600 \101.
struct NumericEscape {
  char letter;
  size_t digits;
  int base;
  bool is_byte;
};
constexpr NumericEscape kNumericEscapes[] = {{'x', 2, 16, true}, {'u', 4, 16, false}, {'U', 8, 16, false}};

constexpr std::string_view kSimpleFrom = "abfnrtv\\'\"";
constexpr std::string_view kSimpleTo = "\a\b\f\n\r\t\v\\'\"";

bool TakeNumber(std::string_view* rest, size_t digits, int base, uint64_t* number) {
  if (rest->size() < digits) return false;
  const auto parsed = base::ParseUint(rest->substr(0, digits), base);
  if (!parsed) return false;
  *number = *parsed;
  rest->remove_prefix(digits);
  return true;
}

// `*rest` stands after the backslash.
bool TakeEscape(std::string_view* rest, std::string* out) {
  if (rest->empty()) return false;
  const char letter = rest->front();
  uint64_t number = 0;
  if (letter >= '0' && letter <= '7') {
    if (!TakeNumber(rest, 3, 8, &number) || number > 255) return false;
    out->push_back(static_cast<char>(number));
    return true;
  }
  rest->remove_prefix(1);
  if (const size_t at = kSimpleFrom.find(letter); at != std::string_view::npos) {
    out->push_back(kSimpleTo[at]);
    return true;
  }
  for (const NumericEscape& escape : kNumericEscapes) {
    if (escape.letter != letter) continue;
    if (!TakeNumber(rest, escape.digits, escape.base, &number) || number > 0x10ffff) return false;
    if (escape.is_byte) {
      out->push_back(static_cast<char>(number));
    } else {
      AppendUtf8(out, static_cast<uint32_t>(number));
    }
    return true;
  }
  return false;
}

}  // namespace

base::Result<std::string> TakeQuoted(std::string_view* rest) {
  if (rest->empty() || std::string_view("\"'`").find(rest->front()) == std::string_view::npos) {
    return base::Invalid("expected a quoted string at " + base::Quoted(*rest));
  }
  const char quote = rest->front();
  std::string_view at = rest->substr(1);
  std::string out;
  while (!at.empty() && at.front() != quote) {
    const char c = at.front();
    at.remove_prefix(1);
    if (c != '\\' || quote == '`') {
      out.push_back(c);
    } else if (!TakeEscape(&at, &out)) {
      return base::Invalid("bad escape in quoted string " + base::Quoted(*rest));
    }
  }
  if (at.empty()) return base::Invalid("quoted string without end: " + base::Quoted(*rest));
  *rest = at.substr(1);
  return out;
}

}  // namespace bekci::promql::testing
