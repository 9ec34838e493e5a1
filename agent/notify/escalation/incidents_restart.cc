// Incidents, the part around a restart: records read back, the clocks set going again, snapshots.
#include <algorithm>

#include "agent/notify/escalation/incidents.h"

namespace bekci::notify::escalation {

// A group opens a new incident only when the one before is closed: where that record is missing, it was lost.
void Incidents::CloseLost(const Event& opened) {
  const auto held = of_group_.find(opened.group_key);
  if (held == of_group_.end() || held->second == opened.incident) return;
  const std::string id = held->second;
  Incident* const incident = FindMutable(id);
  Apply({.kind = EventKind::kClosed, .incident = id, .line = opened.line, .wall = opened.wall}, incident);
  NoteClosed(id);
}

base::Status Incidents::Replay(std::string_view record) {
  auto event = DecodeEvent(record);
  if (!event.ok()) {
    ++metrics_.unreadable_records;
    return std::move(event).status();
  }
  // Nothing falls back: a record that says so is damaged, or of a host whose boot clock is.
  line_ = std::max(line_, event->line);
  event->line = line_;
  wall_ = event->wall;
  if (event->kind == EventKind::kCheckpoint) {
    boot_id_ = event->boot_id;
    offset_ = event->line - base::Duration(event->boot.ns);
    return base::OkStatus();
  }
  if (event->kind == EventKind::kSnapshot && event->snapshot == nullptr) return base::Corrupt("an empty snapshot");
  Incident* incident = FindMutable(event->incident);
  const bool begins = event->kind == EventKind::kOpened || event->kind == EventKind::kSnapshot;
  if (incident == nullptr && !begins) return base::OkStatus();  // its beginning was lost
  if (incident != nullptr && event->kind == EventKind::kOpened) return base::OkStatus();
  if (incident == nullptr) incident = &incidents_[event->incident];
  if (event->kind == EventKind::kOpened) CloseLost(*event);
  Apply(*event, incident);
  NoteHooks(*event);
  if (event->kind == EventKind::kSnapshot) {
    for (const HookRun& run : incident->hook_runs) hook_starts_[run.receiver].push_back(run.line);
  }
  if (begins || event->kind == EventKind::kClosed) Index(*incident);
  ForgetOldest();
  return base::OkStatus();
}

// The planned sends that were not answered, those of one message together.
void Incidents::AddUnanswered(const Incident& incident, Step* step) const {
  const OpenSend* before = nullptr;
  for (const OpenSend& open : incident.open_sends) {
    // A command is run at most once: this one was or was not, nobody knows.
    if (open.planned.integration.starts_with("hook/")) continue;
    const bool same = before != nullptr && before->level == open.level && before->cycle == open.cycle &&
                      before->repeat == open.repeat && before->reason == open.reason && before->moves == open.moves;
    before = &open;
    if (!same) {
      Send& send = step->sends.emplace_back();
      send.incident = incident.id;
      send.group_key = incident.group_key;
      send.repeat = open.repeat;
      send.resolved = open.reason == "resolved";
      send.escalation = Describe(incident, open.level, "", open.cycle, open.reason, {});
    }
    step->sends.back().planned.push_back(open.planned);
  }
}

Step Incidents::Start(const std::string& boot_id, const Now& now) {
  const bool anew = boot_id_.empty();
  if (anew) {
    offset_ = line_ - base::Duration(now.boot.ns);
  } else if (boot_id != boot_id_) {
    const base::Duration away = std::clamp(now.wall - wall_, base::Duration::zero(), kLongestReboot);
    offset_ = line_ + away - base::Duration(now.boot.ns);
  }
  boot_id_ = boot_id;
  const Moment moment = Tick(now);
  if (!incidents_.empty()) started_ = moment.line;
  for (auto& [receiver, starts] : hook_starts_) std::sort(starts.begin(), starts.end());
  Step step = Checkpoint(now);
  for (auto& [id, incident] : incidents_) {
    AddUnanswered(incident, &step);
    if (incident.closed) continue;
    Recorder recorder(&incident, moment, &step);
    if (incident.open() && config_->FindPolicy(incident.policy) == nullptr) {
      CancelIncident({.cause = "its policy is gone", .keeps_active = true}, &recorder);
    }
    AdvanceOne(&incident, moment, &step);
  }
  return Finish(std::move(step));
}

Step Incidents::Checkpoint(const Now& now) {
  const Moment moment = Tick(now);
  Step step;
  Event event{.kind = EventKind::kCheckpoint, .line = moment.line, .wall = moment.wall, .boot_id = boot_id_};
  // Not the boot time itself where that fell back: line and boot time belong together.
  event.boot = base::MonotonicTime{(moment.line - offset_).count()};
  step.events.push_back(std::move(event));
  return step;
}

std::vector<Event> Incidents::Snapshot(const Now& now) const {
  const base::Duration line = std::max(line_, LineOf(now));
  std::vector<Event> events;
  events.push_back({.kind = EventKind::kCheckpoint,
                    .line = line,
                    .wall = now.wall,
                    .boot_id = boot_id_,
                    .boot = base::MonotonicTime{(line - offset_).count()}});
  for (const auto& [id, incident] : incidents_) {
    Event event{.kind = EventKind::kSnapshot, .incident = id, .line = line, .wall = now.wall};
    event.snapshot = std::make_shared<const Incident>(incident);
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace bekci::notify::escalation
