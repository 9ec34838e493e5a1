// State: what the pipeline puts on disk, and how that is written as bytes and read back.
//
// A Changes is what one step changed; encoded, it is one batch, or several where it is large (a batch that refers to
// alerts stands behind those that hold them). All that counts at a moment, a snapshot, has the same form. JOURNAL.md
// tells the order of things. Thread rule: values and functions without state.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/notify/alert.h"
#include "agent/notify/notification_log.h"
#include "agent/notify/outbox_row.h"
#include "agent/notify/records.h"
#include "agent/notify/silences.h"
#include "agent/notify/used_names.h"

namespace bekci::notify {

// In the order in which they are to be applied.
struct Changes {
  uint64_t sequence = 0;  // 0: a snapshot
  uint64_t covers = 0;    // of a snapshot: the last sequence that is in it
  base::Timestamp at;
  std::vector<model::Labels> forgotten_alerts;
  std::vector<AlertPtr> alerts;
  std::vector<std::string> forgotten_silences;
  std::vector<SilencePtr> silences;
  std::vector<Target> forgotten_log;
  std::vector<std::pair<Target, LogEntry>> log;
  std::vector<RowPtr> rows;
  std::vector<uint64_t> done_rows;
  std::vector<std::string> escalation;
  std::vector<UsedName> used;  // by what the escalation did
  std::vector<std::pair<std::string, int64_t>> positions;
  std::vector<RecordChange> records;  // go into a file of their own

  bool empty() const {
    return forgotten_alerts.empty() && alerts.empty() && forgotten_silences.empty() && silences.empty() &&
           forgotten_log.empty() && log.empty() && rows.empty() && done_rows.empty() && escalation.empty() &&
           used.empty() && positions.empty();
  }
};

// The records (of a journal) that say `changes`, without `changes.records`.
std::vector<std::string> EncodeChanges(const Changes& changes);
std::vector<std::string> EncodeRecords(const Changes& changes);

// Reads batches back, in order. What cannot be read is passed over: a row without one of its alerts goes without it,
// and goes altogether when it has none left.
class ChangesReader {
 public:
  // What is in `record`; its alerts stay known for rows of later records.
  Changes Read(std::string_view record);
  // As Read, of what EncodeRecords wrote: `records` alone are set.
  Changes ReadRecords(std::string_view record);

 private:
  std::map<uint64_t, AlertPtr> by_version_;
  uint64_t covered_ = 0;
  uint64_t records_covered_ = 0;
};

}  // namespace bekci::notify
