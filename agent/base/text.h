// Text: the small parsing and printing that every module needs, with exact numbers.
//
// Doubles are printed by std::to_chars, the shortest text that reads back as the same bits, and read by
// std::from_chars; the spellings of infinities and not-a-number are those of the Prometheus formats (+Inf, -Inf, NaN).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/utf8.h"

namespace bekci::base {

std::string_view Trim(std::string_view text);                                // ASCII white space at both ends
std::vector<std::string_view> Split(std::string_view text, char separator);  // keeps empty parts
std::string Join(std::span<const std::string> parts, std::string_view separator);
std::string ToLower(std::string_view text);                     // ASCII
bool EqualsIgnoreCase(std::string_view a, std::string_view b);  // ASCII

// Walks fields separated by runs of spaces or tabs without allocating: the shape of most procfs lines.
class FieldReader {
 public:
  explicit FieldReader(std::string_view line) : rest_(line) {}
  // The next field, or empty when there is none (a field is never empty).
  std::string_view Next();
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// Walks lines without their line ends; the last line needs none. `Next(&line)` is false at the end.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}
  bool Next(std::string_view* line);

 private:
  std::string_view rest_;
};

// Whole-text number parsing: nullopt unless all of `text` is one number in range. No leading '+' or white space.
std::optional<int64_t> ParseInt(std::string_view text, int base = 10);
std::optional<uint64_t> ParseUint(std::string_view text, int base = 10);
// Decimal or scientific, plus what Go's ParseFloat reads and Prometheus uses: "+1", "Inf", "+Inf", "-inf", "NaN",
// "infinity", hexadecimal floats. Out of range becomes an infinity or zero, as Go's value does.
std::optional<double> ParseDouble(std::string_view text);

// Appends the shortest text that reads back as the same bits: 1, 0.1, 1e+06, +Inf, NaN. `AppendDouble` writes as Go's
// strconv.FormatFloat(v, 'g', -1, 64) does, which is what every Prometheus client prints.
void AppendDouble(std::string* out, double value);
// The same to where `out` points, which has room for kMaxDoubleText characters; returns their end. For those who print
// many.
inline constexpr size_t kMaxDoubleText = 24;  // -2.2250738585072014e-308
char* WriteDouble(char* out, double value);
std::string DoubleText(double value);
// The shortest digits that read back, never with an exponent: Go's 'f' with precision -1.
void AppendDecimal(std::string* out, double value);
inline constexpr size_t kMaxDecimalText = 352;  // the smallest denormal has 326 characters
char* WriteDecimal(char* out, double value);
void AppendInt(std::string* out, int64_t value);

// Levenshtein distance, transpositions counted as one edit; `limit` ends early with limit + 1.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit);
// The candidate nearest to `word` within a third of its length (at least 1, at most 3 edits), or empty: "did you mean".
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace bekci::base
