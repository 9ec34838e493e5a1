// Wall times as the Prometheus API prints them in status pages: RFC 3339 in UTC.
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string>

namespace bekci::web {

// "2015-07-01T20:10:51.781Z", without the fraction where it is zero.
std::string Rfc3339(int64_t t_ms);
// What Go prints for no time at all.
inline constexpr const char* kNoTime = "0001-01-01T00:00:00Z";

}  // namespace bekci::web
