// Quoted strings as Go writes them, in front of some text: "..." and '...' with escapes, `...` without.
//
// Thread rule: a function without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::promql::testing {

// Takes the quoted string that `*rest` begins with off its front and returns what it means. Errors: invalid.
base::Result<std::string> TakeQuoted(std::string_view* rest);

}  // namespace bekci::promql::testing
