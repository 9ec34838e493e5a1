#include "agent/notify/state.h"

#include <algorithm>

#include "proto/notify.pb.h"

namespace bekci::notify {
namespace {

namespace pb = notify_state;

constexpr size_t kBatchBytes = 1 << 20;  // a batch that has so much is closed; the journal takes records of 16 MiB

using Pairs = google::protobuf::RepeatedPtrField<pb::Pair>;

void PutPairs(const auto& pairs, Pairs* out) {
  for (const auto& [name, value] : pairs) {
    pb::Pair* const pair = out->Add();
    pair->set_name(std::string(name));
    pair->set_value(std::string(value));
  }
}

model::Labels GetLabels(const Pairs& in) {
  std::vector<model::Labels::Pair> pairs;
  for (const pb::Pair& pair : in) pairs.emplace_back(pair.name(), pair.value());
  return model::Labels::FromPairs(std::move(pairs));
}

message::TextMap GetMap(const Pairs& in) {
  message::TextMap map;
  for (const pb::Pair& pair : in) map[pair.name()] = pair.value();
  return map;
}

void PutAlert(const Alert& alert, base::Timestamp at, pb::Alert* out) {
  out->set_version(alert.version);
  PutPairs(alert.labels, out->mutable_labels());
  PutPairs(alert.annotations, out->mutable_annotations());
  out->set_starts_at_ms(alert.starts_at.ms);
  out->set_ends_at_ms(alert.ends_at.ms);
  out->set_updated_at_ms(alert.updated_at.ms);
  if (alert.timeout) out->set_timeout(true);
  out->set_generator_url(alert.generator_url);
  if (alert.ResolvedAt(at)) out->set_resolved(true);
}

AlertPtr GetAlert(const pb::Alert& in) {
  auto alert = std::make_shared<Alert>();
  alert->version = in.version();
  alert->labels = GetLabels(in.labels());
  alert->fingerprint = message::Fingerprint(alert->labels);
  alert->annotations = GetMap(in.annotations());
  alert->starts_at.ms = in.starts_at_ms();
  alert->ends_at.ms = in.ends_at_ms();
  alert->updated_at.ms = in.updated_at_ms();
  alert->timeout = in.timeout();
  alert->generator_url = in.generator_url();
  // An alert that ends after it was last heard of still fires; one that was seen to end does not.
  if (in.resolved()) alert->updated_at = std::max(alert->updated_at, alert->ends_at);
  alert->memo = std::make_shared<AlertMemo>();
  alert->on_record = true;
  return alert;
}

void PutSilence(const Silence& silence, pb::Silence* out) {
  out->set_id(silence.id);
  for (const model::Matcher& matcher : silence.matchers) {
    pb::Matcher* const one = out->add_matchers();
    one->set_type(static_cast<uint32_t>(matcher.type()));
    one->set_name(matcher.name());
    one->set_value(matcher.value());
  }
  out->set_starts_at_ms(silence.starts_at.ms);
  out->set_ends_at_ms(silence.ends_at.ms);
  out->set_updated_at_ms(silence.updated_at.ms);
  out->set_created_by(silence.created_by);
  out->set_comment(silence.comment);
  PutPairs(silence.annotations, out->mutable_annotations());
}

// Null: its matchers cannot be read, and without one of them it would silence more than was meant.
SilencePtr GetSilence(const pb::Silence& in) {
  auto silence = std::make_shared<Silence>();
  silence->id = in.id();
  for (const pb::Matcher& one : in.matchers()) {
    if (one.type() > 3) return nullptr;
    auto matcher = model::Matcher::Make(static_cast<model::MatchType>(one.type()), one.name(), one.value());
    if (!matcher.ok()) return nullptr;
    silence->matchers.push_back(*std::move(matcher));
  }
  if (silence->matchers.empty() || silence->id.empty()) return nullptr;
  silence->starts_at.ms = in.starts_at_ms();
  silence->ends_at.ms = in.ends_at_ms();
  silence->updated_at.ms = in.updated_at_ms();
  silence->created_by = in.created_by();
  silence->comment = in.comment();
  silence->annotations = GetMap(in.annotations());
  return silence;
}

void PutTarget(const Target& target, pb::Target* out) {
  out->set_group_key(target.group_key);
  out->set_receiver(target.integration.receiver);
  out->set_kind(target.integration.kind);
  out->set_index(static_cast<uint32_t>(target.integration.index));
}

Target GetTarget(const pb::Target& in) {
  return {in.group_key(), {in.receiver(), in.kind(), in.index()}};
}

void PutLogEntry(const Target& target, const LogEntry& entry, pb::LogEntry* out) {
  PutTarget(target, out->mutable_target());
  out->set_at_ms(entry.at.wall.ms);
  out->mutable_firing()->Add(entry.firing.begin(), entry.firing.end());
  out->mutable_resolved()->Add(entry.resolved.begin(), entry.resolved.end());
  PutPairs(entry.kept, out->mutable_kept());
  out->set_expires_at_ms(entry.expires_at.ms);
}

LogEntry GetLogEntry(const pb::LogEntry& in) {
  LogEntry entry;
  entry.at.wall.ms = in.at_ms();
  entry.firing.assign(in.firing().begin(), in.firing().end());
  entry.resolved.assign(in.resolved().begin(), in.resolved().end());
  entry.kept = GetMap(in.kept());
  entry.expires_at.ms = in.expires_at_ms();
  return entry;
}

void PutEscalation(const message::Escalation& in, pb::Escalation* out) {
  out->set_id(in.id);
  out->set_policy(in.policy);
  out->set_level(in.level);
  out->set_level_title(in.level_title);
  out->set_cycle(in.cycle);
  out->set_state(in.state);
  out->set_reason(in.reason);
  out->set_started_at_ms(in.started_at.ms);
  out->set_entered_at_ms(in.entered_at.ms);
  out->set_ack_within_ms(base::ToMillis(in.ack_within));
  out->set_ack_url(in.ack_url);
  for (const message::TimelineEntry& entry : in.timeline) {
    pb::TimelineEntry* const one = out->add_timeline();
    one->set_at_ms(entry.at.ms);
    one->set_event(entry.event);
    one->set_level(entry.level);
    one->set_text(entry.text);
  }
}

message::Escalation GetEscalation(const pb::Escalation& in) {
  message::Escalation escalation;
  escalation.id = in.id();
  escalation.policy = in.policy();
  escalation.level = in.level();
  escalation.level_title = in.level_title();
  escalation.cycle = in.cycle();
  escalation.state = in.state();
  escalation.reason = in.reason();
  escalation.started_at.ms = in.started_at_ms();
  escalation.entered_at.ms = in.entered_at_ms();
  escalation.ack_within = base::milliseconds(in.ack_within_ms());
  escalation.ack_url = in.ack_url();
  for (const pb::TimelineEntry& one : in.timeline()) {
    escalation.timeline.push_back({{one.at_ms()}, one.event(), one.level(), one.text()});
  }
  return escalation;
}

void PutRow(const RowText& row, pb::Row* out) {
  out->set_id(row.id);
  out->set_delivery_id(row.delivery_id);
  PutTarget(row.target, out->mutable_target());
  const Content& content = *row.content;
  PutPairs(content.group_labels, out->mutable_group_labels());
  PutPairs(content.route_labels, out->mutable_route_labels());
  for (const Content::Member& member : content.alerts) {
    out->add_alerts(member.alert->version);
    out->add_resolved(member.resolved);
  }
  out->mutable_firing_hashes()->Add(content.firing.begin(), content.firing.end());
  out->mutable_resolved_hashes()->Add(content.resolved.begin(), content.resolved.end());
  out->set_at_ms(content.at.wall.ms);
  out->set_only_firing(row.only_firing);
  out->set_logs(row.logs);
  out->set_reason(static_cast<uint32_t>(row.reason));
  out->set_log_lifetime_ms(base::ToMillis(row.log_lifetime));
  if (row.escalation.has_value()) PutEscalation(*row.escalation, out->mutable_escalation());
}

// Null: none of its alerts is known.
RowPtr GetRow(const pb::Row& in, const std::map<uint64_t, AlertPtr>& by_version) {
  auto content = std::make_shared<Content>();
  content->group_labels = GetLabels(in.group_labels());
  content->route_labels = GetLabels(in.route_labels());
  for (int i = 0; i < in.alerts_size(); ++i) {
    const auto alert = by_version.find(in.alerts(i));
    if (alert == by_version.end()) continue;
    content->alerts.push_back({alert->second, i < in.resolved_size() && in.resolved(i)});
  }
  if (content->alerts.empty()) return nullptr;
  content->firing.assign(in.firing_hashes().begin(), in.firing_hashes().end());
  content->resolved.assign(in.resolved_hashes().begin(), in.resolved_hashes().end());
  content->at.wall.ms = in.at_ms();
  auto row = std::make_shared<RowText>();
  row->id = in.id();
  row->delivery_id = in.delivery_id();
  row->target = GetTarget(in.target());
  row->content = std::move(content);
  row->only_firing = in.only_firing();
  row->logs = in.logs();
  row->reason = static_cast<message::Reason>(std::min<uint32_t>(in.reason(), 5));
  row->log_lifetime = base::milliseconds(in.log_lifetime_ms());
  if (in.has_escalation()) row->escalation = GetEscalation(in.escalation());
  return row;
}

// Fills batches and closes each when it is large enough.
class BatchWriter {
 public:
  explicit BatchWriter(const Changes& changes) : changes_(changes) { batch_.set_covers(changes.covers); }

