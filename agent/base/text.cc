#include "agent/base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace bekci::base {
namespace {

constexpr bool IsSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <typename T>
std::optional<T> ParseWhole(std::string_view text, int base) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

// Inf, Infinity and NaN as Go's ParseFloat spells them: any case, a sign for the infinities only.
std::optional<double> ParseSpecial(std::string_view text, bool negative, bool has_sign) {
  if (EqualsIgnoreCase(text, "inf") || EqualsIgnoreCase(text, "infinity")) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (!has_sign && EqualsIgnoreCase(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

// from_chars says "out of range" for both ends of the range and gives no value. Which end it was is told by the
// exponent of the first significant digit, counted in digits of `text`'s base; one hex digit is four binary exponents.
double OutOfRange(std::string_view text, bool hex) {
  const size_t mark = text.find_first_of(hex ? "pP" : "eE");
  const std::string_view mantissa = text.substr(0, mark);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t first = mantissa.find_first_not_of("0.");
  if (first == std::string_view::npos) return 0.0;
  double magnitude = first < point ? static_cast<double>(point - first) : -static_cast<double>(first - point - 1);
  if (hex) magnitude *= 4;
  if (mark != std::string_view::npos) {
    std::string_view digits = text.substr(mark + 1);
    const bool down = digits.front() == '-';
    if (down || digits.front() == '+') digits.remove_prefix(1);
    // An exponent too long for int64 is beyond every mantissa that fits in memory.
    const double exponent = static_cast<double>(ParseInt(digits).value_or(std::numeric_limits<int64_t>::max()));
    magnitude += down ? -exponent : exponent;
  }
  return magnitude > 0 ? std::numeric_limits<double>::infinity() : 0.0;
}

void AppendRange(std::string* out, const char* begin, const char* end) {
  out->append(begin, static_cast<size_t>(end - begin));
}

char* WriteText(char* out, std::string_view text) {
  return std::copy(text.begin(), text.end(), out);
}

// An integer value of 1e6 <= value < 2^53 as Go prints it, d.ddde+XX. Below 2^53 neighbours are a whole 1 apart at
// most, so the integer's own digits without trailing zeros are the shortest text that reads back.
char* WriteLargeInteger(char* out, uint64_t value) {
  // The digits one place to the right, so that the point has a place once the first digit has moved.
  char* const digits = out + 1;
  char* end = std::to_chars(digits, digits + 16, value).ptr;
  const auto exponent = end - digits - 1;
  while (end[-1] == '0') --end;
  out[0] = digits[0];
  digits[0] = '.';
  if (end == digits + 1) end = digits;
  *end++ = 'e';
  *end++ = '+';
  *end++ = static_cast<char>('0' + exponent / 10);
  *end++ = static_cast<char>('0' + exponent % 10);
  return end;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string Join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view FieldReader::Next() {
  const char* p = rest_.data();
  const char* const end = p + rest_.size();
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (p != end && blank(*p)) ++p;
  const char* const start = p;
  while (p != end && !blank(*p)) ++p;
  rest_ = std::string_view(p, static_cast<size_t>(end - p));
  return {start, static_cast<size_t>(p - start)};
}

bool LineReader::Next(std::string_view* line) {
  if (rest_.empty()) return false;
  const size_t end = rest_.find('\n');
  *line = rest_.substr(0, end);
  rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
  return true;
}

std::optional<int64_t> ParseInt(std::string_view text, int base) {
  return ParseWhole<int64_t>(text, base);
}
std::optional<uint64_t> ParseUint(std::string_view text, int base) {
  return ParseWhole<uint64_t>(text, base);
}

std::optional<double> ParseDouble(std::string_view text) {
  const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
  const bool negative = has_sign && text.front() == '-';
  if (has_sign) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  if (!IsDigit(text.front()) && text.front() != '.') return ParseSpecial(text, negative, has_sign);

  const bool hex = text.size() > 2 && text[0] == '0' && Lower(text[1]) == 'x';
  if (hex) {
    text.remove_prefix(2);
    // Go wants the binary exponent; and from_chars would take a second sign or an "inf" here.
    if (text.find_first_of("pP") == std::string_view::npos || text.front() == '-' || Lower(text.front()) == 'i') {
      return std::nullopt;
    }
  }
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto format = hex ? std::chars_format::hex : std::chars_format::general;
  const auto [stop, error] = std::from_chars(text.data(), end, value, format);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = OutOfRange(text, hex);
  return negative ? -value : value;
}

char* WriteDouble(char* out, double value) {
  // Most samples are counters: whole numbers. The comparison is false for NaN; -0 keeps its sign below.
  if (std::fabs(value) < 0x1p53) {
    const int64_t whole = static_cast<int64_t>(value);
    if (static_cast<double>(whole) == value && (whole != 0 || !std::signbit(value))) {
      if (whole < 0) *out++ = '-';
      const uint64_t magnitude = whole < 0 ? 0 - static_cast<uint64_t>(whole) : static_cast<uint64_t>(whole);
      if (magnitude >= 1'000'000) return WriteLargeInteger(out, magnitude);
      return std::to_chars(out, out + 6, magnitude).ptr;
    }
  }
  if (std::isnan(value)) return WriteText(out, "NaN");
  if (std::isinf(value)) return WriteText(out, value < 0 ? "-Inf" : "+Inf");
  // The shortest digits; an exponent outside [-4, 6) takes the e form: Go's rule for 'g' with precision -1.
  return std::to_chars(out, out + kMaxDoubleText, value, std::chars_format::general).ptr;
}

void AppendDouble(std::string* out, double value) {
  char text[kMaxDoubleText];
  AppendRange(out, text, WriteDouble(text, value));
}

char* WriteDecimal(char* out, double value) {
  if (!std::isfinite(value)) return WriteDouble(out, value);
  if (std::fabs(value) < 0x1p53) {
    const int64_t whole = static_cast<int64_t>(value);
    if (static_cast<double>(whole) == value && (whole != 0 || !std::signbit(value))) {
      return std::to_chars(out, out + kMaxDecimalText, whole).ptr;
    }
    return std::to_chars(out, out + kMaxDecimalText, value, std::chars_format::fixed).ptr;
  }
  // In fixed form to_chars prints all the digits of a large number; Go prints the shortest ones and then zeros.
  char text[kMaxDoubleText];
  const char* const end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const char* const mark = std::find(static_cast<const char*>(text), end, 'e');
  int exponent = 0;
  std::from_chars(mark + 2, end, exponent);  // behind "e+"
  const char* digit = text;
  if (*digit == '-') *out++ = *digit++;
  for (; exponent >= 0; --exponent) {
    if (digit != mark && *digit == '.') ++digit;
    *out++ = digit != mark ? *digit++ : '0';
  }
  return out;
}

void AppendDecimal(std::string* out, double value) {
  char text[kMaxDecimalText];
  AppendRange(out, text, WriteDecimal(text, value));
}

std::string DoubleText(double value) {
  std::string out;
  AppendDouble(&out, value);
  return out;
}

void AppendInt(std::string* out, int64_t value) {
  char digits[24];
  AppendRange(out, digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  const size_t apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (apart > limit) return limit + 1;
  // Three rows of the table are enough: a transposition looks two rows back.
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    size_t best = row[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + cost});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
      best = std::min(best, row[j]);
    }
    // A transposition can still come from the row before, at most one cheaper than this row's best.
    if (best > limit + 1) return limit + 1;
    before.swap(last);
    last.swap(row);
  }
  return std::min(last[b.size()], limit + 1);
}

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr size_t kMaxWord = 256;  // nobody mistypes a key this long; keeps the work bounded for hostile input
  if (word.size() > kMaxWord) return {};
  size_t allowed = std::clamp<size_t>(word.size() / 3, 1, 3);
  std::string_view nearest;
  for (const std::string_view candidate : candidates) {
    const size_t distance = EditDistance(word, candidate, allowed);
    if (distance > allowed || (distance == allowed && !nearest.empty())) continue;
    nearest = candidate;
    allowed = distance;
    if (distance == 0) break;
  }
  return nearest;
}

}  // namespace bekci::base
