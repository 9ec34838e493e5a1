// Schedule: who is on call, at any moment: rotations of members, one-off overrides, and how each member is reached.
//
// A rotation hands over at the same local time for ever: the n-th hand-over is `start` plus n lengths on the clock on
// the wall, so 09:00 stays 09:00 through changes to summer time. Of several rotations that speak at a moment the later
// one in the file wins; an override wins over all rotations, the later one over the earlier.
//
// Thread rule: immutable once loaded; shared.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/time_zone.h"
#include "agent/notify/routing/time_interval.h"

namespace bekci::notify::escalation {

struct Rotation {
  std::vector<std::string> members;  // at least one
  int64_t start_local_s = 0;         // seconds since 1970-01-01 00:00 on the schedule's wall clock
  int64_t length_s = 0;              // above 0
  // Where there are some: it speaks only while one of them contains the moment.
  std::vector<routing::NamedTimeInterval> active;
};

struct Override {
  std::string member;
  base::Timestamp from;
  base::Timestamp to;  // exclusive
};

struct Schedule {
  std::string name;
  std::shared_ptr<const base::TimeZone> zone;  // null: UTC
  std::vector<Rotation> rotations;
  std::vector<Override> overrides;
  std::map<std::string, std::map<std::string, std::string>> contacts;  // member -> field -> text

  // Empty: nobody.
  std::string_view MemberAt(base::Timestamp at) const;
  // `field` of the member on call, as {{ .OnCall "platform" "email" }} asks for it; "member" is the member's name.
  // Empty: nobody is on call, or the member has no such contact.
  std::string_view Lookup(std::string_view field, base::Timestamp at) const;
};

// The same by the schedule's name; empty for one that there is not.
std::string_view Lookup(const std::vector<Schedule>& schedules, std::string_view schedule, std::string_view field,
                        base::Timestamp at);

// "2026-01-05T09:00" or "2026-01-05T09:00:30" or "2026-01-05", as seconds since 1970-01-01 00:00 on some wall clock.
// nullopt: it is no such date and time.
std::optional<int64_t> ParseLocalTime(std::string_view text);

}  // namespace bekci::notify::escalation