  pb::Batch& batch() { return batch_; }
  // After something of so many bytes (as an estimate) was added.
  void Added(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ >= kBatchBytes) Close();
  }
  std::vector<std::string> Take() {
    if (bytes_ > 0 || records_.empty()) Close();
    return std::move(records_);
  }

 private:
  void Close() {
    batch_.set_sequence(changes_.sequence);
    batch_.set_at_ms(changes_.at.ms);
    records_.push_back(batch_.SerializeAsString());
    batch_.Clear();
    bytes_ = 0;
  }

  const Changes& changes_;
  pb::Batch batch_;
  size_t bytes_ = 0;
  std::vector<std::string> records_;
};

}  // namespace

std::vector<std::string> EncodeChanges(const Changes& changes) {
  BatchWriter writer(changes);
  const auto add = [&](const auto& items, const auto& put) {
    for (const auto& item : items) writer.Added(put(item));
  };
  const auto put_message = [](const google::protobuf::MessageLite& message) { return message.ByteSizeLong() + 1; };
  add(changes.forgotten_alerts, [&](const model::Labels& labels) {
    PutPairs(labels, writer.batch().add_forgotten_alerts()->mutable_pairs());
    return labels.data().size() + 1;
  });
  add(changes.alerts, [&](const AlertPtr& alert) {
    pb::Alert* const out = writer.batch().add_alerts();
    PutAlert(*alert, changes.at, out);
    return put_message(*out);
  });
  add(changes.forgotten_silences, [&](const std::string& id) {
    writer.batch().add_forgotten_silences(id);
    return id.size() + 1;
  });
  add(changes.silences, [&](const SilencePtr& silence) {
    pb::Silence* const out = writer.batch().add_silences();
    PutSilence(*silence, out);
    return put_message(*out);
  });
  add(changes.forgotten_log, [&](const Target& target) {
    pb::Target* const out = writer.batch().add_forgotten_log();
    PutTarget(target, out);
    return put_message(*out);
  });
  add(changes.log, [&](const std::pair<Target, LogEntry>& one) {
    pb::LogEntry* const out = writer.batch().add_log();
    PutLogEntry(one.first, one.second, out);
    return put_message(*out);
  });
  // Rows before the events that say they were planned: cut between two batches, a message may go out twice, but never
  // not at all.
  add(changes.rows, [&](const RowPtr& row) {
    pb::Row* const out = writer.batch().add_rows();
    PutRow(*row, out);
    return put_message(*out);
  });
  for (const uint64_t id : changes.done_rows) writer.batch().add_done_rows(id);
  writer.Added(changes.done_rows.size());
  add(changes.escalation, [&](const std::string& event) {
    writer.batch().add_escalation(event);
    return event.size() + 1;
  });
  add(changes.used, [&](const UsedName& used) {
    pb::Used* const out = writer.batch().add_used();
    out->set_hash(used.hash);
    out->set_expires_at_ms(used.expires.ms);
    return put_message(*out);
  });
  add(changes.positions, [&](const std::pair<std::string, int64_t>& position) {
    pb::Position* const out = writer.batch().add_positions();
    out->set_name(position.first);
    out->set_value(position.second);
    return put_message(*out);
  });
  return writer.Take();
}

