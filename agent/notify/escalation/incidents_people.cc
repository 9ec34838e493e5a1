// Incidents, the part that people reach: acknowledge, take that back, escalate, cancel.
#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/escalation/incidents.h"

namespace bekci::notify::escalation {
namespace {

constexpr base::Duration kLongestAck = base::hours(24 * 30);
constexpr size_t kLongestText = 1000;

// Texts of strangers go on disk and into messages: cut to a length, at a character's begin.
std::string Cut(const std::string& text) {
  if (text.size() <= kLongestText) return text;
  size_t length = kLongestText;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

Event EventOf(EventKind kind, const Request& request) {
  return {.kind = kind, .by = Cut(request.by), .via = Cut(request.via), .comment = Cut(request.comment)};
}

std::string NoSuchLevel(const Policy& policy, const std::string& name) {
  std::vector<std::string> names;
  for (const Level& level : policy.levels) names.push_back(level.name);
  return "policy " + policy.name + " has no level " + base::Quoted(Cut(name)) + "; there are " +
         base::Join(names, ", ");
}

Reply Refuse(Answer answer, std::string text) {
  return {answer, std::move(text), {}};
}

}  // namespace

Incident* Incidents::ForPerson(std::string_view id, Reply* reply) {
  Incident* const incident = FindMutable(id);
  if (incident == nullptr) {
    *reply = Refuse(Answer::kUnknown, "there is no incident " + std::string(id.substr(0, 40)));
    return nullptr;
  }
  if (!incident->open()) {
    *reply = Refuse(Answer::kClosed, "incident " + incident->id + " is " + std::string(StateName(incident->state)));
    return nullptr;
  }
  return incident;
}

Reply Incidents::Ack(std::string_view id, const Request& request, const Now& now) {
  Reply reply;
  Incident* const incident = ForPerson(id, &reply);
  if (incident == nullptr) return reply;
  const base::Duration ack_for = request.ack_for.value_or(config_->ack.timeout);
  if (ack_for < base::seconds(1) || ack_for > kLongestAck) {
    return Refuse(Answer::kInvalid, "an acknowledgement holds between 1s and 30d");
  }
  const bool same = incident->acked && incident->ack_by == Cut(request.by) && !request.ack_for &&
                    incident->ack_comment == Cut(request.comment);
  if (same) return Refuse(Answer::kNothingToDo, "acknowledged by " + incident->ack_by + " already");
  const Moment moment = Tick(now);
  const bool first = !incident->answered;
  const base::Duration clock = incident->clock.Read(moment.line);
  Event event = EventOf(EventKind::kAcked, request);
  event.ack_for = ack_for;
  const Policy* const policy = config_->FindPolicy(incident->policy);
  event.keeps_active = policy != nullptr && policy->until == Until::kResolved;
  Recorder(incident, moment, &reply.step).Record(std::move(event));
  ++metrics_.acks[request.via];
  if (first) {
    metrics_.ack_duration.try_emplace(incident->policy, AckHistogram()).first->second.Observe(base::ToSeconds(clock));
  }
  AdvanceOne(incident, moment, &reply.step);
  reply.step = Finish(std::move(reply.step));
  return reply;
}

Reply Incidents::Unack(std::string_view id, const Request& request, const Now& now) {
  Reply reply;
  Incident* const incident = ForPerson(id, &reply);
  if (incident == nullptr) return reply;
  if (!incident->acked) return Refuse(Answer::kNothingToDo, "nobody has acknowledged it");
  const Moment moment = Tick(now);
  Recorder(incident, moment, &reply.step).Record(EventOf(EventKind::kUnacked, request));
  AdvanceOne(incident, moment, &reply.step);
  reply.step = Finish(std::move(reply.step));
  return reply;
}

Reply Incidents::Escalate(std::string_view id, const Request& request, const Now& now) {
  Reply reply;
  Incident* const incident = ForPerson(id, &reply);
  if (incident == nullptr) return reply;
  if (incident->state == State::kAcked) {
    return Refuse(Answer::kRefused, "it is acknowledged by " + incident->ack_by + "; take that back first");
  }
  if (incident->state == State::kPaused) return Refuse(Answer::kRefused, "it is paused: all its alerts are suppressed");
  const Policy* const policy = config_->FindPolicy(incident->policy);
  if (policy == nullptr) return Refuse(Answer::kRefused, "its policy is gone");
  const Ladder ladder = MakeLadder();
  std::optional<size_t> index = ladder.LevelAbove(*incident);
  if (!request.level.empty()) {
    const Level* const level = policy->FindLevel(request.level);
    if (level == nullptr) return Refuse(Answer::kInvalid, NoSuchLevel(*policy, request.level));
    const LevelRun* const run = incident->FindRun(level->name, incident->cycle);
    if (run != nullptr && run->entered()) return Refuse(Answer::kNothingToDo, level->name + " was told already");
    index = static_cast<size_t>(level - policy->levels.data());
  }
  if (!index) return Refuse(Answer::kRefused, "the highest level was told already");
  const Moment moment = Tick(now);
  Recorder recorder(incident, moment, &reply.step);
  ladder.EnterByPerson(*index, EventOf(EventKind::kLevelEntered, request), &recorder);
  for (const Event& event : reply.step.events) NoteHooks(event);
  AdvanceOne(incident, moment, &reply.step);
  reply.step = Finish(std::move(reply.step));
  return reply;
}

Reply Incidents::Cancel(std::string_view id, const Request& request, const Now& now) {
  Reply reply;
  const Incident* const known = Find(id);
  if (known != nullptr && known->state == State::kCancelled) {
    return Refuse(Answer::kNothingToDo, "it is cancelled already");
  }
  Incident* const incident = ForPerson(id, &reply);
  if (incident == nullptr) return reply;
  const Moment moment = Tick(now);
  Recorder recorder(incident, moment, &reply.step);
  CancelIncident(EventOf(EventKind::kCancelled, request), &recorder);
  AdvanceOne(incident, moment, &reply.step);
  reply.step = Finish(std::move(reply.step));
  return reply;
}

}  // namespace bekci::notify::escalation
