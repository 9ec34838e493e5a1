#include "agent/notify/escalation/incidents.h"

#include <algorithm>

#include "agent/notify/escalation/ulid.h"

namespace bekci::notify::escalation {
namespace {

bool MayChangeOpenness(EventKind kind) {
  return kind == EventKind::kClosed || kind == EventKind::kCancelled || kind == EventKind::kSnapshot;
}

}  // namespace

Incidents::Incidents(std::shared_ptr<const EscalationConfig> config, base::Random& random, CanBeTold can_be_told)
    : config_(std::move(config)), random_(random), can_be_told_(std::move(can_be_told)) {}

Ladder Incidents::MakeLadder() const {
  return Ladder({*config_, can_be_told_, hook_starts_, started_, &metrics_});
}

Moment Incidents::Tick(const Now& now) {
  line_ = std::max(line_, LineOf(now));
  wall_ = now.wall;
  return {line_, now.wall};
}

Incident* Incidents::FindMutable(std::string_view id) {
  const auto found = incidents_.find(id);
  return found == incidents_.end() ? nullptr : &found->second;
}

const Incident* Incidents::Find(std::string_view id) const {
  const auto found = incidents_.find(id);
  return found == incidents_.end() ? nullptr : &found->second;
}

const Incident* Incidents::OfGroup(std::string_view group_key) const {
  const auto found = of_group_.find(group_key);
  return found == of_group_.end() ? nullptr : Find(found->second);
}

std::vector<const Incident*> Incidents::All() const {
  std::vector<const Incident*> all;
  for (const auto& [id, incident] : incidents_) all.push_back(&incident);
  return all;
}

bool Incidents::MutesRepeats(std::string_view group_key) const {
  const Incident* const incident = OfGroup(group_key);
  return incident != nullptr && incident->acked && config_->ack.mutes_repeats;
}

base::Duration Incidents::ClockOf(const Incident& incident, const Now& now) const {
  return incident.clock.Read(std::max(line_, LineOf(now)));
}

Incidents::Judgement Incidents::Judge(const GroupState& group) const {
  Judgement judged;
  judged.rank = config_->assignments.size();
  for (const GroupAlert& alert : group.firing) {
    const auto rank = config_->Assign(alert.labels);
    if (!rank || config_->assignments[*rank].policy.empty()) continue;
    judged.firing = true;
    const bool loud = !alert.suppressed && !group.muted;
    judged.loud = judged.loud || loud;
    judged.immediate = judged.immediate || (loud && config_->assignments[*rank].immediate);
    // A silenced alert does not make the others more important.
    if (loud || !config_->pauses_while_suppressed) judged.rank = std::min(judged.rank, *rank);
  }
  return judged;
}

// Entries may have moved since the incident came under its one: then it is the first of the same policy.
uint32_t Incidents::RankOf(const Incident& incident) const {
  const auto& rows = config_->assignments;
  if (incident.rank < rows.size() && rows[incident.rank].policy == incident.policy) return incident.rank;
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Assignment& row) { return row.policy == incident.policy; });
  return static_cast<uint32_t>(found - rows.begin());
}

void Incidents::Open(const GroupState& group, const Judgement& judged, const Moment& now, Step* step) {
  std::string id = MakeUlid(now.wall, random_);
  while (incidents_.contains(id)) id = MakeUlid(now.wall, random_);
  Incident& incident = incidents_[id];
  Recorder recorder(&incident, now, step);
  recorder.Record({.kind = EventKind::kOpened,
                   .incident = id,
                   .policy = config_->assignments[judged.rank].policy,
                   .rank = static_cast<uint32_t>(judged.rank),
                   .group_key = group.key,
                   .group_labels = group.labels});
  Index(incident);
  AdvanceOne(&incident, now, step);
}

void Incidents::Resolve(Recorder* recorder) {
  const Incident& incident = recorder->incident();
  Event event{.kind = EventKind::kResolved};
  if (const LevelRun* const last = incident.LastEntered()) {
    event.level = last->level;
    event.cycle = last->cycle;
  }
  event.planned = MakeLadder().PlanResolved(incident);
  auto& durations = metrics_.resolve_duration;
  durations.try_emplace(incident.policy, AckHistogram())
      .first->second.Observe(base::ToSeconds(incident.age.Read(recorder->now().line)));
  recorder->Want(recorder->Record(std::move(event)), "resolved");
}

