#include "agent/ruler/slo/calendar.h"

#include <algorithm>

namespace bekci::ruler::slo {
namespace {

constexpr int64_t kDay = 86400;

int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// Months of a period; 0: it is counted in days.
int64_t MonthsOf(const CalendarPeriod& calendar) {
  switch (calendar.unit) {
    case CalendarPeriod::Unit::kMonth:
      return calendar.count;
    case CalendarPeriod::Unit::kYear:
      return int64_t{12} * calendar.count;
    default:
      return 0;
  }
}

int64_t DaysOf(const CalendarPeriod& calendar) {
  return calendar.unit == CalendarPeriod::Unit::kWeek ? int64_t{7} * calendar.count : calendar.count;
}

// The local time, in seconds since 1970 there, at which period number `index` begins; 0 is the one at the start.
int64_t LocalBegin(const CalendarPeriod& calendar, int64_t index) {
  const int64_t months = MonthsOf(calendar);
  if (months == 0) {
    const int64_t start = base::DaysOf(calendar.year, calendar.month, calendar.day);
    return (start + index * DaysOf(calendar)) * kDay + calendar.second_of_day;
  }
  const int64_t month = int64_t{calendar.year} * 12 + calendar.month - 1 + index * months;
  const int64_t year = FloorDivide(month, 12);
  const auto of_year = static_cast<unsigned>(month - year * 12 + 1);
  const int64_t first = base::DaysOf(year, of_year, 1);
  const int64_t length = base::DaysOf(year, of_year + 1, 1) - first;
  return (first + std::min<int64_t>(calendar.day, length) - 1) * kDay + calendar.second_of_day;
}

// Near enough to the right period that a step or two finds it.
int64_t GuessIndex(const CalendarPeriod& calendar, int64_t local_s) {
  const int64_t months = MonthsOf(calendar);
  const int64_t days = FloorDivide(local_s, kDay);
  if (months == 0)
    return FloorDivide(days - base::DaysOf(calendar.year, calendar.month, calendar.day), DaysOf(calendar));
  const base::Date date = base::DateOf(days);
  return FloorDivide(date.year * 12 + date.month - (int64_t{calendar.year} * 12 + calendar.month), months);
}

}  // namespace

PeriodBounds PeriodAt(const CalendarPeriod& calendar, const base::TimeZone& zone, base::Timestamp t) {
  const auto begin = [&](int64_t index) { return base::Timestamp{zone.FromLocal(LocalBegin(calendar, index)) * 1000}; };
  const int64_t unix_s = FloorDivide(t.ms, 1000);
  int64_t index = GuessIndex(calendar, unix_s + zone.OffsetAt(unix_s));
  while (begin(index) > t) --index;
  while (begin(index + 1) <= t) ++index;
  return {begin(index), begin(index + 1)};
}

base::Duration LongestPeriod(const CalendarPeriod& calendar) {
  const int64_t months = MonthsOf(calendar);
  // A day more for a change of the offset.
  if (months == 0) return base::hours(24 * (DaysOf(calendar) + 1));
  return base::hours(24 * (months * 31 + 1));
}

}  // namespace bekci::ruler::slo
