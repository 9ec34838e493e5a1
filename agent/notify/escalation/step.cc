#include "agent/notify/escalation/step.h"

#include <algorithm>
#include <utility>

namespace bekci::notify::escalation {
namespace {

bool MayDropSends(EventKind kind) {
  return kind == EventKind::kResolved || kind == EventKind::kCancelled || kind == EventKind::kLevelRepeated ||
         kind == EventKind::kClosed;
}

}  // namespace

message::Escalation Describe(const Incident& incident, const std::string& level, const std::string& title, int cycle,
                             std::string_view reason, base::Duration ack_within) {
  message::Escalation out;
  out.id = incident.id;
  out.policy = incident.policy;
  out.level = level;
  out.level_title = title;
  out.cycle = cycle;
  out.state = StateName(incident.state);
  out.reason = reason;
  out.started_at = incident.opened_at;
  out.ack_within = ack_within;
  out.timeline = incident.timeline;
  if (const LevelRun* run = incident.FindRun(level, cycle)) {
    out.entered_at = run->at;
    if (out.level_title.empty()) out.level_title = run->title;
  }
  return out;
}

const Event& Recorder::Record(Event event) {
  event.incident = incident_.id.empty() ? event.incident : incident_.id;
  event.line = now_.line;
  event.wall = now_.wall;
  std::vector<std::string> before;
  if (MayDropSends(event.kind)) {
    for (const OpenSend& send : incident_.open_sends) before.push_back(send.planned.key);
  }
  Apply(event, &incident_);
  for (std::string& key : before) {
    const bool kept = std::any_of(incident_.open_sends.begin(), incident_.open_sends.end(),
                                  [&](const OpenSend& send) { return send.planned.key == key; });
    if (!kept) step_.cancelled.push_back(std::move(key));
  }
  return step_.events.emplace_back(std::move(event));
}

void Recorder::Want(const Event& event, std::string_view reason) {
  if (event.planned.empty()) return;
  Send send;
  send.incident = incident_.id;
  send.group_key = incident_.group_key;
  send.repeat = event.repeat;
  send.resolved = event.kind == EventKind::kResolved;
  send.planned = event.planned;
  send.escalation = Describe(incident_, event.level, event.title, event.cycle, reason, {});
  step_.sends.push_back(std::move(send));
}

}  // namespace bekci::notify::escalation
