// hour, day_of_week, month and the like: what a clock and calendar in UTC show at a Unix time in seconds.
//
// The calendar is the proleptic Gregorian one, by the era arithmetic of Howard Hinnant's "chrono-compatible low-level
// date algorithms". Numbers that are no time (NaN, beyond 64 bits) are far in the future, where they are in Prometheus.
#include <cmath>
#include <cstdint>

#include "agent/promql/function_kernels.h"

namespace bekci::promql {
namespace {

constexpr int64_t kDaySeconds = 86400;

struct Date {
  int64_t year = 0;
  int64_t month = 0;  // 1 to 12
  int64_t day = 0;    // 1 to 31
};

struct Moment {
  int64_t days = 0;     // since 1970-01-01
  int64_t seconds = 0;  // of the day
};

Moment MomentOf(double value) {
  // 2^63 is the first double that is no int64; it is also what Go makes of every number that is none.
  const bool fits = value >= -0x1p63 && value < 0x1p63;
  if (!fits) {
    constexpr uint64_t kNever = uint64_t{1} << 63;
    return {static_cast<int64_t>(kNever / kDaySeconds), static_cast<int64_t>(kNever % kDaySeconds)};
  }
  const auto t = static_cast<int64_t>(value);
  Moment moment = {t / kDaySeconds, t % kDaySeconds};
  if (moment.seconds < 0) {
    --moment.days;
    moment.seconds += kDaySeconds;
  }
  return moment;
}

Date DateOf(int64_t days) {
  const int64_t shifted = days + 719468;  // since 0000-03-01, so that leap days end a year
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t of_era = shifted - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * of_year + 2) / 153;
  Date date;
  date.day = of_year - (153 * shifted_month + 2) / 5 + 1;
  date.month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t DaysInMonth(const Date& date) {
  if (date.month == 2) return IsLeap(date.year) ? 29 : 28;
  return date.month == 4 || date.month == 6 || date.month == 9 || date.month == 11 ? 30 : 31;
}

int64_t DayOfYear(const Date& date) {
  static constexpr int64_t kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  return kBefore[date.month - 1] + date.day + (date.month > 2 && IsLeap(date.year) ? 1 : 0);
}

// 1970-01-01 was a Thursday.
int64_t DayOfWeek(int64_t days) {
  return ((days + 4) % 7 + 7) % 7;
}

template <typename F>
base::Status Map(SeriesColumn* column, F&& f) {
  for (size_t step = 0; step < column->values.size(); ++step) {
    if (column->is_float(step)) column->values[step] = static_cast<double>(f(MomentOf(column->values[step])));
  }
  return base::OkStatus();
}

base::Status RunMinute(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return m.seconds / 60 % 60; });
}
base::Status RunHour(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return m.seconds / 3600; });
}
base::Status RunDayOfWeek(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return DayOfWeek(m.days); });
}
base::Status RunDayOfMonth(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return DateOf(m.days).day; });
}
base::Status RunDayOfYear(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return DayOfYear(DateOf(m.days)); });
}
base::Status RunDaysInMonth(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return DaysInMonth(DateOf(m.days)); });
}
base::Status RunMonth(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return DateOf(m.days).month; });
}
base::Status RunYear(const FunctionCall& /*call*/, SeriesColumn* column) {
  return Map(column, [](Moment m) { return DateOf(m.days).year; });
}

struct DateRow {
  FunctionId id;
  ElementKernel kernel;
};
constexpr DateRow kDates[] = {
    {FunctionId::kMinute, RunMinute},       {FunctionId::kHour, RunHour},
    {FunctionId::kDayOfWeek, RunDayOfWeek}, {FunctionId::kDayOfMonth, RunDayOfMonth},
    {FunctionId::kDayOfYear, RunDayOfYear}, {FunctionId::kDaysInMonth, RunDaysInMonth},
    {FunctionId::kMonth, RunMonth},         {FunctionId::kYear, RunYear},
};

}  // namespace

ElementKernel DateKernel(FunctionId id) {
  for (const DateRow& row : kDates) {
    if (row.id == id) return row.kernel;
  }
  return nullptr;
}

}  // namespace bekci::promql
