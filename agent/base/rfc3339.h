// RFC 3339: wall times as JSON APIs and configuration files write them, 2006-01-02T15:04:05.999Z.
//
// Thread rule: a function without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bekci::base {

// Milliseconds since the Unix epoch; digits beyond them are dropped. nullopt: it is no such time.
std::optional<int64_t> ParseRfc3339(std::string_view text);
// "2006-01-02T15:04:05.5Z": as many decimals as it takes, none for whole seconds.
std::string Rfc3339(int64_t t_ms);
// "2006-01-02T15:04:05.500Z", always with three decimals.
std::string Rfc3339Millis(int64_t t_ms);
// What Go prints for no time at all.
inline constexpr const char* kNoTime = "0001-01-01T00:00:00Z";

}  // namespace bekci::base
