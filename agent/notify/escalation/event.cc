#include "agent/notify/escalation/event.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/notify/escalation/incident.h"
#include "proto/escalation.pb.h"

namespace bekci::notify::escalation {
namespace {

namespace pb = bekci::escalation;

constexpr uint32_t kLastKind = static_cast<uint32_t>(EventKind::kSnapshot);

// A number that is a count or a place: nothing below 0 and nothing beyond what an int holds.
int ToInt(uint32_t value) {
  return static_cast<int>(std::min<uint32_t>(value, 1'000'000));
}

template <typename Pairs>
void PutLabels(const model::Labels& labels, Pairs* out) {
  for (const auto& [name, value] : labels) {
    auto* const pair = out->Add();
    pair->set_name(std::string(name));
    pair->set_value(std::string(value));
  }
}

template <typename Pairs>
model::Labels GetLabels(const Pairs& pairs) {
  std::vector<model::Labels::Pair> labels;
  for (const auto& pair : pairs) labels.emplace_back(pair.name(), pair.value());
  return model::Labels::FromPairs(std::move(labels));
}

void PutPlanned(const PlannedSend& send, pb::Planned* out) {
  out->set_receiver(send.receiver);
  out->set_integration(send.integration);
  out->set_key(send.key);
}

PlannedSend GetPlanned(const pb::Planned& in) {
  return {in.receiver(), in.integration(), in.key()};
}

void PutWatch(const Watch& watch, pb::Watch* out) {
  out->set_before_ns(watch.before.count());
  if (watch.since) out->set_since_ns(watch.since->count());
}

Watch GetWatch(const pb::Watch& in) {
  Watch watch;
  watch.before = base::Duration(in.before_ns());
  if (in.has_since_ns()) watch.since = base::Duration(in.since_ns());
  return watch;
}

void PutRun(const LevelRun& run, pb::LevelRun* out) {
  out->set_level(run.level);
  out->set_title(run.title);
  out->set_cycle(static_cast<uint32_t>(run.cycle));
  out->set_kind(static_cast<uint32_t>(run.kind));
  out->set_at_ms(run.at.ms);
  out->set_clock_ns(run.clock.count());
  out->set_cause(run.cause);
  out->set_repeat(run.repeat);
  out->set_planned(run.planned);
  out->set_hooks(run.hooks);
  out->set_failed(run.failed);
  out->set_hook_failed(run.hook_failed);
}

LevelRun GetRun(const pb::LevelRun& in) {
  LevelRun run;
  run.level = in.level();
  run.title = in.title();
  run.cycle = ToInt(in.cycle());
  run.kind = static_cast<LevelRun::Kind>(std::min<uint32_t>(in.kind(), 2));
  run.at.ms = in.at_ms();
  run.clock = base::Duration(in.clock_ns());
  run.cause = in.cause();
  run.repeat = in.repeat();
  run.planned = in.planned();
  run.hooks = in.hooks();
  run.failed = in.failed();
  run.hook_failed = in.hook_failed();
  return run;
}

void PutSend(const OpenSend& send, pb::OpenSend* out) {
  PutPlanned(send.planned, out->mutable_planned());
  out->set_level(send.level);
  out->set_cycle(static_cast<uint32_t>(send.cycle));
  out->set_repeat(send.repeat);
  out->set_reason(send.reason);
  out->set_moves(send.moves);
}

OpenSend GetSend(const pb::OpenSend& in) {
  return {GetPlanned(in.planned()), in.level(), ToInt(in.cycle()), in.repeat(), in.reason(), in.moves()};
}

void PutAck(const Incident& incident, pb::Incident* out) {
  out->set_acked(incident.acked);
  out->set_ack_for_ns(incident.ack_for.count());
  out->set_ack_by(incident.ack_by);
  out->set_ack_via(incident.ack_via);
  out->set_ack_comment(incident.ack_comment);
  out->set_acked_at_ms(incident.acked_at.ms);
  out->set_answered(incident.answered);
  out->set_target_missed(incident.target_missed);
}

void GetAck(const pb::Incident& in, Incident* incident) {
  incident->acked = in.acked();
  incident->ack_for = base::Duration(in.ack_for_ns());
  incident->ack_by = in.ack_by();
  incident->ack_via = in.ack_via();
  incident->ack_comment = in.ack_comment();
  incident->acked_at.ms = in.acked_at_ms();
  incident->answered = in.answered();
  incident->target_missed = in.target_missed();
}

void PutLists(const Incident& incident, pb::Incident* out) {
  for (const LevelRun& run : incident.runs) PutRun(run, out->add_runs());
  for (const OpenSend& send : incident.open_sends) PutSend(send, out->add_open_sends());
  for (const Told& told : incident.told) {
    pb::Told* const one = out->add_told();
    one->set_receiver(told.receiver);
    one->set_level(told.level);
    one->set_cycle(static_cast<uint32_t>(told.cycle));
    one->set_knows_end(told.knows_end);
  }
  for (const HookRun& run : incident.hook_runs) {
    pb::HookRun* const one = out->add_hook_runs();
    one->set_receiver(run.receiver);
    one->set_line_ns(run.line.count());
  }
  for (const message::TimelineEntry& entry : incident.timeline) {
    pb::TimelineEntry* const one = out->add_timeline();
    one->set_at_ms(entry.at.ms);
    one->set_event(entry.event);
    one->set_level(entry.level);
    one->set_text(entry.text);
  }
}

void GetLists(const pb::Incident& in, Incident* incident) {
  for (const pb::LevelRun& run : in.runs()) incident->runs.push_back(GetRun(run));
  for (const pb::OpenSend& send : in.open_sends()) incident->open_sends.push_back(GetSend(send));
  for (const pb::Told& told : in.told()) {
    incident->told.push_back({told.receiver(), told.level(), ToInt(told.cycle()), told.knows_end()});
  }
  for (const pb::HookRun& run : in.hook_runs()) {
    incident->hook_runs.push_back({run.receiver(), base::Duration(run.line_ns())});
  }
  for (const pb::TimelineEntry& entry : in.timeline()) {
    incident->timeline.push_back({{entry.at_ms()}, entry.event(), entry.level(), entry.text()});
  }
}

void PutIncident(const Incident& incident, pb::Incident* out) {
  out->set_id(incident.id);
  out->set_group_key(incident.group_key);
  PutLabels(incident.group_labels, out->mutable_group_labels());
  out->set_policy(incident.policy);
  out->set_rank(incident.rank);
  out->set_state(static_cast<uint32_t>(incident.state));
  out->set_state_before(static_cast<uint32_t>(incident.state_before));
  out->set_cycle(static_cast<uint32_t>(incident.cycle));
  out->set_moves(incident.moves);
  out->set_exhaustions(incident.exhaustions);
  out->set_resolutions(incident.resolutions);
  PutWatch(incident.clock, out->mutable_clock());
  PutWatch(incident.age, out->mutable_age());
  PutWatch(incident.ack, out->mutable_ack());
  PutWatch(incident.resolved, out->mutable_resolved());
  out->set_closed(incident.closed);
  out->set_may_be_followed(incident.may_be_followed);
  out->set_opened_at_ms(incident.opened_at.ms);
  out->set_changed_at_ms(incident.changed_at.ms);
  PutAck(incident, out);
  PutLists(incident, out);
}

State ToState(uint32_t value) {
  return static_cast<State>(std::min<uint32_t>(value, kStates - 1));
}

std::shared_ptr<const Incident> GetIncident(const pb::Incident& in) {
  auto incident = std::make_shared<Incident>();
  incident->id = in.id();
  incident->group_key = in.group_key();
  incident->group_labels = GetLabels(in.group_labels());
  incident->policy = in.policy();
  incident->rank = in.rank();
  incident->state = ToState(in.state());
  incident->state_before = ToState(in.state_before());
  incident->cycle = ToInt(in.cycle());
  incident->moves = in.moves();
  incident->exhaustions = in.exhaustions();
  incident->resolutions = in.resolutions();
  incident->clock = GetWatch(in.clock());
  incident->age = GetWatch(in.age());
  incident->ack = GetWatch(in.ack());
  incident->resolved = GetWatch(in.resolved());
  incident->closed = in.closed();
  incident->may_be_followed = in.may_be_followed();
  incident->opened_at.ms = in.opened_at_ms();
  incident->changed_at.ms = in.changed_at_ms();
  GetAck(in, incident.get());
  GetLists(in, incident.get());
  return incident;
}

// Texts of an event: one row, one field.
struct TextRow {
  std::string Event::*member;
  const std::string& (pb::Event::*get)() const;
  void (*set)(pb::Event* event, const std::string& text);
};
#define BEKCI_TEXT_FIELD(member, name)                                                                           \
  {                                                                                                              \
    &Event::member, &pb::Event::name, [](pb::Event* event, const std::string& text) { event->set_##name(text); } \
  }

constexpr TextRow kTexts[] = {
    BEKCI_TEXT_FIELD(incident, incident),
    BEKCI_TEXT_FIELD(policy, policy),
    BEKCI_TEXT_FIELD(group_key, group_key),
    BEKCI_TEXT_FIELD(level, level),
    BEKCI_TEXT_FIELD(title, title),
    BEKCI_TEXT_FIELD(cause, cause),
    BEKCI_TEXT_FIELD(by, by),
    BEKCI_TEXT_FIELD(via, via),
    BEKCI_TEXT_FIELD(comment, comment),
    BEKCI_TEXT_FIELD(key, key),
    BEKCI_TEXT_FIELD(boot_id, boot_id),
};
#undef BEKCI_TEXT_FIELD

}  // namespace

std::string_view EventName(EventKind kind) {
  constexpr std::array<std::string_view, kLastKind + 1> kNames = {
      "",        "checkpoint",  "opened",    "level_entered", "level_repeated", "level_skipped",     "level_deferred",
      "send_ok", "send_failed", "acked",     "unacked",       "ack_expired",    "ack_target_missed", "paused",
      "resumed", "moved",       "exhausted", "resolved",      "reopened",       "cancelled",         "closed",
      "snapshot"};
  return kNames[static_cast<size_t>(kind)];
}

std::string EncodeEvent(const Event& event) {
  pb::Event out;
  out.set_kind(static_cast<uint32_t>(event.kind));
  for (const TextRow& row : kTexts) {
    if (!(event.*row.member).empty()) row.set(&out, event.*row.member);
  }
  out.set_line_ns(event.line.count());
  out.set_wall_ms(event.wall.ms);
  if (event.rank != 0) out.set_rank(event.rank);
  if (event.cycle != 0) out.set_cycle(static_cast<uint32_t>(event.cycle));
  if (event.clock != base::Duration::zero()) out.set_clock_ns(event.clock.count());
  if (event.repeat != 0) out.set_repeat(event.repeat);
  if (event.ack_for != base::Duration::zero()) out.set_for_ns(event.ack_for.count());
  if (event.late != base::Duration::zero()) out.set_late_ns(event.late.count());
  if (event.keeps_active) out.set_keeps_active(true);
  if (event.boot.ns != 0) out.set_boot_ns(event.boot.ns);
  PutLabels(event.group_labels, out.mutable_group_labels());
  for (const PlannedSend& send : event.planned) PutPlanned(send, out.add_planned());
  if (event.snapshot != nullptr) PutIncident(*event.snapshot, out.mutable_snapshot());
  return out.SerializeAsString();
}

base::Result<Event> DecodeEvent(std::string_view data) {
  pb::Event in;
  if (data.size() > INT32_MAX || !in.ParseFromArray(data.data(), static_cast<int>(data.size())) || in.kind() == 0 ||
      in.kind() > kLastKind) {
    return base::Corrupt("a record is no event of an escalation");
  }
  Event event;
  event.kind = static_cast<EventKind>(in.kind());
  for (const TextRow& row : kTexts) event.*row.member = (in.*row.get)();
  event.line = base::Duration(in.line_ns());
  event.wall.ms = in.wall_ms();
  event.rank = in.rank();
  event.cycle = ToInt(in.cycle());
  event.clock = base::Duration(in.clock_ns());
  event.repeat = in.repeat();
  event.ack_for = base::Duration(in.for_ns());
  event.late = base::Duration(in.late_ns());
  event.keeps_active = in.keeps_active();
  event.boot.ns = in.boot_ns();
  event.group_labels = GetLabels(in.group_labels());
  for (const pb::Planned& send : in.planned()) event.planned.push_back(GetPlanned(send));
  if (in.has_snapshot()) event.snapshot = GetIncident(in.snapshot());
  return event;
}

}  // namespace bekci::notify::escalation
