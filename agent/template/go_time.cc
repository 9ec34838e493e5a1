#include "agent/template/go_time.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "agent/base/text.h"

namespace bekci::templates {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

int64_t FloorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

struct Date {
  int64_t year;
  int month;
  int day;
};

// Eras of 400 years that begin in March, so that the leap day is the last day of a year.
int64_t DaysOf(int64_t year, int64_t month, int64_t day) {
  const int64_t y = year - (month <= 2 ? 1 : 0);
  const int64_t era = FloorDivide(y, 400);
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

Date DateOf(int64_t days) {
  days += 719468;
  const int64_t era = FloorDivide(days, 146097);
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_index = (5 * day_of_year + 2) / 153;
  const int64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), static_cast<int>(month),
          static_cast<int>(day_of_year - (153 * month_index + 2) / 5 + 1)};
}

void AppendPadded(int64_t value, size_t digits, char fill, std::string* out) {
  if (value < 0) {
    out->push_back('-');
    value = -value;
  }
  const std::string text = std::to_string(value);
  if (text.size() < digits) out->append(digits - text.size(), fill);
  *out += text;
}

// What a piece of a layout stands for.
enum class Part : unsigned char {
  kNone,
  kLongMonth,
  kMonth,
  kMonthNumber,
  kMonthTwo,
  kLongWeekday,
  kWeekday,
  kDay,
  kDayBlank,
  kDayTwo,
  kYearDayBlank,
  kYearDayThree,
  kHour,
  kHour12,
  kHour12Two,
  kMinute,
  kMinuteTwo,
  kSecond,
  kSecondTwo,
  kLongYear,
  kYear,
  kNoonUpper,
  kNoonLower,
  kZone,
  kIsoSeconds,
  kIsoColonSeconds,
  kIso,
  kIsoColon,
  kIsoHours,
  kOffsetSeconds,
  kOffsetColonSeconds,
  kOffset,
  kOffsetColon,
  kOffsetHours,
  kFraction,
  kFractionTrimmed,
};

struct LayoutWord {
  std::string_view text;
  Part part;
  bool not_before_lower = false;  // "Jan" in "January" and in "Janet" is none
};

// The longer of two that begin alike stands first.
constexpr LayoutWord kWords[] = {
    {"January", Part::kLongMonth},
    {"Jan", Part::kMonth, true},
    {"Monday", Part::kLongWeekday},
    {"Mon", Part::kWeekday, true},
    {"MST", Part::kZone},
    {"01", Part::kMonthTwo},
    {"002", Part::kYearDayThree},
    {"02", Part::kDayTwo},
    {"03", Part::kHour12Two},
    {"04", Part::kMinuteTwo},
    {"05", Part::kSecondTwo},
    {"06", Part::kYear},
    {"15", Part::kHour},
    {"1", Part::kMonthNumber},
    {"2006", Part::kLongYear},
    {"2", Part::kDay},
    {"__2", Part::kYearDayBlank},
    {"_2", Part::kDayBlank},
    {"3", Part::kHour12},
    {"4", Part::kMinute},
    {"5", Part::kSecond},
    {"PM", Part::kNoonUpper},
    {"pm", Part::kNoonLower},
    {"-070000", Part::kOffsetSeconds},
    {"-07:00:00", Part::kOffsetColonSeconds},
    {"-0700", Part::kOffset},
    {"-07:00", Part::kOffsetColon},
    {"-07", Part::kOffsetHours},
    {"Z070000", Part::kIsoSeconds},
    {"Z07:00:00", Part::kIsoColonSeconds},
    {"Z0700", Part::kIso},
    {"Z07:00", Part::kIsoColon},
    {"Z07", Part::kIsoHours},
};

struct Piece {
  Part part = Part::kNone;
  size_t size = 1;
};

bool IsDigit(std::string_view text, size_t i) {
  return i < text.size() && text[i] >= '0' && text[i] <= '9';
}

// .000 or ,999: a run of one digit that ends there.
Piece FractionAt(std::string_view layout) {
  if (layout.size() < 2 || (layout[0] != '.' && layout[0] != ',') || (layout[1] != '0' && layout[1] != '9')) return {};
  size_t end = 1;
  while (end < layout.size() && layout[end] == layout[1]) ++end;
  if (IsDigit(layout, end)) return {};
  return {layout[1] == '0' ? Part::kFraction : Part::kFractionTrimmed, end};
}

Piece PieceAt(std::string_view layout) {
  // An underscore before the year is only an underscore, and the year follows.
  if (layout.starts_with("_2006")) return {};
  for (const LayoutWord& word : kWords) {
    if (!layout.starts_with(word.text)) continue;
    const std::string_view rest = layout.substr(word.text.size());
    const bool lower = !rest.empty() && rest.front() >= 'a' && rest.front() <= 'z';
    if (word.not_before_lower && lower) continue;
    return {word.part, word.text.size()};
  }
  return FractionAt(layout);
}

