#include "agent/notify/routing/time_interval.h"

#include <algorithm>

namespace bekci::notify::routing {
namespace {

constexpr int64_t kMinuteS = 60;
constexpr int64_t kDayS = 86'400;

// What a calendar and a clock on the wall say.
struct LocalTime {
  int minute = 0;   // of the day
  int weekday = 0;  // 0: Sunday
  int day = 1;
  int days_in_month = 31;
  int month = 1;
  int64_t year = 1970;
};

LocalTime LocalTimeAt(base::Timestamp at, const base::TimeZone* zone) {
  constexpr int64_t kMillis = 1000;
  const int64_t utc_s = at.ms / kMillis - (at.ms % kMillis < 0 ? 1 : 0);
  const int64_t local_s = utc_s + (zone == nullptr ? 0 : zone->OffsetAt(utc_s));
  const int64_t days = local_s / kDayS - (local_s % kDayS < 0 ? 1 : 0);
  const base::Date date = base::DateOf(days);
  LocalTime local;
  local.minute = static_cast<int>((local_s - days * kDayS) / kMinuteS);
  local.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  local.day = static_cast<int>(date.day);
  local.month = static_cast<int>(date.month);
  local.year = date.year;
  const int64_t next_month =
      date.month == 12 ? base::DaysOf(date.year + 1, 1, 1) : base::DaysOf(date.year, date.month + 1, 1);
  local.days_in_month = static_cast<int>(next_month - base::DaysOf(date.year, date.month, 1));
  return local;
}

bool InAny(const std::vector<Range>& ranges, int64_t value) {
  return ranges.empty() ||
         std::any_of(ranges.begin(), ranges.end(), [&](Range r) { return value >= r.begin && value <= r.end; });
}

bool InTimes(const std::vector<Range>& times, int minute) {
  return times.empty() ||
         std::any_of(times.begin(), times.end(), [&](Range r) { return minute >= r.begin && minute < r.end; });
}

// Negative days count from the end of this month. A range that begins behind the end of the month is not in it.
bool InDays(const std::vector<Range>& days, const LocalTime& now) {
  const auto resolved = [&](int day) {
    return std::clamp(day < 0 ? now.days_in_month + day + 1 : day, -now.days_in_month, now.days_in_month);
  };
  return days.empty() || std::any_of(days.begin(), days.end(), [&](Range r) {
           return r.begin <= now.days_in_month && now.day >= resolved(r.begin) && now.day <= resolved(r.end);
         });
}

}  // namespace

bool TimeInterval::Contains(base::Timestamp at) const {
  const LocalTime now = LocalTimeAt(at, location.get());
  return InTimes(times, now.minute) && InDays(days_of_month, now) && InAny(months, now.month) &&
         InAny(weekdays, now.weekday) && InAny(years, now.year);
}

bool NamedTimeInterval::Contains(base::Timestamp at) const {
  return std::any_of(intervals.begin(), intervals.end(), [&](const TimeInterval& one) { return one.Contains(at); });
}

}  // namespace bekci::notify::routing
