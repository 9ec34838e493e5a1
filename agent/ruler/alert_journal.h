// AlertJournal: every transition of every alert on disk before anybody acts on it, so that a restart finds alerts as
// they were, whatever the length of `for`.
//
// It holds what counts now: the alerts of every group, and when each group was evaluated last. An evaluation that
// changed nothing writes a few bytes and does not wait for the disk; one that changed an alert waits until that
// survives a power loss. A disk that takes nothing stops nobody: the caller is told, it is counted, and the first write
// that works again brings everything that still counts.
//
// Lock order: mutex_ is taken with the group's held, never the other way round. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/journal_file.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/ruler/alert.h"

namespace bekci::ruler {

// A rule within its group: its identity, and its number among those that have the same.
struct RuleName {
  std::string identity;
  uint32_t number = 0;
  friend auto operator<=>(const RuleName&, const RuleName&) = default;
};

struct JournaledAlert {
  RuleName rule;
  Alert alert;
};

struct JournaledGroup {
  std::string file;
  std::string name;
  base::Timestamp last_slot;
  std::vector<JournaledAlert> alerts;
};

// What one evaluation changed.
struct JournalBatch {
  std::string file;
  std::string group;
  base::Timestamp slot;
  std::vector<std::pair<RuleName, const Alert*>> changed;
  std::vector<std::pair<RuleName, model::Labels>> gone;
  bool ended = false;  // the group is no more
};

struct JournalStats {
  uint64_t batches = 0;
  uint64_t syncs = 0;
  uint64_t failures = 0;  // batches that were not on the disk when they had their effect
  uint64_t used_bytes = 0;
  uint64_t reserved_bytes = 0;
  uint64_t damaged_places = 0;
  bool healthy = true;
};

class AlertJournal {
 public:
  // In `directory`, which is made when missing. Errors: the disk cannot be read.
  static base::Result<std::unique_ptr<AlertJournal>> Open(base::FileSystem& fs, const std::string& directory,
                                                          base::Logger& log);
  ~AlertJournal();

  // What was known when the journal was opened, or what is now.
  std::vector<JournaledGroup> Groups() const EXCLUDES(mutex_);
  // Errors: it is not on the disk; it will be with the next write that works.
  base::Status Write(const JournalBatch& batch) EXCLUDES(mutex_);
  JournalStats stats() const EXCLUDES(mutex_);

 private:
  using AlertKey = std::pair<RuleName, std::string>;  // rule, encoded labels
  struct Group {
    base::Timestamp last_slot;
    std::map<AlertKey, Alert> alerts;
  };
  using GroupKey = std::pair<std::string, std::string>;  // file, name

  explicit AlertJournal(base::Logger& log) : log_(log) {}

  void Replay(std::string_view record) REQUIRES(mutex_);
  std::vector<std::string> Snapshot() const REQUIRES(mutex_);
  base::Status Store(const std::string& record, bool sync) REQUIRES(mutex_);

  base::Logger& log_;
  mutable base::Mutex mutex_;
  std::map<GroupKey, Group> groups_ GUARDED_BY(mutex_);
  std::unique_ptr<base::JournalFile> file_ GUARDED_BY(mutex_);
  JournalStats stats_ GUARDED_BY(mutex_);
};

}  // namespace bekci::ruler
