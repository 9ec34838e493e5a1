// Ulid: the name of a block: 48 bits of milliseconds and 80 random bits in 26 letters, so that names sort by time.
// Source: the ULID specification (Crockford's base 32). Thread rule: values and pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/random.h"

namespace bekci::tsdb {

std::string MakeUlid(base::Timestamp now, base::Random& random);
// 26 letters of the alphabet, in upper case as blocks are named.
bool IsUlid(std::string_view text);

}  // namespace bekci::tsdb
