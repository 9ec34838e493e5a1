#include "agent/notify/time_mute.h"

#include <algorithm>

namespace bekci::notify {

TimeVerdict CheckTime(const routing::AlertmanagerConfig& config, const routing::Route& route, base::Timestamp at) {
  const auto in = [&](const std::string& name) {
    const routing::NamedTimeInterval* interval = config.FindInterval(name);
    return interval != nullptr && interval->Contains(at);
  };
  const auto& active = route.active_time_intervals;
  if (!active.empty() && std::none_of(active.begin(), active.end(), in)) return {TimeMute::kOutsideActive, active};
  TimeVerdict verdict;
  for (const std::string& name : route.mute_time_intervals) {
    if (in(name)) verdict.intervals.push_back(name);
  }
  if (!verdict.intervals.empty()) verdict.mute = TimeMute::kMuted;
  return verdict;
}

}  // namespace bekci::notify
