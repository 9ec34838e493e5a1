#include "agent/notify/escalation/oncall.h"

#include <doctest/doctest.h>

#include "agent/base/file_system.h"
#include "agent/notify/escalation/timeline_script_test.h"

namespace bekci::notify::escalation::oncall_test {
namespace {

std::shared_ptr<const base::TimeZone> Zone(const std::string& name) {
  base::RealFileSystem fs;
  auto zone = base::TimeZone::Load(fs, name);
  REQUIRE(zone.ok());
  return std::make_shared<const base::TimeZone>(*std::move(zone));
}

// A local time of the schedule's wall clock.
base::Timestamp At(const Schedule& schedule, const std::string& local) {
  const int64_t seconds = *ParseLocalTime(local);
  return {(schedule.zone != nullptr ? schedule.zone->FromLocal(seconds) : seconds) * 1000};
}

Schedule Weekly(const std::string& zone, const std::string& start, int64_t length_s) {
  Schedule schedule;
  schedule.zone = zone.empty() ? nullptr : Zone(zone);
  Rotation rotation;
  rotation.members = {"ana", "bo", "cy"};
  rotation.start_local_s = *ParseLocalTime(start);
  rotation.length_s = length_s;
  schedule.rotations = {rotation};
  return schedule;
}

TEST_CASE("members take turns of one length, and nobody is on call before the first") {
  const Schedule schedule = Weekly("", "2026-01-05T09:00", 7 * 86400);
  CHECK(schedule.MemberAt(At(schedule, "2026-01-05T08:59:59")).empty());
  CHECK(schedule.MemberAt(At(schedule, "2026-01-05T09:00")) == "ana");
  CHECK(schedule.MemberAt(At(schedule, "2026-01-12T08:59:59")) == "ana");
  CHECK(schedule.MemberAt(At(schedule, "2026-01-12T09:00")) == "bo");
  CHECK(schedule.MemberAt(At(schedule, "2026-01-19T09:00")) == "cy");
  CHECK(schedule.MemberAt(At(schedule, "2026-01-26T09:00")) == "ana");
}

TEST_CASE("a turn is handed over at the same local time in summer and in winter") {
  const Schedule schedule = Weekly("Europe/Berlin", "2026-03-23T09:00", 7 * 86400);
  // Clocks go forward on 29 March, back on 25 October.
  for (const char* monday : {"2026-03-30", "2026-10-19", "2026-10-26"}) {
    const base::Timestamp nine = At(schedule, std::string(monday) + "T09:00");
    INFO(monday);
    CHECK(schedule.MemberAt(nine - base::seconds(1)) != schedule.MemberAt(nine));
  }
  const Schedule half = Weekly("Europe/Berlin", "2026-03-28T21:00", 12 * 3600);
  CHECK(half.MemberAt(At(half, "2026-03-29T08:59:59")) == "ana");  // eleven hours on that night
  CHECK(half.MemberAt(At(half, "2026-03-29T09:00")) == "bo");
}

TEST_CASE("an hour that comes twice or never has one member at each moment, without a gap") {
  // Hand-overs every 30 minutes over both changes: the number of the turn never falls.
  for (const char* start : {"2026-10-24T22:15", "2026-03-28T22:15"}) {
    const Schedule schedule = Weekly("Europe/Berlin", start, 1800);
    const base::Timestamp begin = At(schedule, start);
    for (int minute = 0; minute < 12 * 60; ++minute) {
      CHECK_FALSE(schedule.MemberAt(begin + base::minutes(minute)).empty());
    }
  }
}

TEST_CASE("a later rotation wins while its times are active, an override wins over all") {
  const auto config = LoadTestConfig(TestFile("escalation.yml"), "escalation.yml");
  REQUIRE(config.ok());
  const Schedule& platform = (*config)->schedules.at(0);
  // nights are 22:00 to 07:00 UTC: 01:00 to 10:00 in Istanbul
  CHECK(platform.MemberAt(At(platform, "2026-01-05T12:00")) == "ana");
  CHECK(platform.MemberAt(At(platform, "2026-01-06T02:00")) == "dee");
  CHECK(platform.MemberAt(At(platform, "2026-01-07T02:00")) == "ed");
  CHECK(platform.MemberAt(At(platform, "2026-12-23T23:59")) != "ed");
  CHECK(platform.MemberAt(At(platform, "2026-12-24T00:00")) == "ed");
  CHECK(platform.MemberAt(At(platform, "2026-12-26T23:59")) == "ed");
}

TEST_CASE("a contact is looked up by schedule and field; what is not there is empty") {
  const auto config = LoadTestConfig(TestFile("escalation.yml"), "escalation.yml");
  REQUIRE(config.ok());
  const auto& schedules = (*config)->schedules;
  const base::Timestamp at = At(schedules[0], "2026-01-05T12:00");
  CHECK(Lookup(schedules, "platform", "email", at) == "ana@example.test");
  CHECK(Lookup(schedules, "platform", "telegram_chat_id", at) == "101");
  CHECK(Lookup(schedules, "platform", "member", at) == "ana");
  CHECK(Lookup(schedules, "platform", "phone", at).empty());
  CHECK(Lookup(schedules, "nowhere", "email", at).empty());
  CHECK(Lookup(schedules, "platform", "email", at + base::hours(15)).empty());  // dee has no contacts
}

TEST_CASE("local times are read strictly") {
  CHECK(ParseLocalTime("1970-01-01T00:01") == 60);
  CHECK(ParseLocalTime("1970-01-02") == 86400);
  CHECK(ParseLocalTime("1970-01-01T00:01:02") == 62);
  for (const char* wrong :
       {"", "2026", "2026-02-30", "2026-13-01", "2026-01-05 09:00", "2026-01-05T9:00", "2026-01-05T24:00",
        "2026-01-05T09:60", "2026-01-05T09:00Z", "2026-01-05T09:00:0", "+026-01-05T09:00", "1969-12-31"}) {
    INFO(wrong);
    CHECK_FALSE(ParseLocalTime(wrong).has_value());
  }
}

}  // namespace
}  // namespace bekci::notify::escalation::oncall_test