void AppendFraction(const Moment& moment, std::string_view piece, bool trimmed, std::string* out) {
  std::string digits;
  AppendPadded(moment.nanoseconds, 9, '0', &digits);
  digits.resize(std::min<size_t>(piece.size() - 1, 9));
  if (trimmed) {
    while (digits.ends_with('0')) digits.pop_back();
    if (digits.empty()) return;
  }
  out->push_back(piece.front());
  *out += digits;
  if (!trimmed && piece.size() - 1 > 9) out->append(piece.size() - 10, '0');
}

// +0330, +03:30, +033015, ...; the forms with Z say "Z" for UTC itself.
void AppendOffset(int offset, Part part, std::string* out) {
  const bool iso = part >= Part::kIsoSeconds && part <= Part::kIsoHours;
  if (iso && offset == 0) {
    out->push_back('Z');
    return;
  }
  const bool colon = part == Part::kIsoColon || part == Part::kIsoColonSeconds || part == Part::kOffsetColon ||
                     part == Part::kOffsetColonSeconds;
  const bool hours_only = part == Part::kIsoHours || part == Part::kOffsetHours;
  const bool seconds = part == Part::kIsoSeconds || part == Part::kIsoColonSeconds || part == Part::kOffsetSeconds ||
                       part == Part::kOffsetColonSeconds;
  const int size = std::abs(offset);
  out->push_back(offset < 0 ? '-' : '+');
  AppendPadded(size / 3600, 2, '0', out);
  if (hours_only) return;
  if (colon) out->push_back(':');
  AppendPadded(size / 60 % 60, 2, '0', out);
  if (!seconds) return;
  if (colon) out->push_back(':');
  AppendPadded(size % 60, 2, '0', out);
}

int Hour12(int hour) {
  return hour % 12 == 0 ? 12 : hour % 12;
}

void AppendPart(const Moment& moment, const CalendarTime& t, Part part, std::string_view piece, std::string* out) {
  switch (part) {
    case Part::kNone:
      *out += piece;
      return;
    case Part::kLongMonth:
      *out += kMonths[static_cast<size_t>(t.month - 1)];
      return;
    case Part::kMonth:
      *out += kMonths[static_cast<size_t>(t.month - 1)].substr(0, 3);
      return;
    case Part::kLongWeekday:
      *out += kWeekdays[static_cast<size_t>(t.weekday)];
      return;
    case Part::kWeekday:
      *out += kWeekdays[static_cast<size_t>(t.weekday)].substr(0, 3);
      return;
    case Part::kMonthNumber:
      return AppendPadded(t.month, 0, '0', out);
    case Part::kMonthTwo:
      return AppendPadded(t.month, 2, '0', out);
    case Part::kDay:
      return AppendPadded(t.day, 0, '0', out);
    case Part::kDayBlank:
      return AppendPadded(t.day, 2, ' ', out);
    case Part::kDayTwo:
      return AppendPadded(t.day, 2, '0', out);
    case Part::kYearDayBlank:
      return AppendPadded(t.year_day, 3, ' ', out);
    case Part::kYearDayThree:
      return AppendPadded(t.year_day, 3, '0', out);
    case Part::kHour:
      return AppendPadded(t.hour, 2, '0', out);
    case Part::kHour12:
      return AppendPadded(Hour12(t.hour), 0, '0', out);
    case Part::kHour12Two:
      return AppendPadded(Hour12(t.hour), 2, '0', out);
    case Part::kMinute:
      return AppendPadded(t.minute, 0, '0', out);
    case Part::kMinuteTwo:
      return AppendPadded(t.minute, 2, '0', out);
    case Part::kSecond:
      return AppendPadded(t.second, 0, '0', out);
    case Part::kSecondTwo:
      return AppendPadded(t.second, 2, '0', out);
    case Part::kLongYear:
      return AppendPadded(t.year, 4, '0', out);
    case Part::kYear:
      return AppendPadded(t.year < 0 ? 0 : t.year % 100, 2, '0', out);
    case Part::kNoonUpper:
      *out += t.hour >= 12 ? "PM" : "AM";
      return;
    case Part::kNoonLower:
      *out += t.hour >= 12 ? "pm" : "am";
      return;
    case Part::kZone:
      *out += t.zone;
      return;
    case Part::kFraction:
    case Part::kFractionTrimmed:
      return AppendFraction(moment, piece, part == Part::kFractionTrimmed, out);
    default:
      return AppendOffset(t.offset_seconds, part, out);
  }
}