void Incidents::CancelIncident(Event event, Recorder* recorder) {
  event.kind = EventKind::kCancelled;
  recorder->Record(std::move(event));
}

// A group with an incident that is open.
void Incidents::OnOpenIncident(Incident* incident, const Judgement& judged, Recorder* recorder) {
  if (!judged.firing) return Resolve(recorder);
  const bool quiet = !judged.loud && config_->pauses_while_suppressed;
  if (quiet) {
    if (incident->state != State::kPaused) recorder->Record({.kind = EventKind::kPaused});
    return;
  }
  if (incident->state == State::kPaused) recorder->Record({.kind = EventKind::kResumed});
  if (judged.rank >= RankOf(*incident)) return;
  const std::string& policy = config_->assignments[judged.rank].policy;
  if (policy == incident->policy) return;
  recorder->Record({.kind = EventKind::kMoved, .policy = policy, .rank = static_cast<uint32_t>(judged.rank)});
}

// A group with one that was resolved a moment ago, or was cancelled.
void Incidents::OnQuietIncident(Incident* incident, const GroupState& group, const Judgement& judged, const Moment& now,
                                Step* step) {
  Recorder recorder(incident, now, step);
  if (incident->state == State::kResolved) {
    if (!judged.loud) return;
    recorder.Record({.kind = EventKind::kReopened});
    return OnOpenIncident(incident, judged, &recorder);
  }
  // Cancelled: as long as the same fires, it stays so; what is more important is another matter.
  const bool followed = judged.loud && (incident->may_be_followed || judged.rank < RankOf(*incident)) &&
                        (group.at_flush || judged.immediate);
  if (judged.firing && !followed) return;
  recorder.Record({.kind = EventKind::kClosed});
  NoteClosed(incident->id);
  if (followed) Open(group, judged, now, step);
}

Step Incidents::OnGroup(const GroupState& group, const Now& now) {
  const Moment moment = Tick(now);
  Step step;
  const Judgement judged = Judge(group);
  const auto found = of_group_.find(group.key);
  Incident* incident = found == of_group_.end() ? nullptr : FindMutable(found->second);
  if (incident != nullptr && incident->state == State::kResolved) {
    AdvanceOne(incident, moment, &step);
    if (incident->closed) incident = nullptr;
  }
  if (incident == nullptr) {
    if (judged.loud && (group.at_flush || judged.immediate)) Open(group, judged, moment, &step);
    return Finish(std::move(step));
  }
  if (incident->open()) {
    Recorder recorder(incident, moment, &step);
    OnOpenIncident(incident, judged, &recorder);
  } else {
    OnQuietIncident(incident, group, judged, moment, &step);
  }
  AdvanceOne(incident, moment, &step);
  return Finish(std::move(step));
}

void Incidents::AdvanceOne(Incident* incident, const Moment& now, Step* step) {
  const size_t before = step->events.size();
  Recorder recorder(incident, now, step);
  MakeLadder().Advance(&recorder);
  for (size_t i = before; i < step->events.size(); ++i) {
    NoteHooks(step->events[i]);
    if (MayChangeOpenness(step->events[i].kind) && incident->closed) NoteClosed(incident->id);
  }
  Schedule(*incident, now);
}

void Incidents::Schedule(const Incident& incident, const Moment& now) {
  const auto before = due_of_.find(incident.id);
  if (before != due_of_.end()) {
    due_.erase({before->second, incident.id});
    due_of_.erase(before);
  }
  if (incident.closed) return;
  const auto due = MakeLadder().NextDue(incident, now);
  if (!due) return;
  due_.emplace(*due, incident.id);
  due_of_.emplace(incident.id, *due);
}

Step Incidents::Advance(const Now& now) {
  const Moment moment = Tick(now);
  std::vector<std::string> ids;
  for (const auto& [due, id] : due_) {
    if (due > moment.line) break;
    ids.push_back(id);
  }
  Step step;
  for (const std::string& id : ids) {
    if (Incident* const incident = FindMutable(id)) AdvanceOne(incident, moment, &step);
  }
  return Finish(std::move(step));
}

