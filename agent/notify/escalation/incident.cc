#include "agent/notify/escalation/incident.h"

#include <algorithm>
#include <array>

#include "agent/base/duration.h"

namespace bekci::notify::escalation {
namespace {

constexpr std::string_view kHookPrefix = "hook/";
constexpr std::string_view kResolvedReason = "resolved";
constexpr size_t kMaxHookRuns = 1000;
constexpr size_t kMaxOpenSends = 5000;

// Sets every watch going or standing as the state says.
void SettleWatches(base::Duration line, Incident* incident) {
  const auto set = [&](Watch& watch, bool runs) { runs ? watch.Run(line) : watch.Stand(line); };
  const bool moving = incident->ladder_runs() || incident->state == State::kAcked;
  set(incident->clock, incident->ladder_runs());
  set(incident->age, incident->open());
  set(incident->ack, incident->acked && moving);
  set(incident->resolved, incident->state == State::kResolved && !incident->closed);
}

void Enter(State state, base::Duration line, Incident* incident) {
  incident->state = state;
  SettleWatches(line, incident);
}

void DropAck(Incident* incident) {
  incident->acked = false;
  incident->ack = {};
}

bool IsHook(const PlannedSend& send) {
  return send.integration.starts_with(kHookPrefix);
}

// What is still to be said of an incident that is over.
void KeepOnlyResolvedSends(Incident* incident) {
  std::erase_if(incident->open_sends, [](const OpenSend& send) { return send.reason != kResolvedReason; });
}

void RememberTold(const Event& event, Incident* incident) {
  for (const PlannedSend& send : event.planned) {
    if (IsHook(send)) continue;
    auto& told = incident->told;
    const auto found =
        std::find_if(told.begin(), told.end(), [&](const Told& t) { return t.receiver == send.receiver; });
    if (found == told.end()) {
      told.push_back({send.receiver, event.level, event.cycle, false});
    } else {
      found->knows_end = false;
    }
  }
}

void PlanSends(const Event& event, std::string_view reason, Incident* incident) {
  for (const PlannedSend& send : event.planned) {
    if (incident->open_sends.size() >= kMaxOpenSends) incident->open_sends.erase(incident->open_sends.begin());
    incident->open_sends.push_back(
        {send, event.level, event.cycle, event.repeat, std::string(reason), incident->moves});
    if (!IsHook(send)) continue;
    if (incident->hook_runs.size() >= kMaxHookRuns) incident->hook_runs.erase(incident->hook_runs.begin());
    incident->hook_runs.push_back({send.receiver, event.line});
  }
}

LevelRun* FindRun(Incident* incident, std::string_view level, int cycle) {
  return const_cast<LevelRun*>(incident->FindRun(level, cycle));
}

void ApplyLevel(const Event& event, LevelRun::Kind kind, Incident* incident) {
  const LevelRun* const before = incident->FindRun(event.level, event.cycle);
  if (before != nullptr && before->entered()) return;
  std::erase_if(incident->runs, [&](const LevelRun& run) {
    return run.level == event.level && (run.kind == LevelRun::Kind::kDeferred || run.cycle == event.cycle);
  });
  LevelRun& run = incident->runs.emplace_back();
  run.level = event.level;
  run.title = event.title;
  run.cycle = event.cycle;
  run.kind = kind;
  run.at = event.wall;
  run.clock = event.clock;
  run.cause = event.cause;
  run.hooks = static_cast<uint32_t>(std::count_if(event.planned.begin(), event.planned.end(), IsHook));
  run.planned = static_cast<uint32_t>(event.planned.size()) - run.hooks;
  incident->cycle = std::max(incident->cycle, event.cycle);
  if (kind != LevelRun::Kind::kEntered) return;
  RememberTold(event, incident);
  PlanSends(event, event.cause, incident);
}

void ApplyRepeat(const Event& event, Incident* incident) {
  LevelRun* const run = FindRun(incident, event.level, event.cycle);
  if (run == nullptr || event.repeat <= run->repeat) return;
  run->repeat = event.repeat;
  // Repeats before this one that are still under way say nothing that this one does not.
  std::erase_if(incident->open_sends, [&](const OpenSend& send) {
    return send.repeat > 0 && send.repeat < event.repeat && send.level == event.level && send.cycle == event.cycle;
  });
  RememberTold(event, incident);
  PlanSends(event, "repeat", incident);
}

void ApplyAnswer(const Event& event, bool ok, Incident* incident) {
  auto& sends = incident->open_sends;
  const auto found =
      std::find_if(sends.begin(), sends.end(), [&](const OpenSend& send) { return send.planned.key == event.key; });
  if (found == sends.end()) return;
  const OpenSend send = std::move(*found);
  sends.erase(found);
  LevelRun* const run = FindRun(incident, send.level, send.cycle);
  const bool of_entry = send.repeat == 0 && run != nullptr && run->cause == send.reason;
  if (ok || !of_entry || send.moves != incident->moves) return;
  if (IsHook(send.planned)) {
    run->hook_failed = true;
  } else {
    run->failed = std::min(run->failed + 1, run->planned);
  }
}

void ApplyOpened(const Event& event, Incident* incident) {
  incident->id = event.incident;
  incident->group_key = event.group_key;
  incident->group_labels = event.group_labels;
  incident->policy = event.policy;
  incident->rank = event.rank;
  incident->opened_at = event.wall;
  Enter(State::kActive, event.line, incident);
}

void ApplyMoved(const Event& event, Incident* incident) {
  if (!incident->open()) return;
  ++incident->moves;
  incident->policy = event.policy;
  incident->rank = event.rank;
  incident->cycle = 0;
  incident->runs.clear();
  incident->clock = {};
  incident->answered = incident->target_missed = false;
  DropAck(incident);
  Enter(State::kActive, event.line, incident);
}

void ApplyAcked(const Event& event, Incident* incident) {
  if (!incident->open()) return;
  incident->acked = incident->answered = true;
  incident->ack = {};
  incident->ack_for = event.ack_for;
  incident->ack_by = event.by;
  incident->ack_via = event.via;
  incident->ack_comment = event.comment;
  incident->acked_at = event.wall;
  State& state = incident->state == State::kPaused ? incident->state_before : incident->state;
  if (!event.keeps_active) state = State::kAcked;
  SettleWatches(event.line, incident);
}

void ApplyAckEnd(const Event& event, Incident* incident) {
  DropAck(incident);
  State& state = incident->state == State::kPaused ? incident->state_before : incident->state;
  if (state == State::kAcked) state = State::kActive;
  SettleWatches(event.line - event.late, incident);
}

void ApplyResumed(const Event& event, Incident* incident) {
  if (incident->state == State::kPaused) Enter(incident->state_before, event.line, incident);
}

void ApplyPaused(const Event& event, Incident* incident) {
  if (!incident->open() || incident->state == State::kPaused) return;
  incident->state_before = incident->state;
  Enter(State::kPaused, event.line, incident);
}

void ApplyExhausted(const Event& event, Incident* incident) {
  if (incident->state != State::kActive) return;
  ++incident->exhaustions;
  PlanSends(event, "exhausted", incident);
  Enter(State::kExhausted, event.line, incident);
}

void ApplyResolved(const Event& event, Incident* incident) {
  if (!incident->open()) return;
  if (incident->state != State::kPaused) incident->state_before = incident->state;
  if (incident->state_before == State::kAcked) incident->state_before = State::kActive;
  DropAck(incident);
  ++incident->resolutions;
  for (Told& told : incident->told) told.knows_end = true;
  KeepOnlyResolvedSends(incident);
  PlanSends(event, kResolvedReason, incident);
  incident->resolved = {};
  Enter(State::kResolved, event.line, incident);
}

void ApplyReopened(const Event& event, Incident* incident) {
  if (incident->state != State::kResolved || incident->closed) return;
  Enter(incident->state_before, event.line, incident);
}

void ApplyCancelled(const Event& event, Incident* incident) {
  incident->open_sends.clear();
  incident->may_be_followed = event.keeps_active;
  DropAck(incident);
  Enter(State::kCancelled, event.line, incident);
}

// What a person reads beside the event's name.
std::string TimelineText(const Event& event) {
  std::string text;
  const auto add = [&](std::string_view part) {
    if (part.empty()) return;
    if (!text.empty()) text += ", ";
    text += part;
  };
  if (!event.by.empty()) add("by " + event.by);
  if (!event.via.empty()) add("via " + event.via);
  if (event.ack_for > base::Duration::zero()) add("for " + base::DurationText(event.ack_for));
  if (!event.policy.empty()) add("policy " + event.policy);
  if (!event.cause.empty()) add(event.cause);
  if (event.kind == EventKind::kSendFailed || event.kind == EventKind::kSendOk) add(event.key);
  add(event.comment);
  return text;
}

void AddToTimeline(const Event& event, Incident* incident) {
  auto& timeline = incident->timeline;
  if (timeline.size() >= kTimelineLength) timeline.erase(timeline.begin() + kTimelineHead);
  timeline.push_back({event.wall, std::string(EventName(event.kind)), event.level, TimelineText(event)});
}

void Change(const Event& event, Incident* incident) {
  switch (event.kind) {
    case EventKind::kOpened:
      return ApplyOpened(event, incident);
    case EventKind::kLevelEntered:
      return ApplyLevel(event, LevelRun::Kind::kEntered, incident);
    case EventKind::kLevelSkipped:
      return ApplyLevel(event, LevelRun::Kind::kSkipped, incident);
    case EventKind::kLevelDeferred:
      return ApplyLevel(event, LevelRun::Kind::kDeferred, incident);
    case EventKind::kLevelRepeated:
      return ApplyRepeat(event, incident);
    case EventKind::kSendOk:
      return ApplyAnswer(event, true, incident);
    case EventKind::kSendFailed:
      return ApplyAnswer(event, false, incident);
    case EventKind::kAcked:
      return ApplyAcked(event, incident);
    case EventKind::kUnacked:
    case EventKind::kAckExpired:
      return ApplyAckEnd(event, incident);
    case EventKind::kTargetMissed:
      incident->target_missed = true;
      return;
    case EventKind::kPaused:
      return ApplyPaused(event, incident);
    case EventKind::kResumed:
      return ApplyResumed(event, incident);
    case EventKind::kMoved:
      return ApplyMoved(event, incident);
    case EventKind::kExhausted:
      return ApplyExhausted(event, incident);
    case EventKind::kResolved:
      return ApplyResolved(event, incident);
    case EventKind::kReopened:
      return ApplyReopened(event, incident);
    case EventKind::kCancelled:
      return ApplyCancelled(event, incident);
    case EventKind::kClosed:
      incident->closed = true;
      KeepOnlyResolvedSends(incident);
      return SettleWatches(event.line, incident);
    case EventKind::kSnapshot:
      if (event.snapshot != nullptr) *incident = *event.snapshot;
      return;
    case EventKind::kCheckpoint:
      return;
  }
}

}  // namespace

std::string_view StateName(State state) {
  constexpr std::array<std::string_view, kStates> kNames = {"active",    "acked",    "paused",
                                                            "exhausted", "resolved", "cancelled"};
  return kNames[static_cast<size_t>(state)];
}

void Watch::Run(base::Duration line) {
  if (!since) since = line;
}

void Watch::Stand(base::Duration line) {
  before = Read(line);
  since.reset();
}

std::optional<base::Duration> Watch::WhenAt(base::Duration value) const {
  if (!since) return std::nullopt;
  return *since + (value - before);
}

const LevelRun* Incident::FindRun(std::string_view level, int run_cycle) const {
  const auto found = std::find_if(runs.begin(), runs.end(),
                                  [&](const LevelRun& run) { return run.cycle == run_cycle && run.level == level; });
  return found == runs.end() ? nullptr : &*found;
}

const LevelRun* Incident::LastEntered() const {
  const auto last = std::find_if(runs.rbegin(), runs.rend(), [](const LevelRun& run) { return run.entered(); });
  return last == runs.rend() ? nullptr : &*last;
}

void Apply(const Event& event, Incident* incident) {
  const bool quiet = event.kind == EventKind::kSnapshot || event.kind == EventKind::kCheckpoint ||
                     event.kind == EventKind::kSendOk || event.kind == EventKind::kLevelRepeated;
  const bool is_answer = event.kind == EventKind::kSendOk || event.kind == EventKind::kSendFailed;
  if (incident->closed && !is_answer && event.kind != EventKind::kSnapshot) return;
  Change(event, incident);
  if (event.kind != EventKind::kSnapshot) incident->changed_at = event.wall;
  if (!quiet) AddToTimeline(event, incident);
}

}  // namespace bekci::notify::escalation
