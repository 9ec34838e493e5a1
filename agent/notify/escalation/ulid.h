// Ulid: identifiers that sort by the time they were made: 48 bits of milliseconds, 80 random bits, 26 characters.
//
// Source: the ULID specification (Crockford's base 32). Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/random.h"

namespace bekci::notify::escalation {

inline constexpr size_t kUlidLength = 26;

std::string MakeUlid(base::Timestamp at, base::Random& random);
bool IsUlid(std::string_view text);

}  // namespace bekci::notify::escalation
