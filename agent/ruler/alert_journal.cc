#include "agent/ruler/alert_journal.h"

#include <algorithm>

#include "proto/alerts.pb.h"

namespace bekci::ruler {
namespace {

void PutLabels(const model::Labels& labels, google::protobuf::RepeatedPtrField<alerts::Pair>* out) {
  for (const auto& [name, value] : labels) {
    alerts::Pair* const pair = out->Add();
    pair->set_name(std::string(name));
    pair->set_value(std::string(value));
  }
}

model::Labels GetLabels(const google::protobuf::RepeatedPtrField<alerts::Pair>& pairs) {
  std::vector<model::Labels::Pair> labels;
  for (const alerts::Pair& pair : pairs) labels.emplace_back(pair.name(), pair.value());
  return model::Labels::FromPairs(std::move(labels));
}

void PutRule(const RuleName& rule, alerts::RuleName* out) {
  out->set_identity(rule.identity);
  out->set_number(rule.number);
}

void PutAlert(const RuleName& rule, const Alert& alert, alerts::Alert* out) {
  PutRule(rule, out->mutable_rule());
  PutLabels(alert.labels, out->mutable_labels());
  for (const auto& [name, text] : alert.annotations) {
    alerts::Pair* const pair = out->add_annotations();
    pair->set_name(name);
    pair->set_value(text);
  }
  out->set_state(static_cast<uint32_t>(alert.state));
  out->set_value(alert.value);
  out->set_active_at_ms(alert.active_at.ms);
  out->set_fired_at_ms(alert.fired_at.ms);
  out->set_keep_firing_since_ms(alert.keep_firing_since.ms);
  out->set_resolved_at_ms(alert.resolved_at.ms);
  out->set_gap_ms(base::ToMillis(alert.gap));
}

Alert GetAlert(const alerts::Alert& in) {
  Alert alert;
  alert.labels = GetLabels(in.labels());
  for (const alerts::Pair& pair : in.annotations()) alert.annotations.emplace_back(pair.name(), pair.value());
  alert.state = static_cast<AlertState>(std::min<uint32_t>(in.state(), 2));
  alert.value = in.value();
  alert.active_at.ms = in.active_at_ms();
  alert.fired_at.ms = in.fired_at_ms();
  alert.keep_firing_since.ms = in.keep_firing_since_ms();
  alert.resolved_at.ms = in.resolved_at_ms();
  alert.gap = base::milliseconds(in.gap_ms());
  return alert;
}

std::string Encode(const JournalBatch& batch) {
  alerts::Batch message;
  message.set_file(batch.file);
  message.set_group(batch.group);
  if (batch.slot.ms != 0) message.set_slot_ms(batch.slot.ms);
  for (const auto& [rule, alert] : batch.changed) PutAlert(rule, *alert, message.add_changed());
  for (const auto& [rule, labels] : batch.gone) {
    alerts::GoneAlert* const gone = message.add_gone();
    PutRule(rule, gone->mutable_rule());
    PutLabels(labels, gone->mutable_labels());
  }
  if (batch.ended) message.set_ended(true);
  return message.SerializeAsString();
}

}  // namespace

AlertJournal::~AlertJournal() = default;

base::Result<std::unique_ptr<AlertJournal>> AlertJournal::Open(base::FileSystem& fs, const std::string& directory,
                                                               base::Logger& log) {
  std::unique_ptr<AlertJournal> journal(new AlertJournal(log));
  base::MutexLock lock(journal->mutex_);
  base::JournalDamage damage;
  AlertJournal& self = *journal;
  const auto read = [&self](std::string_view record) BEKCI_TSA(no_thread_safety_analysis) { self.Replay(record); };
  ASSIGN_OR_RETURN(journal->file_, base::JournalFile::Open(fs, directory, "alerts", read, &damage));
  journal->stats_.damaged_places = damage.places + damage.files;
  if (journal->stats_.damaged_places > 0) {
    log.Error("the alert journal is damaged, what could be read counts",
              {{"directory", directory}, {"places", damage.places}, {"files", damage.files}});
  }
  return journal;
}

void AlertJournal::Replay(std::string_view record) {
  alerts::Batch batch;
  if (!batch.ParseFromArray(record.data(), static_cast<int>(record.size()))) return;
  const GroupKey key(batch.file(), batch.group());
  if (batch.ended()) {
    groups_.erase(key);
    return;
  }
  Group& group = groups_[key];
  if (batch.has_slot_ms()) group.last_slot.ms = batch.slot_ms();
  for (const alerts::Alert& changed : batch.changed()) {
    Alert alert = GetAlert(changed);
    AlertKey name({changed.rule().identity(), changed.rule().number()}, alert.labels.data());
    group.alerts[std::move(name)] = std::move(alert);
  }
  for (const alerts::GoneAlert& gone : batch.gone()) {
    group.alerts.erase(AlertKey({gone.rule().identity(), gone.rule().number()}, GetLabels(gone.labels()).data()));
  }
}

std::vector<std::string> AlertJournal::Snapshot() const {
  std::vector<std::string> records;
  for (const auto& [key, group] : groups_) {
    JournalBatch batch;
    batch.file = key.first;
    batch.group = key.second;
    batch.slot = group.last_slot;
    for (const auto& [name, alert] : group.alerts) {
      batch.changed.emplace_back(name.first, &alert);
      if (batch.changed.size() < 500) continue;  // keeps records small
      records.push_back(Encode(batch));
      batch.changed.clear();
    }
    records.push_back(Encode(batch));
  }
  return records;
}

base::Status AlertJournal::Store(const std::string& record, bool sync) {
  RETURN_IF_ERROR(file_->Append({record}, [this]() BEKCI_TSA(no_thread_safety_analysis) { return Snapshot(); }));
  if (!sync) return base::OkStatus();
  ++stats_.syncs;
  return file_->Sync();
}

base::Status AlertJournal::Write(const JournalBatch& batch) {
  base::MutexLock lock(mutex_);
  const std::string record = Encode(batch);
  Replay(record);
  ++stats_.batches;
  base::Status status = Store(record, !batch.changed.empty() || !batch.gone.empty() || batch.ended);
  if (status.ok() != stats_.healthy) {
    stats_.healthy = status.ok();
    if (status.ok()) {
      log_.Info("the alert journal is written again");
    } else {
      log_.Error("the alert journal cannot be written; alerts go on, but a restart would forget what happens now",
                 {{"error", status.message()}});
    }
  }
  if (!status.ok()) ++stats_.failures;
  return status;
}

std::vector<JournaledGroup> AlertJournal::Groups() const {
  base::MutexLock lock(mutex_);
  std::vector<JournaledGroup> groups;
  for (const auto& [key, group] : groups_) {
    JournaledGroup& one = groups.emplace_back();
    one.file = key.first;
    one.name = key.second;
    one.last_slot = group.last_slot;
    for (const auto& [name, alert] : group.alerts) one.alerts.push_back({name.first, alert});
  }
  return groups;
}

JournalStats AlertJournal::stats() const {
  base::MutexLock lock(mutex_);
  JournalStats stats = stats_;
  stats.used_bytes = file_->used_bytes();
  stats.reserved_bytes = file_->reserved_bytes();
  return stats;
}

}  // namespace bekci::ruler
