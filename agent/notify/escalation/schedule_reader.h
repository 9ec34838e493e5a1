// ReadSchedules: the checked `oncall_schedules` of an escalation.yml to Schedules. Private to this folder.
//
// Thread rule: a function without state.
#pragma once

#include <string>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/config/option.h"
#include "agent/notify/escalation/oncall.h"
#include "agent/notify/routing/time_interval.h"

namespace bekci::notify::escalation {

struct ScheduleReading {
  const std::vector<routing::NamedTimeInterval>& intervals;
  base::FileSystem& fs;  // for zones
  config::Errors* errors;
  std::vector<std::string>* warnings;
  std::vector<Schedule>* schedules;
};

void ReadSchedules(const std::vector<config::Values>& sections, const ScheduleReading& reading);

// The interval of that name; told as an error at `mark`, and null, when there is none.
const routing::NamedTimeInterval* CheckInterval(const std::vector<routing::NamedTimeInterval>& intervals,
                                                const std::string& name, const config::Mark& mark,
                                                config::Errors* errors);

}  // namespace bekci::notify::escalation
