// Durations and byte sizes as people write them in Prometheus configuration: 1h30m, 15s, 2GiB, 512MB.
//
// Source: Prometheus' model.ParseDuration: integer-unit pairs y w d h m s ms in falling order, each at most once, "0"
// alone is allowed. Sizes: 1024-based for KiB.. and also for KB.. as Prometheus does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"

namespace bekci::base {

// Errors: invalid; limit when it is longer than 292 years.
Result<Duration> ParseDuration(std::string_view text);
// The same notation back: 90 s is "1m30s". Sub-millisecond parts, which that notation lacks, are dropped.
std::string DurationText(Duration duration);
// Go's own notation, which some options of Go programs have: 1.5h, 90s, 1h0m30s, 250us, -3s, 0; no days. What is finer
// than a nanosecond is cut off. Errors: as ParseDuration.
Result<Duration> ParseGoDuration(std::string_view text);
// For people: "1.23ms", "45.6s", "2m5s".
std::string HumanDuration(Duration duration);

Result<uint64_t> ParseSize(std::string_view text);
std::string SizeText(uint64_t bytes);  // exact where a unit divides it: "2GiB", else "1536KiB", else "1537"

}  // namespace bekci::base
