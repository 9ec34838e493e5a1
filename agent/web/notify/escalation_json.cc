#include "agent/web/notify/escalation_json.h"

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/web/api_answer.h"

namespace bekci::web::notify {
namespace {

using escalation::Incident;
using escalation::LevelRun;

// More alerts than these are counted only.
constexpr size_t kShownAlerts = 100;

void WriteTime(wire::JsonWriter* json, std::string_view name, base::Timestamp at) {
  if (at.ms != 0) json->Member(name, base::Rfc3339Millis(at.ms));
}

void WriteAck(wire::JsonWriter* json, const Incident& incident) {
  json->Key("acknowledgement");
  if (!incident.acked) {
    json->Null();
    return;
  }
  json->BeginObject();
  json->Member("by", incident.ack_by);
  json->Member("via", incident.ack_via);
  json->Member("comment", incident.ack_comment);
  WriteTime(json, "at", incident.acked_at);
  json->Member("for", base::DurationText(incident.ack_for));
  if (const auto until = AckedUntil(incident)) WriteTime(json, "until", *until);
  json->EndObject();
}

std::string_view KindName(LevelRun::Kind kind) {
  return kind == LevelRun::Kind::kEntered ? "entered" : kind == LevelRun::Kind::kSkipped ? "skipped" : "deferred";
}

void WriteRuns(wire::JsonWriter* json, const Incident& incident) {
  json->Key("levels");
  json->BeginArray();
  for (const LevelRun& run : incident.runs) {
    json->BeginObject();
    json->Member("level", run.level);
    json->Member("title", run.title);
    json->Member("cycle", int64_t{run.cycle});
    json->Member("was", KindName(run.kind));
    WriteTime(json, "at", run.at);
    json->Member("cause", run.cause);
    json->Member("repeats", run.repeat);
    json->Member("messages", int64_t{run.planned});
    json->Member("messagesFailed", int64_t{run.failed});
    json->EndObject();
  }
  json->EndArray();
}

// What the policy still has in store: levels above those that were entered in this cycle.
void WriteAhead(wire::JsonWriter* json, const EscalationView& view) {
  json->Key("ahead");
  json->BeginArray();
  const bool over = !view.incident.open() || view.policy == nullptr;
  for (size_t i = 0; !over && i < view.policy->levels.size(); ++i) {
    const escalation::Level& level = view.policy->levels[i];
    if (view.incident.FindRun(level.name, view.incident.cycle) != nullptr) continue;
    json->BeginObject();
    json->Member("level", level.name);
    json->Member("title", level.title);
    json->Member("after", base::DurationText(level.after));
    json->Key("receivers");
    json->BeginArray();
    for (const std::string& receiver : level.receivers) json->String(receiver);
    json->EndArray();
    json->EndObject();
  }
  json->EndArray();
}

void WriteTold(wire::JsonWriter* json, const Incident& incident) {
  json->Key("told");
  json->BeginArray();
  for (const escalation::Told& told : incident.told) {
    json->BeginObject();
    json->Member("receiver", told.receiver);
    json->Member("level", told.level);
    json->Member("cycle", int64_t{told.cycle});
    json->Member("knowsEnd", told.knows_end);
    json->EndObject();
  }
  json->EndArray();
}

void WriteAlerts(wire::JsonWriter* json, const EscalationView& view) {
  json->Key("alerts");
  json->BeginArray();
  for (size_t i = 0; i < view.alerts.size() && i < kShownAlerts; ++i) {
    const bekci::notify::Alert& alert = *view.alerts[i];
    json->BeginObject();
    json->Key("labels");
    WriteLabels(json, alert.labels);
    json->Key("annotations");
    json->BeginObject();
    for (const auto& [name, value] : alert.annotations) json->Member(name, value);
    json->EndObject();
    WriteTime(json, "startsAt", alert.starts_at);
    if (!alert.generator_url.empty()) json->Member("generatorURL", alert.generator_url);
    json->EndObject();
  }
  json->EndArray();
}

void WriteTimeline(wire::JsonWriter* json, const Incident& incident) {
  json->Key("timeline");
  json->BeginArray();
  for (const auto& entry : incident.timeline) {
    json->BeginObject();
    WriteTime(json, "at", entry.at);
    json->Member("event", entry.event);
    if (!entry.level.empty()) json->Member("level", entry.level);
    if (!entry.text.empty()) json->Member("text", entry.text);
    json->EndObject();
  }
  json->EndArray();
}

}  // namespace

std::optional<base::Timestamp> AckedUntil(const Incident& incident) {
  if (!incident.acked || incident.state == escalation::State::kPaused) return std::nullopt;
  return incident.acked_at + incident.ack_for;
}

void WriteEscalation(wire::JsonWriter* json, const EscalationView& view, Detail detail) {
  const Incident& incident = view.incident;
  const LevelRun* const last = incident.LastEntered();
  json->BeginObject();
  json->Member("id", incident.id);
  json->Member("policy", incident.policy);
  json->Member("state", StateName(incident.state));
  json->Member("level", last == nullptr ? "" : std::string_view(last->level));
  json->Member("levelTitle", last == nullptr ? "" : std::string_view(last->title));
  json->Member("cycle", int64_t{incident.cycle});
  json->Member("groupKey", incident.group_key);
  json->Key("groupLabels");
  WriteLabels(json, incident.group_labels);
  WriteTime(json, "startedAt", incident.opened_at);
  WriteTime(json, "changedAt", incident.changed_at);
  json->Member("clock", base::DurationText(view.clock));
  if (view.policy != nullptr && view.policy->ack_within > base::Duration::zero()) {
    json->Member("ackWithin", base::DurationText(view.policy->ack_within));
  }
  json->Member("ackTargetMissed", incident.target_missed);
  WriteAck(json, incident);
  json->Member("firing", static_cast<int64_t>(view.alerts.size()));
  if (detail == Detail::kWhole) {
    WriteRuns(json, incident);
    WriteAhead(json, view);
    WriteTold(json, incident);
    WriteAlerts(json, view);
    WriteTimeline(json, incident);
  }
  json->EndObject();
}

}  // namespace bekci::web::notify
