#include "agent/template/humanize.h"

#include <array>
#include <cmath>
#include <string_view>

#include "agent/base/text.h"
#include "agent/template/format_spec.h"
#include "agent/template/go_number.h"

namespace bekci::templates {
namespace {

constexpr std::array<std::string_view, 8> kLarge = {"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::array<std::string_view, 8> kBinary = {"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};
constexpr std::array<std::string_view, 8> kSmall = {"m", "u", "n", "p", "f", "a", "z", "y"};

std::string Divided(double value, double step, const std::array<std::string_view, 8>& prefixes) {
  std::string_view prefix;
  for (const std::string_view next : prefixes) {
    if (std::fabs(value) < step) break;
    prefix = next;
    value /= step;
  }
  return FourDigits(value).append(prefix);
}

std::string Multiplied(double value) {
  std::string_view prefix;
  for (const std::string_view next : kSmall) {
    if (std::fabs(value) >= 1) break;
    prefix = next;
    value *= 1000;
  }
  return FourDigits(value).append(prefix);
}

// 2 minutes or more of whole seconds, from the largest unit that is not zero down.
std::string WholeSeconds(int64_t seconds) {
  struct Part {
    int64_t count;
    std::string_view unit;
  };
  const Part parts[] = {
      {seconds / 86400, "d"}, {seconds / 3600 % 24, "h"}, {seconds / 60 % 60, "m"}, {seconds % 60, "s"}};
  std::string out;
  for (const Part& part : parts) {
    if (out.empty() && part.count == 0) continue;
    if (!out.empty()) out.push_back(' ');
    base::AppendInt(&out, part.count);
    out += part.unit;
  }
  return out;
}

}  // namespace

std::string FourDigits(double value) {
  FormatSpec spec;
  spec.has_precision = true;
  spec.precision = 4;
  std::string out;
  AppendFloat(spec, value, 'g', &out);
  return out;
}

std::string Humanize(double value) {
  if (value == 0 || !std::isfinite(value)) return FourDigits(value);
  return std::fabs(value) >= 1 ? Divided(value, 1000, kLarge) : Multiplied(value);
}

std::string Humanize1024(double value) {
  if (std::fabs(value) <= 1 || !std::isfinite(value)) return FourDigits(value);
  return Divided(value, 1024, kBinary);
}

std::string HumanizeSeconds(double seconds) {
  if (!std::isfinite(seconds)) return FourDigits(seconds);
  if (seconds == 0) return FourDigits(seconds) + "s";
  const double size = std::fabs(seconds);
  if (size < 1) return Multiplied(seconds) + "s";
  const std::string sign = seconds < 0 ? "-" : "";
  if (size < 60) return sign + FourDigits(size) + "s";
  constexpr double kMost = 9.2e18;  // beyond that int64 ends
  return sign + WholeSeconds(size < kMost ? static_cast<int64_t>(size) : INT64_MAX);
}

std::string HumanizePercentage(double ratio) {
  return FourDigits(ratio * 100) + "%";
}

}  // namespace bekci::templates
