// Moment: Go's time.Time, as far as templates see it; Format with Go's reference layout; Duration as Go prints it.
//
// The layout shows what the reference time, Mon Jan 2 15:04:05 MST 2006 (-0700), looks like:
//     2006-01-02T15:04:05.000Z07:00
// Calendar arithmetic is the proleptic Gregorian one over any year. A moment is shown in UTC, in the zone of the host
// or in a zone that somebody loaded. Source: Go's time package. Thread rule: values and functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/time_zone.h"

namespace bekci::templates {

inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
// Beyond some 30 million years nothing is computed.
inline constexpr int64_t kFarthestSecond = 1'000'000'000'000'000;

// A time.Location other than UTC and the host's; whoever loaded it keeps it longer than the moments in it.
struct Zone {
  std::string name;  // "Europe/Istanbul"
  base::TimeZone rules;
};

struct Moment {
  int64_t seconds = 0;         // since the Unix epoch, at most kFarthestSecond either way
  int32_t nanoseconds = 0;     // 0 .. 999 999 999
  bool local = false;          // shown in the host's zone
  const Zone* zone = nullptr;  // shown in this one; `local` is false then
  friend bool operator==(const Moment&, const Moment&) = default;
};

struct CalendarTime {
  int64_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 0;         // 0 is Sunday
  int year_day = 1;        // 1..366
  int offset_seconds = 0;  // east of UTC
  bool daylight_saving = false;
  std::string zone = "UTC";
};

CalendarTime CalendarOf(const Moment& moment);
// The moment of a date and time in UTC; months and days may lie outside their ranges and carry over, all within
// +-100 million.
int64_t SecondsOf(int64_t year, int64_t month, int64_t day);
// Of January (1) .. December, Sunday (0) .. Saturday; "%!Month(13)" beyond.
std::string MonthName(int64_t month);
std::string WeekdayName(int64_t weekday);

// time.Time.Format. What is no part of the reference time stands for itself.
void AppendTime(const Moment& moment, std::string_view layout, std::string* out);
inline constexpr std::string_view kTimeStringLayout = "2006-01-02 15:04:05.999999999 -0700 MST";

// time.Duration.String: 1h2m3.5s, 1.5ms, 0s.
std::string GoDurationText(int64_t nanoseconds);

// Nanoseconds rounded to a multiple of `unit`: down (towards zero), or to nearest with halves away from zero. A unit
// of 0 or less changes nothing; saturates.
int64_t TruncateDuration(int64_t nanoseconds, int64_t unit);
int64_t RoundDuration(int64_t nanoseconds, int64_t unit);

}  // namespace bekci::templates
