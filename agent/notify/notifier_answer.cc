// What comes back: answers of receivers, and what the escalation asks for.
#include <algorithm>
#include <deque>
#include <utility>

#include "agent/notify/notifier.h"
#include "agent/notify/notifier_look.h"

namespace bekci::notify {

using receivers::Delivery;

namespace {

const std::vector<ReceiverEntry> kNoEntries;

}  // namespace

message::Notification Notifier::Build(const RowText& row) const {
  const LogEntry* const entry = log_.Find(row.target);
  return BuildNotification(row, entry == nullptr ? message::TextMap{} : entry->kept, setup_.external_url);
}

void Notifier::Answer(const Attempt& attempt, const Delivery& delivery, base::Duration took, Instant now) {
  const RowText& row = *attempt.row;
  const Verdict verdict = outbox_.Answer(attempt.row_id, delivery, took, now);
  if (verdict == Verdict::kUnknownRow) return;
  const std::vector<Group*> groups = dispatcher_.FindAllByKey(row.target.group_key);
  if (verdict != Verdict::kRetry) changes_.done_rows.push_back(row.id);
  if (verdict == Verdict::kDone && row.logs) {
    // The tick that is being answered: a message that waited long must not be repeated the moment it is through.
    Instant at = row.content->at;
    for (const Group* group : groups) {
      if (!group->flush.closed && group->flush.waiting.contains(row.target.integration)) at = group->flush.tick;
    }
    EnterLog(row, delivery, at);
  }
  if (verdict != Verdict::kRetry) NoteDelivery(row, delivery, verdict == Verdict::kGivenUp, now);
  for (Group* group : groups) AnswerFlush(group, row, verdict, now);
}

// Goes on with the flush that waits for this answer: with what it decides now, if the answer was to an earlier one.
void Notifier::AnswerFlush(Group* group, const RowText& row, Verdict verdict, Instant now) {
  Flush& flush = group->flush;
  if (flush.closed || !row.logs || flush.waiting.count(row.target.integration) == 0) return;
  const bool of_this_flush = row.content == flush.content;
  if (verdict == Verdict::kRetry && of_this_flush) return;
  flush.waiting.erase(row.target.integration);
  if (verdict == Verdict::kGivenUp && of_this_flush) {
    flush.failed = true;
  } else if (!of_this_flush) {
    for (const ReceiverEntry& entry : EntriesOf(row.target.integration.receiver)) {
      if (entry.kind == row.target.integration.kind && entry.index == row.target.integration.index) {
        TellIntegration(group, entry, now);
      }
    }
  }
  CloseIfAnswered(group);
}

void Notifier::NoteDelivery(const RowText& row, const Delivery& delivery, bool given_up, Instant now) {
  std::string text = row.target.integration.ToString() + ": " + std::string(receivers::OutcomeName(delivery.outcome));
  if (row.escalation.has_value()) text = row.escalation->level + " " + text;
  if (!delivery.detail.empty()) text += ": " + delivery.detail;
  std::vector<AlertPtr> alerts;
  for (const Content::Member& member : row.content->alerts) {
    if (!row.only_firing || !member.resolved) alerts.push_back(member.alert);
  }
  records_.Add(given_up ? EventKind::kSendFailed : EventKind::kSent, std::move(text), now.wall, alerts);
  if (escalator_ == nullptr || !row.escalation.has_value()) return;
  read_at_ = now;
  EscalatorOutput out;
  escalator_->OnDelivery(row.delivery_id, delivery.outcome, now, &out);
  CarryOut(std::move(out), now);
}

// `flushed` gets, instead of the outbox, what goes to the receiver of the group that is being flushed.
void Notifier::CarryOut(EscalatorOutput first, Instant now, Group* group, std::vector<WantedSend>* flushed) {
  std::deque<EscalatorOutput> outputs;
  outputs.push_back(std::move(first));
  while (!outputs.empty()) {
    EscalatorOutput out = std::move(outputs.front());
    outputs.pop_front();
    watch_dirty_ = watch_dirty_ || !out.events.empty();
    for (std::string& event : out.events) changes_.escalation.push_back(std::move(event));
    for (const std::string& key : out.cancelled) {
      if (const RowPtr row = outbox_.FindDelivery(key); row != nullptr && !outbox_.InFlight(row->id)) DropRow(row);
    }
    for (const WantedSend& send : out.sends) {
      const bool of_flush = flushed != nullptr && !send.resolved && send.group_key == group->key &&
                            send.receiver == group->route->receiver && FindEntry(send) != nullptr;
      if (of_flush) {
        flushed->push_back(send);
      } else if (!Send(send, now)) {
        escalator_->OnDelivery(send.key, receivers::Outcome::kPermanent, now, &outputs.emplace_back());
      }
    }
    for (const EscalationNote& note : out.notes) {
      records_.Add(note.acknowledged ? EventKind::kAcknowledged : EventKind::kEscalated, note.text, note.at,
                   AlertsOf(note.group_key));
    }
  }
}

std::vector<AlertPtr> Notifier::AlertsOf(const std::string& group_key) {
  if (const Group* group = dispatcher_.FindByKey(group_key); group != nullptr) {
    return {group->alerts.begin(), group->alerts.end()};
  }
  std::vector<AlertPtr> alerts;
  const auto seen = last_seen_.find(group_key);
  if (seen == last_seen_.end()) return alerts;
  for (const Content::Member& member : seen->second->alerts) alerts.push_back(member.alert);
  return alerts;
}

// What a level's message is about: what is not suppressed, or, when it tells of the end, everything.
ContentPtr Notifier::ContentFor(const WantedSend& send, Instant now) {
  if (const Group* group = dispatcher_.FindByKey(send.group_key); group != nullptr) {
    const Look look = LookAt(*group, now, false);
    ContentPtr content = MakeContent(*group, look, send.resolved, send.resolved);
    return content->alerts.empty() ? MakeContent(*group, look, true, send.resolved) : content;
  }
  const auto seen = last_seen_.find(send.group_key);
  if (seen == last_seen_.end()) return nullptr;
  auto content = std::make_shared<Content>(*seen->second);
  content->at = now;
  for (Content::Member& member : content->alerts) member.resolved = member.resolved || send.resolved;
  return content;
}

const std::vector<ReceiverEntry>& Notifier::EntriesOf(const std::string& receiver) const {
  const auto found = integrations_.find(receiver);
  return found == integrations_.end() ? kNoEntries : found->second;
}

const ReceiverEntry* Notifier::FindEntry(const WantedSend& send) const {
  for (const ReceiverEntry& entry : EntriesOf(send.receiver)) {
    if (send.integration == PlaceOf(entry)) return &entry;
  }
  return nullptr;
}

std::shared_ptr<RowText> Notifier::MakeLevelRow(const WantedSend& send, const ReceiverEntry& entry,
                                                ContentPtr content) {
  auto row = std::make_shared<RowText>();
  row->id = ++last_row_;
  row->target = {send.group_key, {send.receiver, entry.kind, entry.index}};
  row->delivery_id = send.key;
  row->content = std::move(content);
  row->only_firing = !entry.send_resolved;
  row->reason = send.resolved     ? message::Reason::kAllResolved
                : send.repeat > 0 ? message::Reason::kRepeat
                                  : message::Reason::kFirst;
  row->escalation = send.escalation;
  return row;
}

// False: there is no such integration, or nothing to tell, for ever.
bool Notifier::Send(const WantedSend& send, Instant now) {
  if (outbox_.FindDelivery(send.key) != nullptr) return true;  // it is on its way already
  const ReceiverEntry* const entry = FindEntry(send);
  const ContentPtr content = entry == nullptr ? nullptr : ContentFor(send, now);
  if (content == nullptr || content->alerts.empty()) return false;
  return AddRow(MakeLevelRow(send, *entry, content), nullptr, now);
}

// A level's message that stands for the ordinary one of the group that is being flushed, if it is the first (`logs`).
void Notifier::SendInFlush(const WantedSend& send, Group* group, const ReceiverEntry& entry, bool logs, Instant now) {
  const std::shared_ptr<RowText> row = MakeLevelRow(send, entry, group->flush.content);
  RowPtr ordinary = outbox_.Find(row->target);
  // One that may have left is entered in the log itself; the flush waits for it as it would without a level.
  const bool taken = ordinary != nullptr && (ordinary->escalation.has_value() || outbox_.MayHaveLeft(ordinary->id));
  row->logs = logs && !taken;
  row->log_lifetime = std::min<base::Duration>(kLogRetention, 2 * group->route->repeat_interval);
  if (!AddRow(row, row->logs ? ordinary : nullptr, now)) {
    group->flush.failed = true;
  } else if (logs) {
    group->flush.waiting.insert(row->target.integration);
  }
}

const GroupState* Notifier::Read(const std::string& group_key) {
  if (const Group* group = dispatcher_.FindByKey(group_key); group != nullptr) {
    read_state_ = StateOf(*group, LookAt(*group, read_at_, false));
    return &read_state_;
  }
  read_state_ = {};
  read_state_.key = group_key;
  read_state_.at = read_at_;
  const auto seen = last_seen_.find(group_key);
  if (seen == last_seen_.end()) return &read_state_;
  read_state_.labels = seen->second->group_labels;
  for (const Content::Member& member : seen->second->alerts) {
    const AlertPtr now = store_.Find(member.alert->labels);
    if (now != nullptr && !now->ResolvedAt(read_at_.wall)) read_state_.gone = true;
    read_state_.alerts.push_back({member.alert, false, false});
  }
  return &read_state_;
}

}  // namespace bekci::notify
