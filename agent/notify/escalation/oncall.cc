#include "agent/notify/escalation/oncall.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::notify::escalation {
namespace {

constexpr int64_t kDaySeconds = 86400;

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

int64_t UnixSeconds(base::Timestamp at) {
  return FloorDiv(at.ms, 1000);
}

const base::TimeZone& ZoneOf(const Schedule& schedule) {
  static const base::TimeZone kUtc;
  return schedule.zone != nullptr ? *schedule.zone : kUtc;
}

// The number of the turn that holds `unix_s`; nullopt before the rotation begins. The clock on the wall may show a time
// twice or leave one out, so the turn is found by the moments of its hand-overs, not by what the clock shows.
std::optional<int64_t> TurnAt(const Rotation& rotation, const base::TimeZone& zone, int64_t unix_s) {
  const auto begins = [&](int64_t turn) { return zone.FromLocal(rotation.start_local_s + turn * rotation.length_s); };
  int64_t turn = FloorDiv(unix_s + zone.OffsetAt(unix_s) - rotation.start_local_s, rotation.length_s);
  while (begins(turn) > unix_s) --turn;
  while (begins(turn + 1) <= unix_s) ++turn;
  if (turn < 0) return std::nullopt;
  return turn;
}

bool Speaks(const Rotation& rotation, base::Timestamp at) {
  return rotation.active.empty() || std::any_of(rotation.active.begin(), rotation.active.end(),
                                                [&](const auto& interval) { return interval.Contains(at); });
}

// Digits of a fixed place, or nothing.
std::optional<int64_t> Number(std::string_view text, size_t at, size_t length) {
  if (at + length > text.size()) return std::nullopt;
  const std::string_view part = text.substr(at, length);
  if (!std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return base::ParseInt(part);
}

std::optional<int64_t> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = Number(text, 0, 4);
  const auto month = Number(text, 5, 2);
  const auto day = Number(text, 8, 2);
  if (!year || !month || !day || *year < 1970 || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
  const int64_t days = base::DaysOf(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  const base::Date back = base::DateOf(days);
  if (back.month != *month || back.day != *day) return std::nullopt;  // 30 February
  return days;
}

}  // namespace

std::optional<int64_t> ParseLocalTime(std::string_view text) {
  const auto days = ParseDate(text.substr(0, 10));
  if (!days) return std::nullopt;
  if (text.size() == 10) return *days * kDaySeconds;
  if (text[10] != 'T' || (text.size() != 16 && text.size() != 19) || text[13] != ':') return std::nullopt;
  const auto hour = Number(text, 11, 2);
  const auto minute = Number(text, 14, 2);
  std::optional<int64_t> second = 0;
  if (text.size() == 19) second = text[16] == ':' ? Number(text, 17, 2) : std::nullopt;
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return *days * kDaySeconds + *hour * 3600 + *minute * 60 + *second;
}

std::string_view Schedule::MemberAt(base::Timestamp at) const {
  for (auto it = overrides.rbegin(); it != overrides.rend(); ++it) {
    if (it->from <= at && at < it->to) return it->member;
  }
  for (auto it = rotations.rbegin(); it != rotations.rend(); ++it) {
    if (!Speaks(*it, at)) continue;
    const auto turn = TurnAt(*it, ZoneOf(*this), UnixSeconds(at));
    if (turn) return it->members[static_cast<size_t>(*turn % static_cast<int64_t>(it->members.size()))];
  }
  return {};
}

std::string_view Schedule::Lookup(std::string_view field, base::Timestamp at) const {
  const std::string_view member = MemberAt(at);
  if (member.empty() || field == "member") return member;
  const auto found = contacts.find(std::string(member));
  if (found == contacts.end()) return {};
  const auto text = found->second.find(std::string(field));
  return text == found->second.end() ? std::string_view() : std::string_view(text->second);
}

std::string_view Lookup(const std::vector<Schedule>& schedules, std::string_view schedule, std::string_view field,
                        base::Timestamp at) {
  for (const Schedule& one : schedules) {
    if (one.name == schedule) return one.Lookup(field, at);
  }
  return {};
}

}  // namespace bekci::notify::escalation
