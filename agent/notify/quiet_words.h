// QuietWords: why nobody is told of an alert that fires, in sentences: silenced by whom and until when, inhibited by
// which alert, muted by which time interval of which route. For `bekci why`, which says the rest.
//
// In two steps: LookForQuiet reads what the Notifier knows and is quick; QuietWords finds the words, which may take a
// while (the end of a mute is searched for), and needs the Notifier no longer, so that nobody's message waits for it.
//
// Thread rule: LookForQuiet as the Notifier; QuietWords: a function without state.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/notify/notifier.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify {

struct QuietFacts {
  base::Timestamp at;
  std::vector<AlertView> alerts;  // of the name, that fire
  std::map<std::string, SilencePtr> silences;
  std::map<uint64_t, AlertPtr> sources;  // what inhibits them, by fingerprint
};
QuietFacts LookForQuiet(Notifier& notifier, std::string_view alert_name, Instant now);

// A sentence for each thing that keeps them quiet, each once; at most kMostQuietWords. `config` is the one in force.
// Empty: nothing does, or none of them fires.
std::vector<std::string> QuietWords(const QuietFacts& facts, const routing::AlertmanagerConfig& config);
inline constexpr size_t kMostQuietWords = 20;

}  // namespace bekci::notify
