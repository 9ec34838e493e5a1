// QuietWords: why nobody is told of an alert that fires, in sentences: silenced by whom and until when, inhibited by
// which alert, muted by which time interval of which route. For `bekci why`, which says the rest.
//
// Thread rule: as the Notifier.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/notify/notifier.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify {

// A sentence for each thing that keeps alerts of this name quiet at `now`, each once; at most kMostQuietWords. `config`
// is the one in force. Empty: nothing does, or none of them fires.
std::vector<std::string> QuietWords(Notifier& notifier, const routing::AlertmanagerConfig& config,
                                    std::string_view alert_name, Instant now);
inline constexpr size_t kMostQuietWords = 20;

}  // namespace bekci::notify
