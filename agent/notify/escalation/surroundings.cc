#include "agent/notify/escalation/surroundings.h"

#include <algorithm>

#include "agent/notify/routing/matcher_text.h"

namespace bekci::notify::escalation {

Surroundings SurroundingsOf(const routing::AlertmanagerConfig& config) {
  Surroundings surroundings;
  for (const routing::ReceiverConfig& receiver : config.receivers) {
    std::vector<std::string>& parts = surroundings.receivers[receiver.name];
    for (const routing::IntegrationConfig& integration : receiver.integrations) {
      parts.push_back(std::string(integration.kind) + "/" + std::to_string(integration.index));
    }
  }
  surroundings.intervals = config.time_intervals;
  surroundings.read_matchers = [](std::string_view text) { return routing::ParseMatchers(text); };
  return surroundings;
}

bool IsRouteMuted(const routing::AlertmanagerConfig& config, const routing::Route& route, base::Timestamp at) {
  const auto in = [&](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const routing::NamedTimeInterval* const interval = config.FindInterval(name);
      return interval != nullptr && interval->Contains(at);
    });
  };
  return in(route.mute_time_intervals) || (!route.active_time_intervals.empty() && !in(route.active_time_intervals));
}

}  // namespace bekci::notify::escalation