std::optional<base::MonotonicTime> Incidents::NextDue() const {
  if (due_.empty()) return std::nullopt;
  return base::MonotonicTime{(due_.begin()->first - offset_).count()};
}

Step Incidents::OnAnswer(std::string_view key, bool delivered, const Now& now) {
  Step step;
  Incident* const incident = FindMutable(key.substr(0, key.find('/')));
  if (incident == nullptr) return step;
  const auto sends = std::find_if(incident->open_sends.begin(), incident->open_sends.end(),
                                  [&](const OpenSend& send) { return send.planned.key == key; });
  if (sends == incident->open_sends.end()) return step;
  const Moment moment = Tick(now);
  const std::string integration = sends->planned.integration.substr(0, sends->planned.integration.find('/'));
  const std::string result = delivered ? "ok" : "failed";
  ++metrics_.deliveries[{sends->level, integration, result}];
  if (integration == "hook") ++metrics_.hook_runs[{sends->planned.receiver, result}];
  Recorder recorder(incident, moment, &step);
  recorder.Record({.kind = delivered ? EventKind::kSendOk : EventKind::kSendFailed, .key = std::string(key)});
  if (!incident->closed) AdvanceOne(incident, moment, &step);
  return Finish(std::move(step));
}

Step Incidents::Reload(std::shared_ptr<const EscalationConfig> config, const Now& now) {
  config_ = std::move(config);
  const Moment moment = Tick(now);
  Step step;
  for (auto& [id, incident] : incidents_) {
    if (incident.closed) continue;
    Recorder recorder(&incident, moment, &step);
    if (incident.open() && config_->FindPolicy(incident.policy) == nullptr) {
      CancelIncident({.cause = "its policy is gone", .keeps_active = true}, &recorder);
    }
    AdvanceOne(&incident, moment, &step);
  }
  return Finish(std::move(step));
}

void Incidents::NoteHooks(const Event& event) {
  for (const PlannedSend& send : event.planned) {
    if (!send.integration.starts_with("hook/")) continue;
    std::deque<base::Duration>& starts = hook_starts_[send.receiver];
    starts.push_back(event.line);
    while (starts.size() > 1 && event.line - starts.front() > base::hours(1)) starts.pop_front();
  }
}

void Incidents::NoteClosed(const std::string& id) {
  const Incident* const incident = Find(id);
  const auto held = of_group_.find(incident->group_key);
  if (held != of_group_.end() && held->second == id) of_group_.erase(held);
  if (std::find(closed_.begin(), closed_.end(), id) == closed_.end()) closed_.push_back(id);
}

void Incidents::ForgetOldest() {
  while (closed_.size() > kKeptClosed) {
    incidents_.erase(closed_.front());
    closed_.pop_front();
  }
}

Step Incidents::Finish(Step step) {
  for (Send& send : step.sends) {
    if (const Policy* const policy = config_->FindPolicy(send.escalation.policy)) {
      send.escalation.ack_within = policy->ack_within;
    }
  }
  ForgetOldest();
  return step;
}

void Incidents::Index(const Incident& incident) {
  if (incident.closed) {
    NoteClosed(incident.id);
  } else {
    of_group_[incident.group_key] = incident.id;
  }
}

EscalationMetrics Incidents::metrics() const {
  EscalationMetrics metrics = metrics_;
  for (const Policy& policy : config_->policies) {
    for (size_t state = 0; state < kStates; ++state) {
      metrics.incidents[{policy.name, std::string(StateName(static_cast<State>(state)))}] = 0;
    }
    metrics.levels[policy.name] = 0;
  }
  for (const auto& [id, incident] : incidents_) {
    if (incident.closed) continue;
    ++metrics.incidents[{incident.policy, std::string(StateName(incident.state))}];
    const Policy* const policy = config_->FindPolicy(incident.policy);
    if (policy == nullptr || !incident.open()) continue;
    for (size_t i = 0; i < policy->levels.size(); ++i) {
      const LevelRun* const run = incident.FindRun(policy->levels[i].name, incident.cycle);
      if (run == nullptr || !run->entered()) continue;
      metrics.levels[policy->name] = std::max<uint64_t>(metrics.levels[policy->name], i + 1);
    }
  }
  return metrics;
}

}  // namespace bekci::notify::escalation
