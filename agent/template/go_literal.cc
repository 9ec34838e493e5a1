#include "agent/template/go_literal.h"

#include <cmath>

#include "agent/base/text.h"
#include "agent/base/utf8.h"

namespace bekci::templates {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// Whether each underscore stands between digits, or between a base prefix and a digit.
bool UnderscoresFit(std::string_view text) {
  if (text.find('_') == std::string_view::npos) return true;
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  char before = '^';
  bool hex = false;
  if (text.size() >= 2 && text[0] == '0' && (Lower(text[1]) == 'b' || Lower(text[1]) == 'o' || Lower(text[1]) == 'x')) {
    before = '0';  // the prefix counts as a digit
    hex = Lower(text[1]) == 'x';
    text.remove_prefix(2);
  }
  for (const char c : text) {
    if (IsDigit(c) || (hex && Lower(c) >= 'a' && Lower(c) <= 'f')) {
      before = '0';
    } else if (c == '_') {
      if (before != '0') return false;
      before = '_';
    } else {
      if (before == '_') return false;
      before = '!';
    }
  }
  return before != '_';
}

std::string WithoutUnderscores(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c != '_') out.push_back(c);
  }
  return out;
}

// The base that a prefix names; the prefix is taken off.
int TakeBase(std::string_view* text) {
  if (text->size() < 2 || text->front() != '0') return 10;
  const char letter = Lower((*text)[1]);
  const int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  text->remove_prefix(letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
  return base;
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Reads digits of an escape off `rest`; negative when they are not there.
int64_t TakeDigits(std::string_view* rest, size_t count, int base) {
  int64_t value = 0;
  if (rest->size() < count) return -1;
  for (size_t i = 0; i < count; ++i) {
    const int digit = HexValue((*rest)[i]);
    if (digit < 0 || digit >= base) return -1;
    value = value * base + digit;
  }
  rest->remove_prefix(count);
  return value;
}

struct Escaped {
  char32_t rune = 0;
  bool is_byte = false;  // \xff is a byte, not the character U+00FF
};

// One character or escape off the front of `rest`, which is not empty.
std::optional<Escaped> TakeCharacter(std::string_view* rest, char quote) {
  if (rest->front() == quote) return std::nullopt;
  if (rest->front() != '\\') {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(*rest, &size);
    const bool broken = rune == base::kReplacementRune && size == 1;
    const Escaped taken = {broken ? static_cast<unsigned char>(rest->front()) : rune, broken};
    rest->remove_prefix(size);
    return taken;
  }
  if (rest->size() < 2) return std::nullopt;
  const char letter = (*rest)[1];
  rest->remove_prefix(2);
  constexpr std::string_view kLetters = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  if (const size_t i = kLetters.find(letter); i != std::string_view::npos) {
    return Escaped{static_cast<char32_t>(kMeanings[i]), false};
  }
  if (letter == quote) return Escaped{static_cast<char32_t>(letter), false};
  if (letter == 'x' || (letter >= '0' && letter <= '7')) {
    if (letter != 'x') *rest = {rest->data() - 1, rest->size() + 1};
    const int64_t byte = letter == 'x' ? TakeDigits(rest, 2, 16) : TakeDigits(rest, 3, 8);
    if (byte < 0 || byte > 255) return std::nullopt;
    return Escaped{static_cast<char32_t>(byte), true};
  }
  if (letter != 'u' && letter != 'U') return std::nullopt;
  const int64_t point = TakeDigits(rest, letter == 'u' ? 4 : 8, 16);
  if (point < 0 || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return std::nullopt;
  return Escaped{static_cast<char32_t>(point), false};
}

std::string Raw(std::string_view inside) {
  std::string out;
  out.reserve(inside.size());
  for (const char c : inside) {
    if (c != '\r') out.push_back(c);
  }
  return out;
}

}  // namespace

std::optional<uint64_t> GoNatural(std::string_view text) {
  if (!UnderscoresFit(text)) return std::nullopt;
  const std::string plain = WithoutUnderscores(text);
  std::string_view digits = plain;
  const int base = TakeBase(&digits);
  if (digits.empty() || HexValue(digits.front()) < 0) return std::nullopt;
  return base::ParseUint(digits, base);
}

std::optional<int64_t> GoInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::optional<uint64_t> natural = GoNatural(text);
  constexpr uint64_t kMost = INT64_MAX;
  if (!natural || *natural > kMost + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(negative ? 0 - *natural : *natural);
}

FloatError GoFloat(std::string_view text, double* value) {
  if (!UnderscoresFit(text)) return FloatError::kSyntax;
  const std::string plain = WithoutUnderscores(text);
  const std::optional<double> parsed = base::ParseDouble(plain);
  if (!parsed) return FloatError::kSyntax;
  *value = *parsed;
  const bool named = plain.find_first_of("nN") != std::string::npos;  // Inf, Infinity, NaN
  return std::isinf(*parsed) && !named ? FloatError::kRange : FloatError::kNone;
}

std::optional<std::string> GoUnquote(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) return std::nullopt;
  std::string_view inside = text.substr(1, text.size() - 2);
  if (text.front() == '`') return Raw(inside);
  std::string out;
  out.reserve(inside.size());
  while (!inside.empty()) {
    const std::optional<Escaped> taken = TakeCharacter(&inside, text.front());
    if (!taken) return std::nullopt;
    if (taken->is_byte) {
      out.push_back(static_cast<char>(taken->rune));
    } else {
      base::AppendRune(&out, taken->rune);
    }
  }
  return out;
}

std::optional<int64_t> GoCharacter(std::string_view text) {
  if (text.size() < 3 || text.front() != '\'' || text.back() != '\'') return std::nullopt;
  std::string_view inside = text.substr(1, text.size() - 2);
  const bool escaped = inside.front() == '\\';
  const std::optional<Escaped> taken = TakeCharacter(&inside, '\'');
  if (!taken || !inside.empty()) return std::nullopt;
  return static_cast<int64_t>(taken->is_byte && !escaped ? base::kReplacementRune : taken->rune);
}

}  // namespace bekci::templates
