#include "agent/template/go_time.h"

#include <doctest/doctest.h>

#include <ctime>

#include "agent/template/expand_for_tests.h"

namespace bekci::templates::go_time_test {
namespace {

std::string Formatted(std::string_view layout, const Moment& moment) {
  std::string out;
  AppendTime(moment, layout, &out);
  return out;
}

// Tuesday, 23 June 2015, 13:19:44.128056.
constexpr Moment kMoment = {.seconds = 1'435'065'584, .nanoseconds = 128'056'000};

TEST_CASE("every part of the reference time is a directive") {
  const Case kCases[] = {
      {"Jan January 01 1", "Jun June 06 6"},
      {"Mon Monday 02 _2 2 002 __2", "Tue Tuesday 23 23 23 174 174"},
      {"15 03 3 04 4 05 5 PM pm", "13 01 1 19 19 44 44 PM pm"},
      {"2006 06 _2006", "2015 15 _2015"},
      {"MST -0700 -07:00 -07 -070000 -07:00:00", "UTC +0000 +00:00 +00 +000000 +00:00:00"},
      {"Z0700 Z07:00 Z07 Z070000 Z07:00:00", "Z Z Z Z Z"},
      {"05.000 05.999 05,000 05.000000000 05.999999999 05.0", "44.128 44.128 44,128 44.128056000 44.128056 44.1"},
      {"x.000 .0000x 05.0", "x.128 .1280x 44.1"},
      {"2006-01-02T15:04:05.999999999Z07:00", "2015-06-23T13:19:44.128056Z"},
      {"Mon, 02 Jan 2006 15:04:05 MST", "Tue, 23 Jun 2015 13:19:44 UTC"},
      {"Janet Month Monday Mondays M P p Z - at é", "Janet Month Tuesday Tuesdays M P p Z - at é"},
      {"", ""},
  };
  for (const Case& c : kCases) {
    CAPTURE(std::string(c.text));
    CHECK(Formatted(c.text, kMoment) == c.expected);
  }
}

TEST_CASE("a fraction is cut, not rounded, and one of nines loses its zeros") {
  const Moment whole = {.seconds = 0};
  const Moment small = {.seconds = 0, .nanoseconds = 1'999'999};
  CHECK(Formatted("05.000", small) == "00.001");
  CHECK(Formatted("05.999", small) == "00.001");
  CHECK(Formatted("05.999", whole) == "00");
  CHECK(Formatted("05,999", small) == "00,001");
  CHECK(Formatted("05.000", whole) == "00.000");
}

TEST_CASE("the calendar is right at its corners") {
  struct Corner {
    int64_t seconds;
    std::string_view text;
  };
  const Corner kCorners[] = {
      {0, "1970-01-01 00:00:00 Thu 001"},
      {-1, "1969-12-31 23:59:59 Wed 365"},
      {951'782'400, "2000-02-29 00:00:00 Tue 060"},
      {951'868'800, "2000-03-01 00:00:00 Wed 061"},
      {4'107'542'400, "2100-03-01 00:00:00 Mon 060"},
      {1'230'768'000, "2009-01-01 00:00:00 Thu 001"},
      {-62'135'596'800, "0001-01-01 00:00:00 Mon 001"},
      {-62'135'596'801, "0000-12-31 23:59:59 Sun 366"},
      {-62'198'755'200, "-0001-01-01 00:00:00 Fri 001"},
      {253'402'300'800, "10000-01-01 00:00:00 Sat 001"},
  };
  for (const Corner& corner : kCorners) {
    CAPTURE(corner.seconds);
    CHECK(Formatted("2006-01-02 15:04:05 Mon 002", {.seconds = corner.seconds}) == corner.text);
  }
}

TEST_CASE("every day of 800 years agrees with the C library") {
  for (int64_t day = -146'097; day < 146'097; ++day) {
    const auto seconds = static_cast<time_t>(day * 86'400 + 3'723);
    std::tm expected = {};
    gmtime_r(&seconds, &expected);
    const CalendarTime t = CalendarOf({.seconds = seconds});
    const bool same = t.year == expected.tm_year + 1900 && t.month == expected.tm_mon + 1 &&
                      t.day == expected.tm_mday && t.weekday == expected.tm_wday &&
                      t.year_day == expected.tm_yday + 1 && t.hour == 1 && t.minute == 2 && t.second == 3 &&
                      SecondsOf(t.year, t.month, t.day) + 3'723 == seconds;
    if (!same) FAIL("differs at day ", day);
  }
}

TEST_CASE("months and days carry over") {
  CHECK(SecondsOf(2015, 14, 1) == SecondsOf(2016, 2, 1));
  CHECK(SecondsOf(2015, 0, 1) == SecondsOf(2014, 12, 1));
  CHECK(SecondsOf(2015, -11, 1) == SecondsOf(2014, 1, 1));
  CHECK(SecondsOf(2015, 2, 31) == SecondsOf(2015, 3, 3));
  CHECK(SecondsOf(2015, 1, 0) == SecondsOf(2014, 12, 31));
}

TEST_CASE("durations print and round as Go's") {
  CHECK(GoDurationText(0) == "0s");
  CHECK(GoDurationText(1) == "1ns");
  CHECK(GoDurationText(1'100) == "1.1µs");
  CHECK(GoDurationText(2'200'000) == "2.2ms");
  CHECK(GoDurationText(3'300'000'000) == "3.3s");
  CHECK(GoDurationText(245'000'000'000) == "4m5s");
  CHECK(GoDurationText(245'001'000'000) == "4m5.001s");
  CHECK(GoDurationText(18'367'001'000'000) == "5h6m7.001s");
  CHECK(GoDurationText(480'000'000'001) == "8m0.000000001s");
  CHECK(GoDurationText(INT64_MAX) == "2562047h47m16.854775807s");
  CHECK(GoDurationText(INT64_MIN) == "-2562047h47m16.854775808s");
  CHECK(RoundDuration(1'500, 1'000) == 2'000);
  CHECK(RoundDuration(-1'500, 1'000) == -2'000);
  CHECK(RoundDuration(1'499, 1'000) == 1'000);
  CHECK(RoundDuration(INT64_MAX, 3'600'000'000'000) == INT64_MAX);
  CHECK(RoundDuration(INT64_MIN, 3'600'000'000'000) == INT64_MIN);
  CHECK(RoundDuration(5, 0) == 5);
  CHECK(TruncateDuration(1'999, 1'000) == 1'000);
  CHECK(TruncateDuration(-1'999, 1'000) == -1'000);
}

TEST_CASE("names beyond the calendar are said as Go says them") {
  CHECK(MonthName(13) == "%!Month(13)");
  CHECK(WeekdayName(7) == "%!Weekday(7)");
  CHECK(MonthName(12) == "December");
}

}  // namespace
}  // namespace bekci::templates::go_time_test
