// TimeInterval: when a route speaks and when it is silent: times of day, weekdays, days of the month, months, years, in
// a zone.
//
// Everything is seen on the wall of that zone: where clocks are set forward, an hour of the day does not come; where
// they are set back, it comes twice; days are counted in local months. Source: Alertmanager 0.34, timeinterval. Thread
// rule: immutable values; functions without state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/base/time_zone.h"
#include "agent/config/option.h"

namespace bekci::notify::routing {

struct Range {
  int begin = 0;
  int end = 0;  // inclusive, but for times
};

// All that is given must hold; of each any range. A list that is given and empty holds never, and is kept as
// kNoRange.
inline constexpr Range kNoRange = {1, 0};
struct TimeInterval {
  std::vector<Range> times;  // minutes of the day, end exclusive
  std::vector<Range> weekdays;
  std::vector<Range> days_of_month;
  std::vector<Range> months;
  std::vector<Range> years;
  std::shared_ptr<const base::TimeZone> location;  // null: UTC

  bool Contains(base::Timestamp at) const;
};

struct NamedTimeInterval {
  std::string name;
  std::vector<TimeInterval> intervals;  // any; none: never
  config::Mark mark;

  bool Contains(base::Timestamp at) const;
};

// An entry of time_intervals: or mute_time_intervals:. What is wrong is added to `errors` and left out. Zones are read
// through `fs`.
NamedTimeInterval ReadNamedTimeInterval(const config::Node& node, base::FileSystem& fs, config::Errors* errors);

}  // namespace bekci::notify::routing
