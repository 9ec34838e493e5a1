// How fmt prints integers and floats under a FormatSpec.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>

#include "agent/base/text.h"
#include "agent/template/format_spec.h"

namespace bekci::templates {
namespace {

std::string_view BasePrefix(const FormatSpec& spec, IntegerForm form, std::string_view digits) {
  if (form.verb == 'O') return spec.sharp && !digits.starts_with('0') ? "0o0" : "0o";
  if (!spec.sharp) return "";
  if (form.base == 2) return "0b";
  if (form.base == 8) return digits.starts_with('0') ? "" : "0";
  if (form.base == 16) return form.upper ? "0X" : "0x";
  return "";
}

void AppendExponent(int exponent, char letter, std::string* out) {
  out->push_back(letter);
  out->push_back(exponent < 0 ? '-' : '+');
  const int size = std::abs(exponent);
  if (size < 10) out->push_back('0');
  base::AppendInt(out, size);
}

// %b: the mantissa as an integer, and the power of two.
void AppendBinaryFloat(double value, std::string* out) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const auto biased = static_cast<int>((bits >> 52) & 0x7FF);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (biased != 0) mantissa |= uint64_t{1} << 52;
  base::AppendInt(out, static_cast<int64_t>(mantissa));
  const int exponent = std::max(biased, 1) - 1075;
  out->push_back('p');
  if (exponent >= 0) out->push_back('+');
  base::AppendInt(out, exponent);
}

// %x: one hexadecimal digit, the fraction in as many as are needed or asked for, the power of two.
void AppendHexFloat(double value, int precision, bool upper, std::string* out) {
  const auto bits = std::bit_cast<uint64_t>(value);
  int exponent = static_cast<int>((bits >> 52) & 0x7FF);
  uint64_t mantissa = bits & ((uint64_t{1} << 52) - 1);
  if (exponent == 0) {
    exponent = 1;
  } else {
    mantissa |= uint64_t{1} << 52;
  }
  exponent -= 1023;
  if (mantissa == 0) exponent = 0;
  // The leading one to bit 60, so that 15 hexadecimal digits stand behind it.
  mantissa <<= 60 - 52;
  while (mantissa != 0 && (mantissa & (uint64_t{1} << 60)) == 0) {
    mantissa <<= 1;
    --exponent;
  }
  if (precision >= 0 && precision < 15) {
    const int shift = precision * 4;
    const uint64_t extra = (mantissa << shift) & ((uint64_t{1} << 60) - 1);
    mantissa >>= 60 - shift;
    if ((extra | (mantissa & 1)) > uint64_t{1} << 59) ++mantissa;  // to nearest, ties to even
    mantissa <<= 60 - shift;
    if ((mantissa & (uint64_t{1} << 61)) != 0) {
      mantissa >>= 1;
      ++exponent;
    }
  }
  const char* const digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  *out += {'0', upper ? 'X' : 'x', static_cast<char>('0' + ((mantissa >> 60) & 1))};
  mantissa <<= 4;
  if (precision != 0 && (precision > 0 || mantissa != 0)) {
    out->push_back('.');
    for (int i = 0; precision < 0 ? mantissa != 0 : i < precision; ++i) {
      out->push_back(digits[(mantissa >> 60) & 15]);
      mantissa <<= 4;
    }
  }
  AppendExponent(exponent, upper ? 'P' : 'p', out);
}

// Digits of a positive finite number. precision < 0: as many as read back.
void AppendDigits(double value, char verb, int precision, std::string* out) {
  const char lower = verb >= 'a' ? verb : static_cast<char>(verb + ('a' - 'A'));
  const size_t start = out->size();
  if (lower == 'b') return AppendBinaryFloat(value, out);
  if (lower == 'x') return AppendHexFloat(value, precision, verb == 'X', out);
  if (lower == 'g' && precision < 0) {
    base::AppendDouble(out, value);
  } else {
    const auto form = lower == 'f'   ? std::chars_format::fixed
                      : lower == 'e' ? std::chars_format::scientific
                                     : std::chars_format::general;
    // No double has more than 1074 digits behind the point; the rest are zeros.
    constexpr int kAllDigits = 1100;
    std::array<char, 1500> text{};
    const int digits = std::min(precision, kAllDigits);
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, form, digits).ptr;
    out->append(text.data(), end);
    if (precision > kAllDigits && lower != 'g') {
      const size_t exponent = lower == 'e' ? out->find('e', start) : out->size();
      out->insert(exponent, static_cast<size_t>(precision - kAllDigits), '0');
    }
  }
  if (verb == 'E' || verb == 'G') {
    const size_t exponent = out->find('e', start);
    if (exponent != std::string::npos) (*out)[exponent] = 'E';
  }
}

