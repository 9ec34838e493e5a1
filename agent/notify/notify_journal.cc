#include "agent/notify/notify_journal.h"

#include <iterator>
#include <utility>

namespace bekci::notify {
namespace {

void AppendAll(std::vector<std::string> more, std::vector<std::string>* all) {
  all->insert(all->end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

base::Result<std::unique_ptr<NotifyJournal>> NotifyJournal::Open(base::FileSystem& fs, const std::string& directory,
                                                                 base::Logger& log, const base::Clock& clock,
                                                                 const std::function<void(const Changes&)>& restore) {
  std::unique_ptr<NotifyJournal> journal(new NotifyJournal(log, clock));
  ChangesReader reader;
  base::JournalDamage damage;
  const auto read_state = [&](std::string_view record) { restore(reader.Read(record)); };
  const auto read_records = [&](std::string_view record) { restore(reader.ReadRecords(record)); };
  ASSIGN_OR_RETURN(journal->records_, base::JournalFile::Open(fs, directory, "records", read_records, &damage));
  ASSIGN_OR_RETURN(journal->state_, base::JournalFile::Open(fs, directory, "notify", read_state, &damage));
  journal->metrics_.damaged_places = damage.places + damage.files;
  if (journal->metrics_.damaged_places > 0) {
    log.Error("the notification journal is damaged, what could be read counts",
              {{"directory", directory}, {"places", damage.places}, {"files", damage.files}});
  }
  return journal;
}

base::Status NotifyJournal::WriteState(const std::vector<Changes>& changes, const Snapshots& snapshots) {
  std::vector<std::string> records;
  for (const Changes& one : changes) {
    if (!one.empty()) AppendAll(EncodeChanges(one), &records);
  }
  // What writes nothing says nothing of the disk. Where the last write failed a snapshot is due, whatever is to be
  // added.
  if (records.empty() && metrics_.healthy) return base::OkStatus();
  RETURN_IF_ERROR(state_->Append(records, [&] { return EncodeChanges(snapshots.state()); }));
  return state_->Sync();
}

base::Status NotifyJournal::Write(const std::vector<Changes>& changes, const Snapshots& snapshots) {
  const base::MonotonicTime begin = clock_.Monotonic();
  ++metrics_.writes;
  base::Status status = WriteState(changes, snapshots);
  metrics_.write_duration.Observe(clock_.Monotonic() - begin);
  if (!status.ok()) ++metrics_.failures;
  if (status.ok() != metrics_.healthy) {
    metrics_.healthy = status.ok();
    if (status.ok()) {
      log_.Info("the notification journal is written again");
    } else {
      log_.Error(
          "the notification journal cannot be written; messages go out all the same, but may come twice after a "
          "restart",
          {{"error", status.message()}});
    }
  }
  return status;
}

base::Status NotifyJournal::WriteHistory(const std::vector<Changes>& changes, const Snapshots& snapshots) {
  std::vector<std::string> records;
  for (const Changes& one : changes) {
    if (!one.records.empty()) AppendAll(EncodeRecords(one), &records);
  }
  if (records.empty()) return base::OkStatus();
  base::Status status = records_->Append(records, [&] { return EncodeRecords(snapshots.records()); });
  if (!status.ok()) ++metrics_.record_failures;
  return status;
}

JournalMetrics NotifyJournal::metrics() const {
  JournalMetrics metrics = metrics_;
  metrics.used_bytes = state_->used_bytes() + records_->used_bytes();
  metrics.reserved_bytes = state_->reserved_bytes() + records_->reserved_bytes();
  return metrics;
}

}  // namespace bekci::notify
