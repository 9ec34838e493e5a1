#include "agent/base/duration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "agent/base/text.h"

namespace bekci::base {
namespace {

struct Unit {
  std::string_view name;
  int64_t ms;
};

// Largest first: a duration's units must fall. A year is 365 days and a day 24 hours, as in Prometheus.
constexpr std::array<Unit, 7> kUnits = {{{"y", 31'536'000'000},
                                         {"w", 604'800'000},
                                         {"d", 86'400'000},
                                         {"h", 3'600'000},
                                         {"m", 60'000},
                                         {"s", 1'000},
                                         {"ms", 1}}};
constexpr int64_t kMaxMillis = INT64_MAX / 1'000'000;  // what nanoseconds in an int64 can hold: about 292 years

Status BadDuration(std::string_view text, std::string_view why) {
  return Invalid(Quoted(text) + " is not a duration: " + std::string(why));
}

// Length of the run of characters at the start of `text` for which `digits` is true of being a digit.
size_t Run(std::string_view text, bool digits) {
  const auto stop = std::find_if(text.begin(), text.end(), [&](char c) { return (c >= '0' && c <= '9') != digits; });
  return static_cast<size_t>(stop - text.begin());
}

struct GoUnit {
  std::string_view name;
  int64_t ns;
};
constexpr std::array<GoUnit, 8> kGoUnits = {{{"ns", 1},
                                             {"us", 1'000},
                                             {"\u00b5s", 1'000},  // micro sign
                                             {"\u03bcs", 1'000},  // Greek mu
                                             {"ms", 1'000'000},
                                             {"s", 1'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"h", 3'600'000'000'000}}};

// Nanoseconds of `digits`[.`fraction`] times `unit_ns`; nullopt: beyond 292 years.
std::optional<int64_t> GoPart(std::string_view digits, std::string_view fraction, int64_t unit_ns) {
  int64_t ns = 0;
  const std::optional<int64_t> count = digits.empty() ? 0 : ParseInt(digits);
  if (!count || __builtin_mul_overflow(*count, unit_ns, &ns)) return std::nullopt;
  double rest = 0;
  double scale = 1;
  for (const char digit : fraction.substr(0, 18)) {
    scale /= 10;
    rest += (digit - '0') * scale;
  }
  if (__builtin_add_overflow(ns, static_cast<int64_t>(rest * static_cast<double>(unit_ns) + 1e-6), &ns)) {
    return std::nullopt;
  }
  return ns;
}

struct SizeUnit {
  std::string_view name;
  int shift;
};

// Prometheus (alecthomas/units) reads KB and KiB alike as 1024 bytes; B stands alone for bytes.
constexpr std::array<SizeUnit, 7> kSizeUnits = {
    {{"EiB", 60}, {"PiB", 50}, {"TiB", 40}, {"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}};

// The power of two `name` stands for, or -1: "GiB", "GB" or nothing at all.
int SizeShift(std::string_view name) {
  if (name.empty()) return 0;
  for (const SizeUnit& unit : kSizeUnits) {
    const bool short_form = name.size() == 2 && unit.name.size() == 3 && name[0] == unit.name[0] && name[1] == 'B';
    if (name == unit.name || short_form) return unit.shift;
  }
  return -1;
}

}  // namespace

Result<Duration> ParseDuration(std::string_view text) {
  if (text == "0") return Duration::zero();
  if (text.empty()) return BadDuration(text, "it is empty; write for example 30s or 1h30m");
  int64_t total_ms = 0;
  size_t next_unit = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view digits = rest.substr(0, Run(rest, true));
    rest.remove_prefix(digits.size());
    const std::string_view name = rest.substr(0, Run(rest, false));
    rest.remove_prefix(name.size());
    if (digits.empty()) return BadDuration(text, "a whole number is missing before " + Quoted(name));
    if (name.empty()) return BadDuration(text, "a unit (y w d h m s ms) is missing after " + std::string(digits));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == kUnits.end()) return BadDuration(text, Quoted(name) + " is none of the units y w d h m s ms");
    const size_t index = static_cast<size_t>(unit - kUnits.begin());
    if (index < next_unit) return BadDuration(text, "units must fall from y to ms, each at most once");
    next_unit = index + 1;
    const std::optional<int64_t> count = ParseInt(digits);
    int64_t ms = 0;
    if (!count || __builtin_mul_overflow(*count, unit->ms, &ms) || __builtin_add_overflow(total_ms, ms, &total_ms) ||
        total_ms > kMaxMillis) {
      return LimitReached(Quoted(text) + " is not a duration: it is longer than 292 years");
    }
  }
  return Duration(milliseconds(total_ms));
}

Result<Duration> ParseGoDuration(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return Duration::zero();
  if (rest.empty()) return BadDuration(text, "it says nothing; write for example 30s or 1h30m");
  int64_t total_ns = 0;
  while (!rest.empty()) {
    const std::string_view digits = rest.substr(0, Run(rest, true));
    rest.remove_prefix(digits.size());
    const bool point = rest.starts_with('.');
    if (point) rest.remove_prefix(1);
    const std::string_view fraction = point ? rest.substr(0, Run(rest, true)) : std::string_view();
    rest.remove_prefix(fraction.size());
    const std::string_view name = rest.substr(0, std::min(Run(rest, false), rest.find('.')));
    rest.remove_prefix(name.size());
    if (digits.empty() && fraction.empty()) return BadDuration(text, "a number is missing before " + Quoted(name));
    if (name.empty()) return BadDuration(text, "a unit (h m s ms us ns) is missing after " + std::string(digits));
    const auto unit = std::find_if(kGoUnits.begin(), kGoUnits.end(), [&](const GoUnit& u) { return u.name == name; });
    if (unit == kGoUnits.end()) return BadDuration(text, Quoted(name) + " is none of the units h m s ms us ns");
    const std::optional<int64_t> part = GoPart(digits, fraction, unit->ns);
    if (!part || __builtin_add_overflow(total_ns, *part, &total_ns)) {
      return LimitReached(Quoted(text) + " is not a duration: it is longer than 292 years");
    }
  }
  return Duration(negative ? -total_ns : total_ns);
}

std::string DurationText(Duration duration) {
  int64_t ms = ToMillis(duration);
  if (ms == 0) return "0s";
  std::string out;
  if (ms < 0) {
    out = "-";
    ms = -ms;
  }
  for (const Unit& unit : kUnits) {
    // Weeks and years only where they are the whole of it, as Prometheus prints: 8d is "8d", not "1w1d".
    const bool exact_only = unit.name == "y" || unit.name == "w";
    if (ms < unit.ms || (exact_only && ms % unit.ms != 0)) continue;
    AppendInt(&out, ms / unit.ms);
    out += unit.name;
    ms %= unit.ms;
  }
  return out;
}

std::string HumanDuration(Duration duration) {
  const double s = std::fabs(ToSeconds(duration));
  std::array<char, 48> text{};
  const char* sign = duration < Duration::zero() ? "-" : "";
  // Three significant digits up to a minute; thresholds are where rounding would carry into the next unit.
  const auto print = [&](double value, const char* unit) {
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    std::snprintf(text.data(), text.size(), "%s%.*f%s", sign, decimals, value, unit);
  };
  if (duration == Duration::zero()) return "0s";
  if (s < 0.9995e-6) {
    std::snprintf(text.data(), text.size(), "%s%.0fns", sign, s * 1e9);
  } else if (s < 0.9995e-3) {
    print(s * 1e6, "us");
  } else if (s < 0.9995) {
    print(s * 1e3, "ms");
  } else if (s < 59.95) {
    print(s, "s");
  } else {
    return DurationText(std::chrono::round<seconds>(duration));
  }
  return text.data();
}

Result<uint64_t> ParseSize(std::string_view text) {
  const std::string_view digits = text.substr(0, Run(text, true));
  const int shift = SizeShift(text.substr(digits.size()));
  if (digits.empty() || shift < 0) {
    return Invalid(Quoted(text) + " is not a size: write a whole number and B, KiB, MiB, GiB, TiB, PiB or EiB");
  }
  const std::optional<uint64_t> count = ParseUint(digits);
  uint64_t bytes = 0;
  if (!count || __builtin_mul_overflow(*count, uint64_t{1} << shift, &bytes)) {
    return Invalid(Quoted(text) + " is not a size: it is larger than 16 EiB");
  }
  return bytes;
}

std::string SizeText(uint64_t bytes) {
  for (const SizeUnit& unit : kSizeUnits) {
    const uint64_t one = uint64_t{1} << unit.shift;
    if (bytes < one || bytes % one != 0 || unit.shift == 0) continue;
    return std::to_string(bytes >> unit.shift) + std::string(unit.name);
  }
  return std::to_string(bytes);
}

}  // namespace bekci::base
