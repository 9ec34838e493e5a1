// A group's tick, stage by stage: who is quiet, what is left, who is told.
#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/notify/delivery_id.h"
#include "agent/notify/notifier.h"
#include "agent/notify/notifier_look.h"

namespace bekci::notify {

using message::Reason;

Notifier::Look Notifier::LookAt(const Group& group, Instant at, bool count) {
  Look look;
  look.at = at;
  look.members.reserve(group.alerts.size());
  for (const AlertPtr& alert : group.alerts) look.members.push_back({alert, alert->ResolvedAt(at.wall), false});
  Suppress(group, &look, count);
  return look;
}

// Inhibition and silences are about single alerts, times about the group; in Alertmanager's order, so that each is
// counted under the first that holds.
void Notifier::Suppress(const Group& group, Look* look, bool count) {
  const TimeVerdict time = CheckTime(*setup_.config, *group.route, look->at.wall);
  const std::string muted_by = "time interval " + base::Join(time.intervals, ", ");
  for (Look::Member& member : look->members) {
    const model::Labels& labels = member.alert->labels;
    uint64_t* counter = nullptr;
    std::string by;
    if (const auto sources = inhibitor_->Inhibiting(labels, look->at.wall); !sources.empty()) {
      counter = &metrics_.suppressed_inhibition;
      by = "inhibited by " + message::FingerprintText(sources.front());
    } else if (time.mute != TimeMute::kNone) {
      counter =
          time.mute == TimeMute::kMuted ? &metrics_.suppressed_mute_interval : &metrics_.suppressed_active_interval;
      by = muted_by;
    } else if (silences_.size() > 0) {
      ++metrics_.silence_queries;
      const auto ids = silences_.Matching(labels, look->at.wall, &member.alert->memo->silences);
      if (!ids.empty()) {
        counter = &metrics_.suppressed_silence;
        by = "silence " + base::Join(ids, ", ");
      }
    }
    member.suppressed = counter != nullptr;
    if (!count) continue;
    if (counter != nullptr) ++*counter;
    records_.Suppression(*member.alert, by, look->at.wall);
  }
}

GroupState Notifier::StateOf(const Group& group, const Look& look) const {
  GroupState state;
  state.key = group.key;
  state.labels = group.labels;
  state.receiver = group.route->receiver;
  state.at = look.at;
  state.alerts.reserve(look.members.size());
  for (const Look::Member& member : look.members) {
    state.alerts.push_back({member.alert, !member.resolved, member.suppressed});
  }
  return state;
}

ContentPtr Notifier::MakeContent(const Group& group, const Look& look, bool even_suppressed, bool all_resolved) const {
  auto content = std::make_shared<Content>();
  content->group_labels = group.labels;
  content->route_labels = group.route->labels;
  content->at = look.at;
  for (const Look::Member& member : look.members) {
    if (member.suppressed && !even_suppressed) continue;
    const bool resolved = member.resolved || all_resolved;
    content->alerts.push_back({member.alert, resolved});
    (resolved ? content->resolved : content->firing).push_back(member.alert->fingerprint);
  }
  std::sort(content->firing.begin(), content->firing.end());
  std::sort(content->resolved.begin(), content->resolved.end());
  return content;
}

void Notifier::FlushGroup(Group* group, Instant tick, Instant now) {
  ++metrics_.flushes;
  const Look look = LookAt(*group, tick, true);
  NoteFlush(*group, look, tick);
  std::vector<WantedSend> level_sends;
  if (escalator_ != nullptr) {
    read_at_ = now;
    EscalatorOutput out;
    escalator_->OnGroupState(StateOf(*group, look), StateCause::kFlush, &out);
    CarryOut(std::move(out), now, group, &level_sends);
  }
  Flush flush;
  flush.number = ++last_flush_;
  flush.tick = tick;
  flush.closed = false;
  flush.content = MakeContent(*group, look, false, false);
  for (const Look::Member& member : look.members) {
    if (member.resolved) flush.resolved.push_back(member.alert);
  }
  group->flush = std::move(flush);
  TellIntegrations(group, level_sends, now);
  CloseIfAnswered(group);
}

void Notifier::NoteFlush(const Group& group, const Look& look, Instant at) {
  std::vector<AlertPtr> fresh;
  for (const Look::Member& member : look.members) {
    if (member.alert->memo->grouped) continue;
    member.alert->memo->grouped = true;
    fresh.push_back(member.alert);
  }
  if (!fresh.empty()) records_.Add(EventKind::kGrouped, group.key, at.wall, fresh);
}

void Notifier::TellIntegrations(Group* group, const std::vector<WantedSend>& level_sends, Instant now) {
  const auto receiver = integrations_.find(group->route->receiver);
  if (receiver == integrations_.end()) return;
  for (const ReceiverEntry& entry : receiver->second) {
    // One message where an ordinary one and a level's would go the same way: the level's.
    bool by_level = false;
    for (const WantedSend& send : level_sends) {
      if (send.integration != PlaceOf(entry)) continue;
      SendInFlush(send, group, entry, !by_level, now);
      by_level = true;
    }
    if (!by_level) TellIntegration(group, entry, now);
  }
}

void Notifier::TellIntegration(Group* group, const ReceiverEntry& entry, Instant now) {
  Flush& flush = group->flush;
  const Target target{group->key, {group->route->receiver, entry.kind, entry.index}};
  const RowPtr row = outbox_.Find(target);
  if (row != nullptr && (row->escalation.has_value() || outbox_.MayHaveLeft(row->id))) {
    flush.waiting.insert(target.integration);  // decided when its answer is here
    return;
  }
  std::optional<Reason> reason;
  // A stage that left no alert ends the pipeline: nothing is said, and nothing is entered in the log.
  if (!flush.content->alerts.empty()) {
    ++metrics_.log_queries;
    reason = Decide({.entry = log_.Find(target),
                     .firing = &flush.content->firing,
                     .resolved = &flush.content->resolved,
                     .send_resolved = entry.send_resolved,
                     .repeat_interval = group->route->repeat_interval,
                     .tick = flush.tick,
                     .mutes_repeats = escalator_ != nullptr && escalator_->MutesRepeats(group->key)});
  }
  if (!reason.has_value()) {
    if (row != nullptr) DropRow(row);
    return;
  }
  RowPtr fresh = MakeRow(*group, entry, *reason, now);
  if (!entry.send_resolved && flush.content->firing.empty()) {
    if (row != nullptr) DropRow(row);
    EnterLog(*fresh, {}, flush.tick);
    return;
  }
  if (row != nullptr && SameMessage(*row, *fresh)) {
    flush.waiting.insert(target.integration);
    return;
  }
  if (!AddRow(fresh, row, now)) {
    flush.failed = true;
    return;
  }
  flush.waiting.insert(target.integration);
}

RowPtr Notifier::MakeRow(const Group& group, const ReceiverEntry& entry, Reason reason, Instant now) {
  auto row = std::make_shared<RowText>();
  row->id = ++last_row_;
  row->delivery_id = MakeUlid(random_, now.wall);
  row->target = {group.key, {group.route->receiver, entry.kind, entry.index}};
  row->content = group.flush.content;
  row->only_firing = !entry.send_resolved;
  row->logs = true;
  row->reason = reason;
  row->log_lifetime = std::min<base::Duration>(kLogRetention, 2 * group.route->repeat_interval);
  return row;
}

bool Notifier::AddRow(const RowPtr& row, const RowPtr& replaced, Instant now) {
  outbox_.CountNotification(row->target.integration);
  if (replaced != nullptr) changes_.done_rows.push_back(replaced->id);
  if (!outbox_.Replace(replaced == nullptr ? 0 : replaced->id, row, changes_.sequence, now)) {
    outbox_.CountFailure(row->target.integration, "other");
    return false;
  }
  for (const Content::Member& member : row->content->alerts) PutOnRecord(member.alert);
  changes_.rows.push_back(row);
  return true;
}

void Notifier::DropRow(const RowPtr& row) {
  outbox_.Drop(row->id);
  changes_.done_rows.push_back(row->id);
}

void Notifier::EnterLog(const RowText& row, const receivers::Delivery& delivery, Instant at) {
  LogEntry entry;
  entry.at = at;
  entry.firing = row.content->firing;
  entry.resolved = row.content->resolved;
  entry.expires_at = at.wall + row.log_lifetime;
  const LogEntry* const before = log_.Find(row.target);
  if (!delivery.kept.empty()) {
    entry.kept = delivery.kept;
  } else if (before != nullptr && !delivery.forget_kept) {
    entry.kept = before->kept;
  }
  changes_.log.emplace_back(row.target, entry);
  log_.Put(row.target, std::move(entry));
}

void Notifier::CloseIfAnswered(Group* group) {
  Flush& flush = group->flush;
  if (flush.closed || !flush.waiting.empty()) return;
  flush.closed = true;
  if (!flush.failed) group->Forget(flush.resolved);
  flush.resolved.clear();
  flush.content = nullptr;
  dispatcher_.RemoveIfEmpty(group);
}

}  // namespace bekci::notify
