// TimeInterval: when a route speaks and when it is silent: times of day, weekdays, days of the month, months, years, in
// a zone.
//
// Source: Alertmanager's timeinterval. Thread rule: immutable values.
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

// All that is given must hold; of each any range.
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
  std::vector<TimeInterval> intervals;  // any

  bool Contains(base::Timestamp at) const;
};

}  // namespace bekci::notify::routing