std::vector<std::string> EncodeRecords(const Changes& changes) {
  std::vector<std::string> records;
  pb::RecordBatch batch;
  batch.set_covers(changes.covers);
  size_t bytes = 0;
  const auto close = [&] {
    batch.set_sequence(changes.sequence);
    records.push_back(batch.SerializeAsString());
    batch.Clear();
    bytes = 0;
  };
  for (const RecordChange& change : changes.records) {
    pb::RecordChange* const out = batch.add_changes();
    out->set_id(change.id);
    PutPairs(change.labels, out->mutable_labels());
    out->set_fired_at_ms(change.fired_at.ms);
    out->set_at_ms(change.event.at.ms);
    out->set_kind(static_cast<uint32_t>(change.event.kind));
    out->set_text(*change.event.text);
    out->mutable_incidents()->Add(change.incidents.begin(), change.incidents.end());
    bytes += out->ByteSizeLong() + 1;
    if (bytes >= kBatchBytes) close();
  }
  if (bytes > 0 || records.empty()) close();
  return records;
}

Changes ChangesReader::Read(std::string_view record) {
  Changes changes;
  pb::Batch batch;
  if (!batch.ParseFromArray(record.data(), static_cast<int>(record.size()))) return changes;
  changes.sequence = batch.sequence();
  changes.at.ms = batch.at_ms();
  changes.covers = batch.covers();
  covered_ = std::max(covered_, batch.covers());
  for (const pb::Alert& in : batch.alerts()) {
    AlertPtr alert = GetAlert(in);
    by_version_[alert->version] = alert;
    changes.alerts.push_back(std::move(alert));
  }
  // What the snapshot before it already holds; its alerts may be needed all the same.
  if (batch.sequence() != 0 && batch.sequence() <= covered_) {
    changes.alerts.clear();
    return changes;
  }
  for (const pb::Labels& labels : batch.forgotten_alerts())
    changes.forgotten_alerts.push_back(GetLabels(labels.pairs()));
  for (const std::string& id : batch.forgotten_silences()) changes.forgotten_silences.push_back(id);
  for (const pb::Silence& in : batch.silences()) {
    if (SilencePtr silence = GetSilence(in); silence != nullptr) changes.silences.push_back(std::move(silence));
  }
  for (const pb::Target& target : batch.forgotten_log()) changes.forgotten_log.push_back(GetTarget(target));
  for (const pb::LogEntry& entry : batch.log()) {
    changes.log.emplace_back(GetTarget(entry.target()), GetLogEntry(entry));
  }
  for (const pb::Row& in : batch.rows()) {
    if (RowPtr row = GetRow(in, by_version_); row != nullptr) changes.rows.push_back(std::move(row));
  }
  changes.done_rows.assign(batch.done_rows().begin(), batch.done_rows().end());
  changes.escalation.assign(batch.escalation().begin(), batch.escalation().end());
  for (const pb::Used& in : batch.used()) changes.used.push_back({in.hash(), {in.expires_at_ms()}});
  for (const pb::Position& in : batch.positions()) changes.positions.emplace_back(in.name(), in.value());
  return changes;
}

Changes ChangesReader::ReadRecords(std::string_view record) {
  Changes changes;
  pb::RecordBatch batch;
  if (!batch.ParseFromArray(record.data(), static_cast<int>(record.size()))) return changes;
  changes.sequence = batch.sequence();
  changes.covers = batch.covers();
  records_covered_ = std::max(records_covered_, batch.covers());
  if (batch.sequence() != 0 && batch.sequence() <= records_covered_) return changes;
  for (const pb::RecordChange& in : batch.changes()) {
    RecordChange& change = changes.records.emplace_back();
    change.id = in.id();
    change.labels = GetLabels(in.labels());
    change.fired_at.ms = in.fired_at_ms();
    change.event = {{in.at_ms()},
                    static_cast<EventKind>(std::min<uint32_t>(in.kind(), 8)),
                    std::make_shared<const std::string>(in.text())};
    change.incidents.assign(in.incidents().begin(), in.incidents().end());
  }
  return changes;
}

}  // namespace bekci::notify
