// Promises of time_interval.h.
#include "agent/notify/routing/time_interval.h"

#include <doctest/doctest.h>

#include "agent/base/rfc3339.h"
#include "agent/config/node.h"

namespace bekci::notify::routing::time_interval_test {
namespace {

NamedTimeInterval Read(const std::string& interval, config::Errors* errors) {
  const auto node = config::ParseYaml("{name: x, time_intervals: [" + interval + "]}", "t.yml");
  REQUIRE_MESSAGE(node.ok(), node.status().message());
  base::RealFileSystem fs;
  return ReadNamedTimeInterval(*node, fs, errors);
}

base::Timestamp At(const std::string& text) {
  const auto at = base::ParseRfc3339(text);
  REQUIRE_MESSAGE(at.has_value(), text);
  return {*at};
}

TEST_CASE("a time is inside when every field that is given has a range with it") {
  const struct {
    const char* interval;
    const char* at;
    bool inside;
  } rows[] = {
      {"{}", "2026-11-22T10:00:00Z", true},
      {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-22T09:00:00Z", true},
      {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-22T08:59:59.999Z", false},
      {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-22T16:59:59.999Z", true},
      {"{times: [{start_time: '09:00', end_time: '17:00'}]}", "2026-11-22T17:00:00Z", false},
      {"{times: [{start_time: 23:00, end_time: 24:00}]}", "2026-11-22T23:59:59Z", true},
      {"{times: [{start_time: 23:00, end_time: 24:00}]}", "2026-11-23T00:00:00Z", false},
      {"{times: [{start_time: 22:00, end_time: 24:00}, {start_time: 00:00, end_time: 06:00}]}", "2026-11-23T03:00:00Z",
       true},
      {"{times: []}", "2026-11-23T03:00:00Z", false},
      {"{weekdays: [sunday]}", "2026-11-22T10:00:00Z", true},
      {"{weekdays: ['Monday:FRIDAY']}", "2026-11-22T10:00:00Z", false},
      {"{weekdays: ['Monday:FRIDAY']}", "2026-11-27T23:59:59Z", true},
      {"{weekdays: ['sunday:saturday']}", "1969-12-31T23:59:59Z", true},
      {"{weekdays: [wednesday]}", "1969-12-31T23:59:59Z", true},
      {"{weekdays: []}", "2026-11-22T10:00:00Z", false},
      {"{days_of_month: ['1:5']}", "2026-11-05T10:00:00Z", true},
      {"{days_of_month: ['1:5']}", "2026-11-06T00:00:00Z", false},
      {"{days_of_month: ['-1']}", "2026-02-28T10:00:00Z", true},
      {"{days_of_month: ['-1']}", "2024-02-28T10:00:00Z", false},
      {"{days_of_month: ['-1']}", "2024-02-29T10:00:00Z", true},
      {"{days_of_month: ['-3:-1']}", "2026-11-27T10:00:00Z", false},
      {"{days_of_month: ['-3:-1']}", "2026-11-28T10:00:00Z", true},
      {"{days_of_month: ['-31:-1']}", "2026-02-01T10:00:00Z", true},
      {"{days_of_month: ['20:-1']}", "2026-02-28T10:00:00Z", true},
      {"{days_of_month: ['27:31']}", "2026-02-28T10:00:00Z", true},   // the end is that of the month
      {"{days_of_month: ['30:31']}", "2026-02-28T10:00:00Z", false},  // February has none of it
      {"{days_of_month: ['31']}", "2026-11-30T10:00:00Z", false},
      {"{months: [november]}", "2026-11-30T10:00:00Z", true},
      {"{months: ['11', 'january:3']}", "2026-02-28T10:00:00Z", true},
      {"{months: ['11', 'january:3']}", "2026-04-01T00:00:00Z", false},
      {"{months: ['13']}", "2026-12-01T00:00:00Z", false},
      {"{years: ['2026', '2030:2032']}", "2031-01-01T00:00:00Z", true},
      {"{years: ['2026', '2030:2032']}", "2029-12-31T23:59:59Z", false},
      {"{weekdays: [sunday], months: [november], times: [{start_time: 09:00, end_time: 10:00}]}",
       "2026-11-22T09:30:00Z", true},
      {"{weekdays: [sunday], months: [october], times: [{start_time: 09:00, end_time: 10:00}]}", "2026-11-22T09:30:00Z",
       false},
      {"{weekdays: [monday]}, {weekdays: [sunday]}", "2026-11-22T09:30:00Z", true},
      {"", "2026-11-22T09:30:00Z", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.interval);
    CAPTURE(row.at);
    config::Errors errors;
    const NamedTimeInterval interval = Read(row.interval, &errors);
    CHECK_MESSAGE(errors.empty(), errors.ToStatus().message());
    CHECK(interval.Contains(At(row.at)) == row.inside);
  }
}

TEST_CASE("a zone's own wall is what counts, through changes of its clocks") {
  const struct {
    const char* interval;
    const char* at;
    bool inside;
  } rows[] = {
      {"{location: Europe/Istanbul, weekdays: [monday]}", "2026-11-22T20:59:59Z", false},
      {"{location: Europe/Istanbul, weekdays: [monday]}", "2026-11-22T21:00:00Z", true},
      {"{location: UTC, weekdays: [monday]}", "2026-11-22T21:00:00Z", false},
      {"{location: America/Los_Angeles, days_of_month: ['-1']}", "2026-12-01T07:59:00Z", true},
      // Berlin, 2026-03-29: 02:00 is followed by 03:00, so 02:30 does not come.
      {"{location: Europe/Berlin, times: [{start_time: 02:00, end_time: 03:00}]}", "2026-03-29T00:59:59Z", false},
      {"{location: Europe/Berlin, times: [{start_time: 02:00, end_time: 03:00}]}", "2026-03-29T01:00:00Z", false},
      // 2026-10-25: 02:30 comes twice.
      {"{location: Europe/Berlin, times: [{start_time: 02:00, end_time: 03:00}]}", "2026-10-25T00:30:00Z", true},
      {"{location: Europe/Berlin, times: [{start_time: 02:00, end_time: 03:00}]}", "2026-10-25T01:30:00Z", true},
      {"{location: Europe/Berlin, times: [{start_time: 02:00, end_time: 03:00}]}", "2026-10-25T02:00:00Z", false},
      {"{location: Australia/Lord_Howe, times: [{start_time: 10:30, end_time: 10:31}]}", "2026-07-01T00:00:00Z", true},
      {"{location: Asia/Kathmandu, years: ['2027']}", "2026-12-31T18:15:00Z", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.interval);
    CAPTURE(row.at);
    config::Errors errors;
    const NamedTimeInterval interval = Read(row.interval, &errors);
    REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
    CHECK(interval.Contains(At(row.at)) == row.inside);
  }
}

TEST_CASE("what is no interval is refused in Alertmanager's words, with its line") {
  const struct {
    const char* interval;
    const char* error;
  } rows[] = {
      {"{times: [{start_time: 9:00, end_time: 10:00}]}", "couldn't parse timestamp 9:00, invalid format"},
      {"{times: [{start_time: 24:01, end_time: 24:30}]}", "couldn't parse timestamp 24:01, invalid format"},
      {"{times: [{start_time: 25:00, end_time: 26:00}]}", "couldn't parse timestamp 25:00"},
      {"{times: [{start_time: 10:00, end_time: 10:00}]}", "start time cannot be equal or greater than end time"},
      {"{times: [{start_time: 22:00, end_time: 06:00}]}", "name two ranges for what goes over midnight"},
      {"{times: [{start_time: 22:00}]}", "\"end_time\" is missing"},
      {"{times: {start_time: 21:00, end_time: 22:00}}", "expected a list"},
      {"{weekdays: monday}", "expected a list"},
      {"{weekdays: [mon]}", "mon is not a valid weekday, did you mean \"monday\"?"},
      {"{weekdays: ['saturday:sunday']}", "start day cannot be before end day"},
      {"{weekdays: ['monday:tuesday:friday']}", "couldn't parse range monday:tuesday:friday, invalid format"},
      {"{weekdays: ['1']}", "1 is not a valid weekday"},
      {"{days_of_month: ['0']}", "0 is not a valid day of the month: out of range"},
      {"{days_of_month: ['1:32']}", "32 is not a valid day of the month: out of range"},
      {"{days_of_month: ['-32']}", "-32 is not a valid day of the month: out of range"},
      {"{days_of_month: ['-3:3']}", "end day must be negative if start day is negative"},
      {"{days_of_month: ['5:3']}", "end day 3 is always before start day 5"},
      {"{days_of_month: ['-1:-3']}", "end day -3 is always before start day -1"},
      {"{days_of_month: [first]}", "\"first\" is not a day of the month"},
      {"{months: [smarch]}", "smarch is not a valid month, did you mean \"march\"?"},
      {"{months: ['october:march']}", "end month 3 is before start month 10"},
      {"{years: ['2026:2024']}", "end year 2024 is before start year 2026"},
      {"{years: [MMXXVI]}", "MMXXVI is not a valid year"},
      {"{location: Europe/Instanbul}", "unknown time zone Europe/Instanbul"},
      {"{location: ../../etc/passwd}", "unknown time zone"},
      {"{weekday: [monday]}", "unknown key \"weekday\", did you mean \"weekdays\"?"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.interval);
    config::Errors errors;
    Read(row.interval, &errors);
    REQUIRE(errors.lines().size() == 1);
    CHECK(errors.lines().front().starts_with("t.yml:1: "));
    CHECK_MESSAGE(errors.lines().front().find(row.error) != std::string::npos, errors.lines().front());
  }
}

TEST_CASE("an interval needs a name") {
  config::Errors errors;
  base::RealFileSystem fs;
  const auto node = config::ParseYaml("{time_intervals: []}", "t.yml");
  ReadNamedTimeInterval(*node, fs, &errors);
  CHECK(errors.lines() == std::vector<std::string>{"t.yml:1: missing name in time interval"});
}

}  // namespace
}  // namespace bekci::notify::routing::time_interval_test