// The # flag: a point always, and for %g the zeros that it otherwise leaves out. `number` has no sign.
void KeepPoint(char verb, int precision, std::string* number) {
  int digits = 0;
  if (verb == 'v' || verb == 'g' || verb == 'G' || verb == 'x') {  // not X: so does Go
    digits = precision < 0 ? 6 : precision;
  }
  const bool hexadecimal = verb == 'x' || verb == 'X';
  const size_t tail_start = std::min(number->find_first_of(hexadecimal ? "pP" : "eEpP"), number->size());
  const std::string tail = number->substr(tail_start);
  number->resize(tail_start);
  bool significant = false;
  for (const char c : *number) {
    if (c == '.') continue;
    significant = significant || c != '0';
    if (significant) --digits;
  }
  if (number->find('.') == std::string::npos) {
    if (*number == "0") --digits;  // it counts once
    number->push_back('.');
  }
  number->append(static_cast<size_t>(std::max(digits, 0)), '0');
  *number += tail;
}

int DefaultPrecision(char verb) {
  return verb == 'e' || verb == 'E' || verb == 'f' || verb == 'F' ? 6 : -1;
}

}  // namespace

void AppendInteger(const FormatSpec& spec, uint64_t magnitude, bool negative, IntegerForm form, std::string* out) {
  FormatSpec padding = spec;
  padding.zero = false;
  int least = 0;
  if (spec.has_precision) {
    least = spec.precision;
    if (least == 0 && magnitude == 0) return AppendPadded(padding, "", out);
  } else if (spec.zero && spec.has_width && !spec.minus) {
    least = spec.width - (negative || spec.plus || spec.space ? 1 : 0);
  }
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), magnitude, form.base).ptr;
  std::string digits(buffer.data(), end);
  if (form.upper)
    std::transform(digits.begin(), digits.end(), digits.begin(),
                   [](char c) { return c >= 'a' ? static_cast<char>(c - ('a' - 'A')) : c; });
  if (digits.size() < static_cast<size_t>(std::max(least, 0))) {
    digits.insert(0, static_cast<size_t>(least) - digits.size(), '0');
  }
  digits.insert(0, BasePrefix(spec, form, digits));
  if (negative || spec.plus || spec.space) digits.insert(0, 1, negative ? '-' : spec.plus ? '+' : ' ');
  AppendPadded(padding, digits, out);
}

void AppendFloat(const FormatSpec& spec, double value, char verb, std::string* out) {
  const int precision = spec.has_precision ? spec.precision : DefaultPrecision(verb);
  const char form = verb == 'v' ? 'g' : verb == 'F' ? 'f' : verb;
  const char sign = std::isnan(value) ? '+' : std::signbit(value) ? '-' : spec.space && !spec.plus ? ' ' : '+';
  const bool show_sign = spec.plus || sign != '+';
  if (!std::isfinite(value)) {
    FormatSpec padding = spec;
    padding.zero = false;
    const bool nan = std::isnan(value);
    std::string text = nan ? "NaN" : "Inf";
    // An infinity always has its sign; NaN only when one is asked for.
    if (!nan || spec.plus || spec.space) text.insert(0, 1, nan && spec.space && !spec.plus ? ' ' : sign);
    return AppendPadded(padding, text, out);
  }
  std::string number;
  AppendDigits(std::fabs(value), form, precision, &number);
  if (spec.sharp && verb != 'b') KeepPoint(verb, precision, &number);
  if (!show_sign) return AppendPadded(spec, number, out);
  const size_t length = number.size() + 1;
  if (spec.zero && !spec.minus && spec.has_width && static_cast<size_t>(spec.width) > length) {
    out->push_back(sign);
    out->append(static_cast<size_t>(spec.width) - length, '0');
    *out += number;
    return;
  }
  number.insert(0, 1, sign);
  AppendPadded(spec, number, out);
}

void AppendComplex(const FormatSpec& spec, double real, double imaginary, char verb, std::string* out) {
  FormatSpec signed_spec = spec;
  signed_spec.plus = true;
  out->push_back('(');
  AppendFloat(spec, real, verb, out);
  AppendFloat(signed_spec, imaginary, verb, out);
  *out += "i)";
}

}  // namespace bekci::templates
