// Time mutes: whether a route speaks at a moment: in one of its active intervals, if it has any, and in none of its
// mute intervals.
//
// It holds for a group as a whole and for one flush: nothing is remembered, so what is pending is told at the first
// flush after. Thread rule: functions without state.
#pragma once

#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify {

enum class TimeMute : unsigned char { kNone, kOutsideActive, kMuted };

struct TimeVerdict {
  TimeMute mute = TimeMute::kNone;
  std::vector<std::string> intervals;  // which ones silence it: the active ones it is not in, or the mute ones it is in
};

// Alertmanager checks the active intervals first.
TimeVerdict CheckTime(const routing::AlertmanagerConfig& config, const routing::Route& route, base::Timestamp at);

}  // namespace bekci::notify
