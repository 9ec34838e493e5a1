#include "agent/notify/escalation/ladder.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"

namespace bekci::notify::escalation {
namespace {

constexpr base::Duration kHour = base::hours(1);
// A repeat that is later than this says nothing new; the next one is soon.
constexpr base::Duration kLatestRepeat = base::minutes(1);

struct NextLevel {
  size_t index = 0;
  base::Duration due{};
};

base::Duration CycleBegin(const Policy& policy, int cycle) {
  return policy.cycles ? policy.cycles->every * cycle : base::Duration::zero();
}

std::optional<base::Duration> CycleEnd(const Policy& policy, const Incident& incident) {
  if (!policy.cycles) return std::nullopt;
  return CycleBegin(policy, incident.cycle + 1);
}

// The first level that nothing happened to in this cycle, in the order in which they fall due.
std::optional<NextLevel> NextOf(const Policy& policy, const Incident& incident) {
  for (size_t i = 0; i < policy.levels.size(); ++i) {
    if (incident.FindRun(policy.levels[i].name, incident.cycle) != nullptr) continue;
    return NextLevel{i, CycleBegin(policy, incident.cycle) + policy.levels[i].after};
  }
  return std::nullopt;
}

bool IsRepeating(const Policy& policy, const Incident& incident, const LevelRun& run, base::Duration* every) {
  const Level* const level = policy.FindLevel(run.level);
  if (level == nullptr || level->repeat_every <= base::Duration::zero()) return false;
  *every = level->repeat_every;
  return run.entered() && run.cycle == incident.cycle && incident.state == State::kActive && !incident.acked;
}

std::string CycleText(const Incident& incident, int cycle) {
  const std::string text = std::to_string(cycle);
  // After a move the cycles begin at 0 again, but what was said before was said under these names.
  return incident.moves == 0 ? text : text + "." + std::to_string(incident.moves);
}

std::string Numbered(const std::string& word, uint32_t number) {
  return number == 0 ? word : word + "-" + std::to_string(number);
}

}  // namespace

bool Ladder::FellDueWhileAway(const Incident& incident, base::Duration due) const {
  const auto when = incident.clock.WhenAt(due);
  return when && *when <= world_.started;
}

std::string Ladder::WhyNoRun(const HookReceiver& hook, const Plan& plan, base::Duration line) const {
  if (!world_.config.hooks_enabled) return "hooks are off";
  if (!plan.late) return "commands run only when a level is entered";
  if (*plan.late > kOldestHook) return "it is too late for a command";
  const auto& runs = plan.incident.hook_runs;
  const bool ran = std::any_of(runs.begin(), runs.end(), [&](const HookRun& run) { return run.receiver == hook.name; });
  if (ran && hook.once_per == OncePer::kIncident) return "its command has run for this incident";
  const auto starts = world_.hook_starts.find(hook.name);
  if (starts == world_.hook_starts.end()) return {};
  const auto recent = std::count_if(starts->second.begin(), starts->second.end(),
                                    [&](base::Duration start) { return line - start < kHour; });
  return recent < hook.max_per_hour ? std::string() : "its command has run max_per_hour times";
}

std::string Ladder::WhyNot(const std::string& receiver, const Plan& plan, base::Duration line) const {
  const auto parts = world_.config.parts.find(receiver);
  if (parts == world_.config.parts.end()) return "there is no such receiver any more";
  if (parts->second.empty()) return "the receiver has no integrations";
  if (const HookReceiver* const hook = world_.config.FindHook(receiver)) return WhyNoRun(*hook, plan, line);
  if (world_.can_be_told && !world_.can_be_told(receiver, plan.at)) return "nobody is on call";
  return {};
}

std::vector<PlannedSend> Ladder::PlanSends(const std::vector<std::string>& receivers, const Plan& plan,
                                           base::Duration line, std::vector<std::string>* left_out) const {
  std::vector<PlannedSend> sends;
  for (const std::string& receiver : receivers) {
    const std::string why_not = WhyNot(receiver, plan, line);
    if (!why_not.empty()) {
      if (left_out != nullptr) left_out->push_back(receiver + ": " + why_not);
      continue;
    }
    const std::string begin =
        plan.incident.id + "/" + CycleText(plan.incident, plan.cycle) + "/" + plan.level + "/" + receiver + "/";
    for (const std::string& part : world_.config.parts.at(receiver)) {
      sends.push_back({receiver, part, begin + part + "/" + plan.number});
    }
  }
  return sends;
}

std::vector<PlannedSend> Ladder::PlanResolved(const Incident& incident) const {
  std::vector<PlannedSend> sends;
  for (const Told& told : incident.told) {
    if (told.knows_end) continue;
    const Plan plan = {incident, told.level, told.cycle, Numbered("resolved", incident.resolutions), {}, std::nullopt};
    const auto parts = world_.config.parts.find(told.receiver);
    if (parts == world_.config.parts.end()) continue;
    for (const std::string& part : parts->second) {
      sends.push_back({told.receiver, part,
                       incident.id + "/" + CycleText(incident, told.cycle) + "/" + told.level + "/" + told.receiver +
                           "/" + part + "/" + plan.number});
    }
  }
  return sends;
}

std::vector<std::string> Ladder::ReceiversNow(const Level& level, base::Timestamp at) const {
  if (!world_.config.IsMuted(level, at)) return level.receivers;
  return level.outside == Outside::kReceivers ? level.outside_receivers : std::vector<std::string>();
}

void Ladder::Enter(const Policy& policy, const Entry& entry, Recorder* recorder) const {
  const Level& level = policy.levels[entry.index];
  const Moment& now = recorder->now();
  const base::Duration clock = recorder->clock();
  Event event = entry.who;
  event.cycle = entry.cycle;
  event.level = level.name;
  event.title = level.title;
  event.cause = entry.cause;
  // What is a little late keeps its pace; what is very late begins a new one.
  event.clock = entry.cause == "due" || entry.cause == "moved" ? entry.due : clock;
  const bool muted = !entry.ignores_mute && world_.config.IsMuted(level, now.wall);
  if (muted && level.outside != Outside::kReceivers) {
    event.kind = level.outside == Outside::kSkip ? EventKind::kLevelSkipped : EventKind::kLevelDeferred;
    event.cause = "muted";
    recorder->Record(std::move(event));
    return;
  }
  const base::Duration late = std::max(clock - entry.due, base::Duration::zero());
  event.kind = EventKind::kLevelEntered;
  std::vector<std::string> left_out;
  event.planned = PlanSends(muted ? level.outside_receivers : level.receivers,
                            {recorder->incident(), level.name, entry.cycle, "0", now.wall, late}, now.line, &left_out);
  if (!left_out.empty()) {
    if (!event.comment.empty()) event.comment += "; ";
    event.comment += event.planned.empty() ? "nobody can be told: " : "not told: ";
    event.comment += base::Join(left_out, ", ");
  }
  const Event& recorded = recorder->Record(std::move(event));
  recorder->Want(recorded, entry.cause);
  ++world_.metrics->level_entered[{policy.name, level.name, entry.cause}];
  if (entry.cause == "due" || entry.cause == "catch_up" || entry.cause == "moved") {
    world_.metrics->level_lateness.Observe(base::ToSeconds(late));
  }
}

void Ladder::EnterByPerson(size_t index, Event who, Recorder* recorder) const {
  const Policy* const policy = PolicyOf(recorder->incident());
  if (policy == nullptr || index >= policy->levels.size()) return;
  const int cycle = recorder->incident().cycle;
  Enter(*policy, {index, cycle, "by_person", recorder->clock(), true, std::move(who)}, recorder);
}

std::optional<size_t> Ladder::LevelAbove(const Incident& incident) const {
  const Policy* const policy = PolicyOf(incident);
  if (policy == nullptr) return std::nullopt;
  for (size_t i = policy->levels.size(); i-- > 0;) {
    const LevelRun* const run = incident.FindRun(policy->levels[i].name, incident.cycle);
    if (run == nullptr || !run->entered()) continue;
    return i + 1 < policy->levels.size() ? std::optional<size_t>(i + 1) : std::nullopt;
  }
  return 0;
}

bool Ladder::EndAck(Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  const auto end = incident.acked ? incident.ack.WhenAt(incident.ack_for) : std::nullopt;
  if (!end || *end > recorder->now().line) return false;
  recorder->Record({.kind = EventKind::kAckExpired, .late = recorder->now().line - *end});
  return true;
}

bool Ladder::MissTarget(const Policy& policy, Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  if (incident.answered || incident.target_missed || policy.ack_within <= base::Duration::zero()) return false;
  if (!incident.ladder_runs() || recorder->clock() < policy.ack_within) return false;
  recorder->Record({.kind = EventKind::kTargetMissed});
  ++world_.metrics->ack_target_missed[policy.name];
  return true;
}

bool Ladder::EnterDeferred(const Policy& policy, Recorder* recorder) const {
  for (const LevelRun& run : recorder->incident().runs) {
    if (run.kind != LevelRun::Kind::kDeferred) continue;
    const Level* const level = policy.FindLevel(run.level);
    if (level == nullptr || world_.config.IsMuted(*level, recorder->now().wall)) continue;
    const auto index = static_cast<size_t>(level - policy.levels.data());
    Enter(policy, {index, run.cycle, "deferred", recorder->clock(), false, {}}, recorder);
    return true;
  }
  return false;
}

// The level reached last told nobody, or its command failed: the next one does not wait for its time.
bool Ladder::EnterNextAtOnce(const Policy& policy, Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  std::optional<size_t> above;
  for (size_t i = policy.levels.size(); i-- > 0;) {
    const LevelRun* const run = incident.FindRun(policy.levels[i].name, incident.cycle);
    if (run == nullptr) continue;
    if (!above) above = i + 1;
    if (!run->entered()) continue;  // muted; who was told below it?
    if (!run->told_nobody() && !run->hook_failed) return false;
    if (*above >= policy.levels.size()) return false;
    const char* const cause = run->told_nobody() ? (run->planned == 0 ? "empty" : "undeliverable") : "hook_failed";
    Enter(policy, {*above, incident.cycle, cause, recorder->clock(), false, {}}, recorder);
    return true;
  }
  return false;
}

bool Ladder::EnterDue(const Policy& policy, Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  const auto next = NextOf(policy, incident);
  const base::Duration clock = recorder->clock();
  if (!next || next->due > clock) return false;
  const bool late = FellDueWhileAway(incident, next->due) || clock - next->due > kCatchUpAfter;
  const bool moved = incident.moves > 0 && incident.runs.empty();
  Enter(policy, {next->index, incident.cycle, moved ? "moved" : (late ? "catch_up" : "due"), next->due, false, {}},
        recorder);
  return true;
}

void Ladder::Exhaust(const Policy& policy, Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  Event event{.kind = EventKind::kExhausted, .cycle = incident.cycle};
  for (size_t i = policy.levels.size(); i-- > 0 && event.planned.empty();) {
    const Level& level = policy.levels[i];
    for (const LevelRun& run : incident.runs) {
      if (run.entered() && run.level == level.name) event.cycle = run.cycle, event.level = level.name;
    }
    if (event.level != level.name) continue;
    event.title = level.title;
    event.planned = PlanSends(ReceiversNow(level, recorder->now().wall),
                              {incident, level.name, event.cycle, Numbered("exhausted", incident.exhaustions),
                               recorder->now().wall, std::nullopt},
                              recorder->now().line);
  }
  recorder->Want(recorder->Record(std::move(event)), "exhausted");
  ++world_.metrics->exhausted;
}

bool Ladder::EndCycle(const Policy& policy, Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  const auto end = CycleEnd(policy, incident);
  if (!end || *end > recorder->clock()) return false;
  if (incident.cycle >= policy.cycles->max) {
    Exhaust(policy, recorder);
    return true;
  }
  const bool late = FellDueWhileAway(incident, *end) || recorder->clock() - *end > kCatchUpAfter;
  Enter(policy, {0, incident.cycle + 1, late ? "catch_up" : "due", *end, false, {}}, recorder);
  return true;
}

void Ladder::Repeat(const Policy& policy, Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  const base::Duration clock = recorder->clock();
  std::vector<Event> repeats;
  for (const LevelRun& run : incident.runs) {
    base::Duration every{};
    if (!IsRepeating(policy, incident, run, &every) || clock < run.clock) continue;
    const int64_t number = (clock - run.clock) / every;
    const base::Duration due = run.clock + every * number;
    if (number <= run.repeat || clock - due > std::min(kLatestRepeat, every) || FellDueWhileAway(incident, due)) {
      continue;
    }
    Event event{.kind = EventKind::kLevelRepeated, .cycle = run.cycle, .level = run.level, .title = run.title};
    event.repeat = number;
    event.planned =
        PlanSends(ReceiversNow(*policy.FindLevel(run.level), recorder->now().wall),
                  {incident, run.level, run.cycle, std::to_string(number), recorder->now().wall, std::nullopt},
                  recorder->now().line);
    if (!event.planned.empty()) repeats.push_back(std::move(event));
  }
  for (Event& event : repeats) recorder->Want(recorder->Record(std::move(event)), "repeat");
}

// One thing that is due, the earliest first; false: there is none.
bool Ladder::AdvanceOnce(const Policy& policy, Recorder* recorder) const {
  if (EndAck(recorder)) return true;
  if (MissTarget(policy, recorder)) return true;
  const Incident& incident = recorder->incident();
  if (!incident.ladder_runs()) return false;
  if (incident.state == State::kExhausted) return EnterDeferred(policy, recorder);
  return EnterNextAtOnce(policy, recorder) || EnterDue(policy, recorder) || EnterDeferred(policy, recorder) ||
         EndCycle(policy, recorder);
}

void Ladder::Advance(Recorder* recorder) const {
  const Incident& incident = recorder->incident();
  if (incident.state == State::kResolved) {
    const auto end = incident.resolved.WhenAt(world_.config.reopen_within);
    if (end && *end <= recorder->now().line) recorder->Record({.kind = EventKind::kClosed});
    return;
  }
  const Policy* const policy = PolicyOf(incident);
  if (policy == nullptr || incident.state == State::kCancelled) return;
  while (AdvanceOnce(*policy, recorder)) {
  }
  Repeat(*policy, recorder);
}

std::optional<base::Duration> Ladder::NextDue(const Incident& incident, const Moment& now) const {
  std::optional<base::Duration> first;
  const auto take = [&](std::optional<base::Duration> when) {
    if (when && (!first || *when < *first)) first = when;
  };
  if (incident.state == State::kResolved) return incident.resolved.WhenAt(world_.config.reopen_within);
  const Policy* const policy = PolicyOf(incident);
  if (policy == nullptr || !incident.open()) return std::nullopt;
  if (incident.acked) take(incident.ack.WhenAt(incident.ack_for));
  if (!incident.ladder_runs()) return first;
  if (!incident.answered && !incident.target_missed && policy->ack_within > base::Duration::zero()) {
    take(incident.clock.WhenAt(policy->ack_within));
  }
  // Whether a muted time has ended is looked at with every minute: that is how fine times of day are.
  const bool deferred = std::any_of(incident.runs.begin(), incident.runs.end(),
                                    [](const LevelRun& run) { return run.kind == LevelRun::Kind::kDeferred; });
  if (deferred) take(now.line + base::milliseconds(60'000 - ((now.wall.ms % 60'000) + 60'000) % 60'000));
  if (incident.state != State::kActive) return first;
  if (const auto next = NextOf(*policy, incident)) take(incident.clock.WhenAt(next->due));
  if (const auto end = CycleEnd(*policy, incident)) take(incident.clock.WhenAt(*end));
  const base::Duration clock = incident.clock.Read(now.line);
  for (const LevelRun& run : incident.runs) {
    base::Duration every{};
    if (!IsRepeating(*policy, incident, run, &every)) continue;
    const int64_t passed = std::max<int64_t>((clock - run.clock) / every, 0);
    take(incident.clock.WhenAt(run.clock + every * (passed + 1)));
  }
  return first;
}

}  // namespace bekci::notify::escalation
