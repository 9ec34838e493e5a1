#include "agent/notify/records.h"

#include <algorithm>
#include <array>
#include <utility>

#include "agent/notify/delivery_id.h"

namespace bekci::notify {

std::string_view EventKindName(EventKind kind) {
  constexpr std::array<std::string_view, 9> kNames = {
      "fired", "grouped", "suppressed", "unsuppressed", "sent", "send_failed", "escalated", "acknowledged", "resolved"};
  return kNames[static_cast<size_t>(kind)];
}

Records::Records(RecordOptions options, base::Random& random)
    : options_(options),
      random_(random),
      time_to_acknowledge_({30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400}),
      time_to_resolve_({60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400}) {}

void Records::AddEvent(Incident* incident, const IncidentEvent& event) {
  incident->events.push_back(event);
  if (incident->events.size() <= options_.max_events) return;
  // How it began tells more than what came after.
  incident->events.erase(incident->events.begin() + static_cast<std::ptrdiff_t>(options_.max_events / 4));
  ++incident->dropped_events;
}

void Records::Apply(const RecordChange& change) {
  for (const uint64_t number : change.incidents) {
    if (!change.id.empty()) {
      Incident& fresh = incidents_[number];
      fresh.number = number;
      fresh.id = change.id;
      fresh.labels = change.labels;
      fresh.fired_at = change.fired_at;
      open_.emplace(message::Fingerprint(change.labels), number);
      last_number_ = std::max(last_number_, number);
    }
    const auto found = incidents_.find(number);
    if (found == incidents_.end()) continue;
    Incident& incident = found->second;
    AddEvent(&incident, change.event);
    if (change.event.kind == EventKind::kAcknowledged && incident.acknowledged_at.ms == 0) {
      incident.acknowledged_at = change.event.at;
    }
    if (change.event.kind != EventKind::kResolved) continue;
    incident.resolved_at = change.event.at;
    over_.insert(number);
    const auto [begin, end] = open_.equal_range(message::Fingerprint(incident.labels));
    const auto entry = std::find_if(begin, end, [&](const auto& one) { return one.second == number; });
    if (entry != end) open_.erase(entry);
  }
}

void Records::Change(RecordChange change) {
  if (change.incidents.empty()) return;
  Apply(change);
  changes_.push_back(std::move(change));
}

void Records::Fired(const Alert& alert, base::Timestamp at) {
  const uint64_t number = ++last_number_;
  alert.memo->incident = alert.memo->last_incident = number;
  alert.memo->suppressed.clear();
  alert.memo->grouped = false;
  RecordChange change;
  change.id = MakeUlid(random_, at);
  change.labels = alert.labels;
  change.fired_at = alert.starts_at;
  change.event = {at, EventKind::kFired, std::make_shared<const std::string>()};
  change.incidents = {number};
  Change(std::move(change));
  Bound();
}

void Records::Resolved(const Alert& alert, base::Timestamp at) {
  const uint64_t number = std::exchange(alert.memo->incident, 0);
  const auto found = incidents_.find(number);
  if (found == incidents_.end()) return;
  time_to_resolve_.Observe(at - found->second.fired_at);
  RecordChange change;
  change.event = {at, EventKind::kResolved, std::make_shared<const std::string>()};
  change.incidents = {number};
  Change(std::move(change));
}

void Records::Add(EventKind kind, std::string text, base::Timestamp at, const std::vector<AlertPtr>& alerts) {
  RecordChange change;
  change.event = {at, kind, std::make_shared<const std::string>(std::move(text))};
  for (const AlertPtr& alert : alerts) {
    // What resolved tells whom is part of the incident that has just ended: the newest one of these labels.
    uint64_t number = alert->memo->incident;
    if (number == 0) number = alert->memo->last_incident;
    const auto found = incidents_.find(number);
    if (found == incidents_.end()) continue;
    change.incidents.push_back(number);
    if (kind != EventKind::kAcknowledged || found->second.acknowledged_at.ms != 0) continue;
    time_to_acknowledge_.Observe(at - found->second.fired_at);
  }
  Change(std::move(change));
}

void Records::Suppression(const Alert& alert, const std::string& by, base::Timestamp at) {
  if (alert.memo->suppressed == by || alert.memo->incident == 0) return;
  alert.memo->suppressed = by;
  RecordChange change;
  change.event = {at, by.empty() ? EventKind::kUnsuppressed : EventKind::kSuppressed,
                  std::make_shared<const std::string>(by)};
  change.incidents = {alert.memo->incident};
  Change(std::move(change));
}

void Records::Bound() {
  if (incidents_.size() <= options_.max_incidents) return;
  // The oldest that is over; where none is, the oldest.
  const auto victim = over_.empty() ? incidents_.begin() : incidents_.find(*over_.begin());
  const auto [begin, end] = open_.equal_range(message::Fingerprint(victim->second.labels));
  const auto entry = std::find_if(begin, end, [&](const auto& one) { return one.second == victim->first; });
  if (entry != end) open_.erase(entry);
  over_.erase(victim->first);
  incidents_.erase(victim);
}

void Records::Collect(base::Timestamp now) {
  std::erase_if(over_, [&](uint64_t number) {
    const auto incident = incidents_.find(number);
    if (incident->second.resolved_at + options_.retention > now) return false;
    incidents_.erase(incident);
    return true;
  });
}

std::vector<RecordChange> Records::TakeChanges() {
  return std::exchange(changes_, {});
}

void Records::Replay(const RecordChange& change) {
  Apply(change);
  Bound();
}

std::vector<RecordChange> Records::Snapshot() const {
  std::vector<RecordChange> changes;
  for (const auto& [number, incident] : incidents_) {
    for (size_t i = 0; i < incident.events.size(); ++i) {
      RecordChange& change = changes.emplace_back();
      if (i == 0) {
        change.id = incident.id;
        change.labels = incident.labels;
        change.fired_at = incident.fired_at;
      }
      change.event = incident.events[i];
      change.incidents = {number};
    }
  }
  return changes;
}

void Records::Adopt(const Alert& alert) const {
  const auto [begin, end] = open_.equal_range(alert.fingerprint);
  for (auto it = begin; it != end; ++it) {
    const auto found = incidents_.find(it->second);
    if (found == incidents_.end() || found->second.labels != alert.labels) continue;
    alert.memo->incident = alert.memo->last_incident = it->second;
  }
}

const Incident* Records::Find(std::string_view id) const {
  const auto found =
      std::find_if(incidents_.begin(), incidents_.end(), [&](const auto& one) { return one.second.id == id; });
  return found == incidents_.end() ? nullptr : &found->second;
}

}  // namespace bekci::notify
