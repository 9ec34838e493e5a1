#include "agent/notify/wiring/escalator_adapter.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"

namespace bekci::notify::wiring {
namespace {

using escalation::Event;
using escalation::EventKind;
using escalation::PlannedSend;
using escalation::Step;

constexpr base::Duration kCheckpointEvery = base::hours(1);
void Append(const Step& from, Step* to) {
  to->events.insert(to->events.end(), from.events.begin(), from.events.end());
  to->sends.insert(to->sends.end(), from.sends.begin(), from.sends.end());
  to->cancelled.insert(to->cancelled.end(), from.cancelled.begin(), from.cancelled.end());
}

std::string ByText(const Event& event) {
  std::string text = event.by.empty() ? std::string() : " by " + event.by;
  if (!event.via.empty()) text += " (" + event.via + ")";
  if (!event.comment.empty()) text += ": " + event.comment;
  return text;
}

// What is worth a line in the life of an alert, behind the word "Escalation"; empty: it is not.
std::string NoteText(const Event& event) {
  const std::string level = event.level + (event.title.empty() ? "" : " (" + event.title + ")");
  switch (event.kind) {
    case EventKind::kOpened:
      return "begins under policy " + event.policy + " (" + event.incident + ")";
    case EventKind::kLevelEntered:
      return "level " + level + (event.planned.empty() ? " passed over" : " entered") +
             (event.cause.empty() ? "" : ", " + event.cause) + ByText(event);
    case EventKind::kLevelSkipped:
      return "level " + level + " skipped: it is muted now";
    case EventKind::kLevelDeferred:
      return "level " + level + " put off: it is muted now";
    case EventKind::kAcked:
      return "acknowledged" + ByText(event);
    case EventKind::kUnacked:
      return "acknowledgement taken back" + ByText(event);
    case EventKind::kAckExpired:
      return "the acknowledgement has expired";
    case EventKind::kTargetMissed:
      return "nobody acknowledged in time";
    case EventKind::kPaused:
      return "pauses: all of the group is suppressed";
    case EventKind::kResumed:
      return "goes on";
    case EventKind::kMoved:
      return "moves to policy " + event.policy;
    case EventKind::kExhausted:
      return "all levels were told and nobody answered";
    case EventKind::kReopened:
      return "goes on: it fires again";
    case EventKind::kCancelled:
      return "cancelled" + (event.cause.empty() ? std::string() : ", " + event.cause) + ByText(event);
    default:
      return {};
  }
}

escalation::Request RequestOf(std::string by, std::string via, std::string comment) {
  escalation::Request request;
  request.by = std::move(by);
  request.via = std::move(via);
  request.comment = std::move(comment);
  return request;
}

// Denied: it is closed, or cannot be done as it stands (HTTP: 409).
base::Status StatusOf(const escalation::Reply& reply) {
  switch (reply.answer) {
    case escalation::Answer::kDone:
    case escalation::Answer::kNothingToDo:
      return base::OkStatus();
    case escalation::Answer::kUnknown:
      return base::NotFound(reply.text);
    case escalation::Answer::kClosed:
    case escalation::Answer::kRefused:
      return base::Denied(reply.text);
    case escalation::Answer::kInvalid:
      break;
  }
  return base::Invalid(reply.text);
}

}  // namespace

EscalatorAdapter::EscalatorAdapter(std::shared_ptr<const escalation::EscalationConfig> config, std::string boot_id,
                                   base::Random& random, base::Logger& log)
    : boot_id_(std::move(boot_id)),
      log_(log),
      incidents_(std::move(config), random, [this](const std::string& receiver, base::Timestamp at) {
        return reach_ == nullptr || reach_->CanBeTold(receiver, at);
      }) {}

escalation::Now EscalatorAdapter::NowOf(Instant at) {
  last_ = {at.wall, at.steady};
  return last_;
}

void EscalatorAdapter::Reload(std::shared_ptr<const escalation::EscalationConfig> config,
                              std::shared_ptr<const Reach> reach, MakeAckUrl make_ack_url, Instant now) {
  make_ack_url_ = std::move(make_ack_url);
  reach_ = std::move(reach);
  Append(incidents_.Reload(std::move(config), NowOf(now)), &waiting_);
  has_waiting_ = true;
}

bool EscalatorAdapter::IsImmediate(const model::Labels& labels) const {
  const auto entry = incidents_.config().Assign(labels);
  return entry && incidents_.config().assignments[*entry].immediate;
}

void EscalatorAdapter::OnGroupState(const GroupState& state, StateCause cause, EscalatorOutput* out) {
  const escalation::Now now = NowOf(state.at);
  if (state.gone) {
    const escalation::Incident* incident = incidents_.OfGroup(state.key);
    if (incident == nullptr || !incident->open()) return;
    const std::string id = incident->id;
    Hand(incidents_.Cancel(id, RequestOf("bekci", "reload", "its route is gone"), now).step, state.at, out);
    return;
  }
  escalation::GroupState group;
  group.key = state.key;
  group.labels = state.labels;
  group.at_flush = cause == StateCause::kFlush;
  for (const GroupState::Member& member : state.alerts) {
    if (member.firing) group.firing.push_back({member.alert->labels, member.suppressed});
  }
  Hand(incidents_.OnGroup(group, now), state.at, out);
}

void EscalatorAdapter::OnDelivery(const std::string& key, receivers::Outcome outcome, Instant now,
                                  EscalatorOutput* out) {
  Hand(incidents_.OnAnswer(key, receivers::IsSuccess(outcome), NowOf(now)), now, out);
}

base::Status EscalatorAdapter::Act(const EscalationAction& action, Instant at, GroupReader&, EscalatorOutput* out) {
  escalation::Request request = RequestOf(action.by, action.via, action.comment);
  if (action.lasts_for > base::Duration::zero()) request.ack_for = action.lasts_for;
  request.level = action.level;
  using Method = escalation::Reply (escalation::Incidents::*)(std::string_view, const escalation::Request&,
                                                              const escalation::Now&);
  constexpr std::pair<std::string_view, Method> kActions[] = {{"ack", &escalation::Incidents::Ack},
                                                              {"unack", &escalation::Incidents::Unack},
                                                              {"escalate", &escalation::Incidents::Escalate},
                                                              {"cancel", &escalation::Incidents::Cancel}};
  const auto found = std::find_if(std::begin(kActions), std::end(kActions),
                                  [&](const auto& one) { return one.first == action.action; });
  if (found == std::end(kActions)) {
    return base::Invalid("no action " + base::Quoted(action.action) + ": there are ack, unack, escalate and cancel");
  }
  const escalation::Reply reply = (incidents_.*found->second)(action.id, request, NowOf(at));
  Hand(reply.step, at, out);
  return StatusOf(reply);
}

void EscalatorAdapter::Advance(Instant now, GroupReader&, EscalatorOutput* out) {
  if (std::exchange(has_waiting_, false)) Hand(std::exchange(waiting_, {}), now, out);
  if (checkpoint_at_ <= now.steady) {
    checkpoint_at_ = now.steady + kCheckpointEvery;
    Hand(incidents_.Checkpoint(NowOf(now)), now, out);
  }
  Hand(incidents_.Advance(NowOf(now)), now, out);
}

base::MonotonicTime EscalatorAdapter::NextDue() const {
  if (has_waiting_) return {};
  return std::min(checkpoint_at_, incidents_.NextDue().value_or(base::MonotonicTime::Max()));
}

std::vector<std::string> EscalatorAdapter::Watched() const {
  std::vector<std::string> keys;
  for (const escalation::Incident* incident : incidents_.All()) {
    if (!incident->closed) keys.push_back(incident->group_key);
  }
  return keys;
}

void EscalatorAdapter::Replay(std::string_view event) {
  const base::Status status = incidents_.Replay(event);
  if (!status.ok())
    log_.Error("an event of an escalation cannot be read and is left out", {{"error", status.message()}});
}

void EscalatorAdapter::Restored(Instant now, EscalatorOutput* out) {
  checkpoint_at_ = now.steady + kCheckpointEvery;
  Hand(incidents_.Start(boot_id_, NowOf(now)), now, out);
}

std::vector<std::string> EscalatorAdapter::Snapshot() const {
  std::vector<std::string> events;
  for (const Event& event : incidents_.Snapshot(last_)) events.push_back(escalation::EncodeEvent(event));
  return events;
}

void EscalatorAdapter::Hand(const Step& step, Instant now, EscalatorOutput* out) {
  for (const Event& event : step.events) {
    out->events.push_back(escalation::EncodeEvent(event));
    HandNote(event, out);
  }
  out->cancelled.insert(out->cancelled.end(), step.cancelled.begin(), step.cancelled.end());
  for (const escalation::Send& send : step.sends) HandSend(send, now, out);
}

void EscalatorAdapter::HandSend(const escalation::Send& send, Instant now, EscalatorOutput* out) const {
  for (const PlannedSend& planned : send.planned) {
    WantedSend one;
    one.key = planned.key;
    one.group_key = send.group_key;
    one.receiver = planned.receiver;
    one.integration = planned.integration;
    one.repeat = send.repeat;
    one.resolved = send.resolved;
    one.escalation = send.escalation;
    if (make_ack_url_ && !send.resolved) {
      one.escalation.ack_url = make_ack_url_(send.incident, send.escalation.level, planned.receiver, now.wall);
    }
    out->sends.push_back(std::move(one));
  }
}

void EscalatorAdapter::HandNote(const Event& event, EscalatorOutput* out) const {
  std::string text = NoteText(event);
  const escalation::Incident* incident = incidents_.Find(event.incident);
  if (text.empty() || incident == nullptr) return;
  out->notes.push_back({.group_key = incident->group_key,
                        .at = event.wall,
                        .acknowledged = event.kind == EventKind::kAcked,
                        .text = std::move(text)});
}

}  // namespace bekci::notify::wiring
