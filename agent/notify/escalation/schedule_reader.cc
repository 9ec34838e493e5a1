#include "agent/notify/escalation/schedule_reader.h"

#include <algorithm>
#include <set>

#include "agent/base/text.h"

namespace bekci::notify::escalation {
namespace {

using config::Node;
using config::Values;

constexpr size_t kMaxMembers = 500;

class ScheduleReader {
 public:
  ScheduleReader(const Values& values, const ScheduleReading& reading) : values_(values), reading_(reading) {}

  void Read() {
    schedule_.name = values_.String("name");
    ReadZone();
    for (const Values& rotation : values_.Sections("rotations")) ReadRotation(rotation);
    ReadContacts();
    for (const Values& one : values_.Sections("overrides")) ReadOverride(one);
    if (values_.Sections("rotations").empty() && values_.Sections("overrides").empty()) {
      reading_.errors->Add(values_.mark(), "rotations: is missing; nobody would ever be on call");
    }
    for (const Schedule& other : *reading_.schedules) {
      if (other.name == schedule_.name && values_.IsSetInFile("name")) {
        reading_.errors->Add(values_.MarkOf("name"), "schedule " + base::Quoted(schedule_.name) + " is there already");
      }
    }
    for (const std::string& member : members_) {
      if (schedule_.contacts.contains(member)) continue;
      reading_.warnings->push_back(values_.mark().ToString() + ": " + base::Quoted(member) +
                                   " has no contacts; on call, nobody would be told");
    }
    reading_.schedules->push_back(std::move(schedule_));
  }

 private:
  void ReadZone() {
    const std::string& location = values_.String("location");
    if (location.empty() || location == "UTC") return;
    auto zone = base::TimeZone::Load(reading_.fs, location);
    if (zone.ok()) {
      schedule_.zone = std::make_shared<const base::TimeZone>(*std::move(zone));
      return;
    }
    const bool unknown = zone.status().code() == base::Code::kNotFound;
    reading_.errors->Add(values_.MarkOf("location"),
                         "location: " + (unknown ? base::Quoted(location) + " is no time zone of this host; these are "
                                                                            "called Europe/Istanbul (package tzdata)"
                                                 : zone.status().message()));
  }

  int64_t LocalTime(const Values& values, std::string_view key) {
    const std::string& text = values.String(key);
    const auto time = ParseLocalTime(text);
    if (!time && values.IsSetInFile(key)) {
      reading_.errors->Add(values.MarkOf(key), std::string(key) + ": " + base::Quoted(text) +
                                                   " must be a local time such as \"2026-01-05T09:00\"");
    }
    return time.value_or(0);
  }

  base::Timestamp MomentOf(int64_t local_s) const {
    return {(schedule_.zone != nullptr ? schedule_.zone->FromLocal(local_s) : local_s) * 1000};
  }

  void ReadRotation(const Values& values) {
    Rotation rotation;
    rotation.members = values.Strings("members");
    rotation.start_local_s = LocalTime(values, "start");
    rotation.length_s = std::max<int64_t>(base::ToMillis(values.Duration("length")) / 1000, 1);
    if (values.IsSetInFile("members") && (rotation.members.empty() || rotation.members.size() > kMaxMembers)) {
      reading_.errors->Add(values.MarkOf("members"),
                           rotation.members.empty() ? "members: at least one is needed" : "members: too many");
    }
    for (const std::string& name : values.Strings("active_time_intervals")) {
      const auto* interval =
          CheckInterval(reading_.intervals, name, values.MarkOf("active_time_intervals"), reading_.errors);
      if (interval != nullptr) rotation.active.push_back(*interval);
    }
    members_.insert(rotation.members.begin(), rotation.members.end());
    if (!rotation.members.empty()) schedule_.rotations.push_back(std::move(rotation));
  }

  void ReadOverride(const Values& values) {
    const std::string& member = values.String("member");
    const Override one = {member, MomentOf(LocalTime(values, "from")), MomentOf(LocalTime(values, "to"))};
    if (one.to <= one.from && values.IsSetInFile("from") && values.IsSetInFile("to")) {
      reading_.errors->Add(values.MarkOf("to"), "to: is not after from");
    }
    if (values.IsSetInFile("member") && !members_.contains(member) && !schedule_.contacts.contains(member)) {
      std::vector<std::string_view> known(members_.begin(), members_.end());
      for (const auto& [name, fields] : schedule_.contacts) known.push_back(name);
      const std::string_view nearest = base::Nearest(member, known);
      reading_.errors->Add(values.MarkOf("member"),
                           "member " + base::Quoted(member) + " is in no rotation and has no contacts" +
                               (nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?"));
    }
    schedule_.overrides.push_back(one);
  }

  void ReadContacts() {
    const Node* tree = values_.Tree("contacts");
    if (tree == nullptr || tree->is_null()) return;
    if (!tree->is_mapping()) {
      reading_.errors->Add(tree->mark, "contacts: must be a mapping, {ana: {email: ana@example.com}}");
      return;
    }
    for (const auto& [member, fields] : tree->entries) {
      auto& out = schedule_.contacts[member.scalar];
      if (!fields.is_mapping()) {
        reading_.errors->Add(fields.mark, "contacts: those of " + base::Quoted(member.scalar) +
                                              " must be a mapping, {email: ana@example.com}");
        continue;
      }
      for (const auto& [field, text] : fields.entries) {
        if (text.is_scalar()) {
          out[field.scalar] = text.scalar;
        } else {
          reading_.errors->Add(text.mark, "contacts: " + base::Quoted(field.scalar) + " must be a text");
        }
      }
    }
  }

  const Values& values_;
  const ScheduleReading& reading_;
  Schedule schedule_;
  std::set<std::string> members_;
};

}  // namespace

const routing::NamedTimeInterval* CheckInterval(const std::vector<routing::NamedTimeInterval>& intervals,
                                                const std::string& name, const config::Mark& mark,
                                                config::Errors* errors) {
  std::vector<std::string_view> known;
  for (const routing::NamedTimeInterval& interval : intervals) {
    if (interval.name == name) return &interval;
    known.push_back(interval.name);
  }
  const std::string_view nearest = base::Nearest(name, known);
  errors->Add(mark, "time interval " + base::Quoted(name) + " is not in alertmanager.yml" +
                        (nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?"));
  return nullptr;
}

void ReadSchedules(const std::vector<Values>& sections, const ScheduleReading& reading) {
  for (const Values& section : sections) ScheduleReader(section, reading).Read();
}

}  // namespace bekci::notify::escalation
