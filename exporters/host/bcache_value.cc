#include "exporters/host/bcache_value.h"

#include <cmath>
#include <cstdint>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

constexpr std::string_view kSuffixes = "kMGTPEZY";  // each 1024 times the one before

// "26.0" with the point's digits as the file head describes them.
std::optional<double> ParseMantissa(std::string_view text) {
  const size_t point = text.find('.');
  const auto whole = base::ParseUint(text.substr(0, point));
  if (!whole) return std::nullopt;
  if (point == std::string_view::npos) return static_cast<double>(*whole);
  const auto part = base::ParseUint(text.substr(point + 1));
  if (!part) return std::nullopt;
  return static_cast<double>(*whole) + static_cast<double>(*part) / 10.24;
}

}  // namespace

std::optional<double> ParseBcacheSize(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const size_t suffix = kSuffixes.find(text.back());
  if (suffix == std::string_view::npos) {
    const auto plain = base::ParseUint(text);
    if (!plain) return std::nullopt;
    return static_cast<double>(*plain);
  }
  const auto mantissa = ParseMantissa(text.substr(0, text.size() - 1));
  if (!mantissa) return std::nullopt;
  return std::floor(std::ldexp(*mantissa, 10 * (static_cast<int>(suffix) + 1)));
}

std::optional<double> ParseSignedBcacheSize(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto size = ParseBcacheSize(text.substr(negative ? 1 : 0));
  if (!size) return std::nullopt;
  return negative && *size != 0 ? -*size : *size;
}

}  // namespace bekci::exporters::host
