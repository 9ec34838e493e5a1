#include "agent/notify/message/yaml_value.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "agent/base/text.h"
#include "agent/notify/message/go_json.h"

namespace bekci::notify::message {
namespace {

struct Word {
  std::string_view text;
  std::string_view json;
};
constexpr std::array<Word, 27> kWords = {
    {{"", "null"},     {"~", "null"},    {"null", "null"}, {"Null", "null"},   {"NULL", "null"},   {"y", "true"},
     {"Y", "true"},    {"yes", "true"},  {"Yes", "true"},  {"YES", "true"},    {"true", "true"},   {"True", "true"},
     {"TRUE", "true"}, {"on", "true"},   {"On", "true"},   {"ON", "true"},     {"n", "false"},     {"N", "false"},
     {"no", "false"},  {"No", "false"},  {"NO", "false"},  {"false", "false"}, {"False", "false"}, {"FALSE", "false"},
     {"off", "false"}, {"Off", "false"}, {"OFF", "false"}}};

bool AllOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// A whole number with an optional sign: decimal, 0x, 0b, 0o, and octal with a leading 0.
std::optional<std::string> Integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int radix = 10;
  std::string_view digits = text;
  if (text.size() > 1 && text[0] == '0') {
    const char mark = text[1];
    radix = mark == 'x' || mark == 'X' ? 16 : mark == 'b' || mark == 'B' ? 2 : 8;
    digits.remove_prefix(radix == 8 && mark != 'o' && mark != 'O' ? 1 : 2);
  }
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  const auto count = radix == 16 ? kDigits.size() : static_cast<size_t>(radix);
  if (!AllOf(digits, kDigits.substr(0, count))) return std::nullopt;
  const auto number = base::ParseUint(digits, radix);
  if (!number) return std::nullopt;
  const bool fits = !negative || *number <= uint64_t{1} << 63;
  if (!fits) return std::nullopt;
  return (negative && *number != 0 ? "-" : "") + std::to_string(*number);
}

// [-+]?(.5|1|1.|1.5)(e10)?
bool IsFloat(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  constexpr std::string_view kDigits = "0123456789";
  const size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    if (!AllOf(power, kDigits)) return false;
    text = text.substr(0, exponent);
  }
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return AllOf(text, kDigits);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  if (!whole.empty()) return AllOf(whole, kDigits) && (fraction.empty() || AllOf(fraction, kDigits));
  return AllOf(fraction, kDigits);
}

}  // namespace

std::optional<std::string> YamlWordAsJson(std::string_view word) {
  for (const Word& known : kWords) {
    if (known.text == word) return std::string(known.json);
  }
  if (!AllOf(word.substr(0, 1), "0123456789.+-")) return std::nullopt;
  std::string plain(word);
  std::erase(plain, '_');
  if (auto integer = Integer(plain)) return integer;
  if (!IsFloat(plain)) return std::nullopt;
  const auto number = base::ParseDouble(plain);
  std::string json;
  if (!number || !AppendGoJson(*number, &json).ok()) return std::nullopt;
  return json;
}

}  // namespace bekci::notify::message
