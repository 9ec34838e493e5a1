// RequireLists: what Alertmanager is stricter about than option tables are.
//
// Tables take one text for a list of one, and an entry that says nothing for a section of defaults. Alertmanager takes
// neither; a file that passes here must also pass there. Thread rule: a function without state.
#pragma once

#include <span>

#include "agent/config/option.h"

namespace bekci::notify::routing {

// Adds an error for every key of `table`, in `node` and its sections, that wants a list and has none, and for every
// entry of a list of sections that says nothing.
void RequireLists(const config::Node& node, std::span<const config::Option> table, config::Errors* errors);

}  // namespace bekci::notify::routing
