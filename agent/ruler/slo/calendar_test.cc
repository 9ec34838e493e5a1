#include "agent/ruler/slo/calendar.h"

#include <doctest/doctest.h>

#include "agent/base/file_system.h"

namespace bekci::ruler::slo::calendar_test {
namespace {

// Version 2 with an empty table and a footer: what slim builds of the data base have for fixed rules.
std::string Footer(const std::string& rule) {
  const auto header = [] {
    std::string text = "TZif2" + std::string(15, '\0');
    for (const char count : {'\0', '\0', '\0', '\0', '\1', '\4'}) text += std::string(3, '\0') + count;
    return text;
  };
  const std::string body = std::string(6, '\0') + std::string("UTC\0", 4);
  return header() + body + header() + body + "\n" + rule + "\n";
}

base::TimeZone Zone(const std::string& rule) {
  auto zone = base::TimeZone::Parse(Footer(rule));
  REQUIRE_MESSAGE(zone.ok(), zone.status().message());
  return std::move(*zone);
}

TEST_CASE("dates and days are each other's inverse, over leap years and centuries") {
  CHECK(base::DaysOf(1970, 1, 1) == 0);
  CHECK(base::DaysOf(2000, 2, 29) == 11016);
  CHECK(base::DaysOf(2025, 13, 1) == base::DaysOf(2026, 1, 1));
  for (int64_t day = -800'000; day < 800'000; day += 37) {
    const base::Date date = base::DateOf(day);
    CHECK(base::DaysOf(date.year, date.month, date.day) == day);
  }
}

TEST_CASE("the rule in a zone's footer holds for every year") {
  const base::TimeZone berlin = Zone("CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(berlin.OffsetAt(1'774'745'999) == 3600);  // 2026-03-29 01:00 UTC is the change
  CHECK(berlin.OffsetAt(1'774'746'000) == 7200);
  CHECK(berlin.OffsetAt(1'792'889'999) == 7200);  // 2026-10-25 01:00 UTC
  CHECK(berlin.OffsetAt(1'792'890'000) == 3600);
  const base::TimeZone istanbul = Zone("<+03>-3");
  CHECK(istanbul.OffsetAt(1'774'746'000) == 10'800);
  const base::TimeZone sydney = Zone("AEST-10AEDT,M10.1.0,M4.1.0/3");
  CHECK(sydney.OffsetAt(1'767'225'600) == 39'600);  // January is summer
  CHECK(sydney.OffsetAt(1'782'864'000) == 36'000);  // July is not
}

TEST_CASE("a local time that comes twice is its first, one that is left out is the change") {
  const base::TimeZone berlin = Zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const int64_t spring = base::DaysOf(2026, 3, 29) * 86400;
  CHECK(berlin.FromLocal(spring) == spring - 3600);
  CHECK(berlin.FromLocal(spring + 2 * 3600 + 1800) == 1'774'746'000);
  const int64_t autumn = base::DaysOf(2026, 10, 25) * 86400;
  CHECK(berlin.FromLocal(autumn + 2 * 3600 + 1800) == autumn + 1800);
}

TEST_CASE("damaged zone files are told") {
  const std::string good = Footer("CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(base::TimeZone::Parse(good).ok());
  for (size_t length = 0; length < good.size() - 29; length += 3) {
    CAPTURE(length);
    CHECK(base::TimeZone::Parse(good.substr(0, length)).status().code() == base::Code::kCorrupt);
  }
  CHECK(!base::TimeZone::Parse(Footer("CET")).ok());
  CHECK(!base::TimeZone::Parse(Footer("CET-1CEST,M13.5.0,M10.5.0")).ok());
  base::RealFileSystem fs;
  CHECK(base::TimeZone::Load(fs, "../etc/passwd").status().code() == base::Code::kInvalid);
  CHECK(base::TimeZone::Load(fs, "Europe/Nowhere").status().code() == base::Code::kNotFound);
}

TEST_CASE("this host's zones agree with their rules") {
  base::RealFileSystem fs;
  if (!fs.Exists("/usr/share/zoneinfo/Europe/Istanbul")) return;
  const auto istanbul = base::TimeZone::Load(fs, "Europe/Istanbul");
  REQUIRE(istanbul.ok());
  CHECK(istanbul->OffsetAt(1'767'225'600) == 10'800);
  CHECK(istanbul->OffsetAt(1'400'000'000) == 10'800);  // summer time in 2014
  CHECK(istanbul->OffsetAt(1'388'534'400) == 7'200);   // and winter
  CHECK(istanbul->OffsetAt(4'102'444'800) == 10'800);  // 2100
}

struct Row {
  int source_line;
  CalendarPeriod calendar;
  const char* rule;
  int64_t now_s;
  int64_t begin_s;
  int64_t end_s;
};

TEST_CASE("periods of the calendar begin at local midnight of their date") {
  using Unit = CalendarPeriod::Unit;
  const int64_t hour = 3600;
  const int64_t day = 86400;
  const auto at = [&](int64_t year, unsigned month, unsigned date) { return base::DaysOf(year, month, date) * day; };
  CalendarPeriod last_of_month = {.unit = Unit::kMonth, .count = 1};
  last_of_month.day = 31;
  CalendarPeriod fiscal = {.unit = Unit::kYear, .count = 1};
  fiscal.year = 2020;
  fiscal.month = 4;
  const Row rows[] = {
      {__LINE__,
       {.unit = Unit::kMonth, .count = 1},
       "<+03>-3",
       at(2026, 2, 15),
       at(2026, 2, 1) - 3 * hour,
       at(2026, 3, 1) - 3 * hour},
      // Still January in Greenwich, February in Istanbul.
      {__LINE__,
       {.unit = Unit::kMonth, .count = 1},
       "<+03>-3",
       at(2026, 1, 31) + 22 * hour,
       at(2026, 2, 1) - 3 * hour,
       at(2026, 3, 1) - 3 * hour},
      {__LINE__, {.unit = Unit::kMonth, .count = 3}, "UTC0", at(2026, 5, 5), at(2026, 4, 1), at(2026, 7, 1)},
      {__LINE__, {.unit = Unit::kYear, .count = 1}, "UTC0", at(2024, 12, 31), at(2024, 1, 1), at(2025, 1, 1)},
      {__LINE__, fiscal, "UTC0", at(2026, 3, 31), at(2025, 4, 1), at(2026, 4, 1)},
      {__LINE__, last_of_month, "UTC0", at(2026, 2, 28), at(2026, 2, 28), at(2026, 3, 31)},
      {__LINE__,
       {.unit = Unit::kMonth, .count = 1},
       "CET-1CEST,M3.5.0,M10.5.0/3",
       at(2026, 3, 30),
       at(2026, 3, 1) - hour,
       at(2026, 4, 1) - 2 * hour},
      {__LINE__, {.unit = Unit::kWeek, .count = 1, .day = 5}, "UTC0", at(2026, 1, 1), at(2025, 12, 29), at(2026, 1, 5)},
      // Before the first of all.
      {__LINE__, fiscal, "UTC0", at(1999, 1, 1), at(1998, 4, 1), at(1999, 4, 1)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    const PeriodBounds bounds = PeriodAt(row.calendar, Zone(row.rule), {row.now_s * 1000});
    CHECK(bounds.begin.ms == row.begin_s * 1000);
    CHECK(bounds.end.ms == row.end_s * 1000);
    // The ends belong to the periods they begin.
    CHECK(PeriodAt(row.calendar, Zone(row.rule), bounds.begin).begin == bounds.begin);
    CHECK(PeriodAt(row.calendar, Zone(row.rule), bounds.end).begin == bounds.end);
  }
}

}  // namespace
}  // namespace bekci::ruler::slo::calendar_test
