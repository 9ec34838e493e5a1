// ConfigPrinter: a configuration as GET /api/v2/status shows it: YAML that Alertmanager's tools load again, with
// defaults filled in and secrets masked.
//
// amtool reads this text with every command, strictly, and the one that Debian has (0.25) does not know what came
// later: a key that is newer than it is printed only where the file itself has it. What is masked must still load:
// <secret> where Alertmanager knows a secret, http://<secret> for URLs that old ones do not take for secrets, xxxxx for
// passwords in URLs.
//
// Thread rule: functions without state.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/config/option.h"

namespace bekci::notify::routing {

// `values` in the order of their table, with defaults, masked. Defaults of keys in `newer` are left out unless
// `written`, the mapping as it stood in the file, has the key; it may be null.
config::Node ShowSection(const config::Values& values, const config::Node* written,
                         std::span<const std::string_view> newer);

}  // namespace bekci::notify::routing
