// `${env:NAME}` in secret values: replaced by the variable NAME of the environment. Nothing else is expanded, and
// nowhere else: a "$" in a regular expression, a rule or a bcrypt hash is a "$". Thread rule: pure but for reading the
// process's environment, which bekci never changes.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/config/option.h"

namespace bekci::config {

// Errors (invalid): a variable that is not set, a "${env:" without its "}". Never names a value.
base::Result<std::string> ExpandEnvironment(std::string_view text, const EnvironmentLookup& environment);

}  // namespace bekci::config
