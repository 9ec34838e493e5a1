// Names that are unique without asking anybody: ULIDs for deliveries and incidents, UUIDs for silences.
//
// A ULID is 48 bits of milliseconds and 80 random ones in Crockford's base 32: 26 characters that sort by time (the
// ULID specification). A UUID is version 4 of RFC 9562. Thread rule: that of the Random.
#pragma once

#include <string>

#include "agent/base/clock.h"
#include "agent/base/random.h"

namespace bekci::notify {

std::string MakeUlid(base::Random& random, base::Timestamp now);
std::string MakeUuid(base::Random& random);

}  // namespace bekci::notify