void SetZone(const Moment& moment, CalendarTime* t) {
  if (moment.zone != nullptr) {
    const base::TimeZone::Name name = moment.zone->rules.NameAt(moment.seconds);
    t->offset_seconds = static_cast<int>(moment.zone->rules.OffsetAt(moment.seconds));
    t->daylight_saving = name.summer;
    t->zone = name.text;
    return;
  }
  const auto seconds = static_cast<time_t>(moment.seconds);
  std::tm broken = {};
  if (!moment.local || localtime_r(&seconds, &broken) == nullptr) return;
  t->offset_seconds = static_cast<int>(broken.tm_gmtoff);
  t->daylight_saving = broken.tm_isdst > 0;
  t->zone = broken.tm_zone;
}

// 1.5, 90.000000001: `value` nanoseconds in units of 10^digits nanoseconds, without trailing zeros.
void AppendDecimalUnits(uint64_t value, int digits, std::string* out) {
  uint64_t unit = 1;
  for (int i = 0; i < digits; ++i) unit *= 10;
  *out += std::to_string(value / unit);
  if (value % unit == 0) return;
  std::string fraction = std::to_string(value % unit);
  fraction.insert(0, static_cast<size_t>(digits) - fraction.size(), '0');
  while (fraction.ends_with('0')) fraction.pop_back();
  out->append(".").append(fraction);
}

}  // namespace

CalendarTime CalendarOf(const Moment& moment) {
  CalendarTime t;
  SetZone(moment, &t);
  const int64_t seconds = moment.seconds + t.offset_seconds;
  const int64_t days = FloorDivide(seconds, kSecondsPerDay);
  const auto second_of_day = static_cast<int>(seconds - days * kSecondsPerDay);
  const Date date = DateOf(days);
  t.year = date.year;
  t.month = date.month;
  t.day = date.day;
  t.hour = second_of_day / 3600;
  t.minute = second_of_day / 60 % 60;
  t.second = second_of_day % 60;
  t.weekday = static_cast<int>(((days + 4) % 7 + 7) % 7);  // the epoch was a Thursday
  t.year_day = static_cast<int>(days - DaysOf(date.year, 1, 1)) + 1;
  return t;
}

int64_t SecondsOf(int64_t year, int64_t month, int64_t day) {
  const int64_t carried = FloorDivide(month - 1, 12);
  return (DaysOf(year + carried, month - carried * 12, 1) + day - 1) * kSecondsPerDay;
}

std::string MonthName(int64_t month) {
  if (month >= 1 && month <= 12) return std::string(kMonths[static_cast<size_t>(month - 1)]);
  return "%!Month(" + std::to_string(month) + ")";
}

std::string WeekdayName(int64_t weekday) {
  if (weekday >= 0 && weekday <= 6) return std::string(kWeekdays[static_cast<size_t>(weekday)]);
  return "%!Weekday(" + std::to_string(weekday) + ")";
}

void AppendTime(const Moment& moment, std::string_view layout, std::string* out) {
  const CalendarTime t = CalendarOf(moment);
  while (!layout.empty()) {
    const Piece piece = PieceAt(layout);
    AppendPart(moment, t, piece.part, layout.substr(0, piece.size), out);
    layout.remove_prefix(piece.size);
  }
}

std::string GoDurationText(int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  std::string out = nanoseconds < 0 ? "-" : "";
  const auto bits = static_cast<uint64_t>(nanoseconds);
  const uint64_t size = nanoseconds < 0 ? 0 - bits : bits;
  constexpr uint64_t kMinute = 60 * static_cast<uint64_t>(kNanosPerSecond);
  if (size < 1'000) return out + std::to_string(size) + "ns";
  if (size < 1'000'000) {
    AppendDecimalUnits(size, 3, &out);
    return out + "µs";
  }
  if (size < 1'000'000'000) {
    AppendDecimalUnits(size, 6, &out);
    return out + "ms";
  }
  if (size >= 60 * kMinute) out += std::to_string(size / (60 * kMinute)) + "h";
  if (size >= kMinute) out += std::to_string(size / kMinute % 60) + "m";
  AppendDecimalUnits(size % kMinute, 9, &out);
  return out + "s";
}

int64_t TruncateDuration(int64_t nanoseconds, int64_t unit) {
  return unit <= 0 ? nanoseconds : nanoseconds - nanoseconds % unit;
}

int64_t RoundDuration(int64_t nanoseconds, int64_t unit) {
  if (unit <= 0) return nanoseconds;
  const int64_t rest = nanoseconds % unit;
  const auto size = static_cast<uint64_t>(rest < 0 ? -rest : rest);
  if (size * 2 < static_cast<uint64_t>(unit)) return nanoseconds - rest;
  int64_t rounded = 0;
  const int64_t away = nanoseconds < 0 ? -unit - rest : unit - rest;
  if (!__builtin_add_overflow(nanoseconds, away, &rounded)) return rounded;
  return nanoseconds < 0 ? INT64_MIN : INT64_MAX;
}

}  // namespace bekci::templates
