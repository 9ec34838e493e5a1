// Asking a data directory what a server would be asked: through the same API, over the directory's store in this
// process. So an answer looks the same wherever it comes from.
//
// Thread rule: a function without state.
#pragma once

#include <string>

#include "agent/app/commands/api_client.h"
#include "agent/base/status.h"
#include "agent/promql/features.h"

namespace bekci::app::commands {

// As AskServer. Errors: not_found; unavailable, when a process has the directory; those of reading it.
base::Result<std::string> AskDirectory(const std::string& directory, const std::string& path,
                                       const ApiQuestion& parameters, const promql::Features& features);

}  // namespace bekci::app::commands
