// NotifyJournal: the pipeline's state on disk: two journals, one that decides who is told, and one of records.
//
// What decides comes first and is synced before anybody acts on it; records follow and are not waited for (the kernel
// writes them within seconds; a crash of the process alone loses none). So a long history never delays a page, and a
// damaged one costs no page. JOURNAL.md draws it all.
//
// Thread rule: one thread at a time; the callbacks are called within the calls.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/journal_file.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/notify/metrics.h"
#include "agent/notify/state.h"

namespace bekci::notify {

class NotifyJournal {
 public:
  // In `directory`, which is made when missing; `restore` gets all that is there, in order. Errors: the disk cannot be
  // read.
  static base::Result<std::unique_ptr<NotifyJournal>> Open(base::FileSystem& fs, const std::string& directory,
                                                           base::Logger& log, const base::Clock& clock,
                                                           const std::function<void(const Changes&)>& restore);

  // What to write when a file is full or its disk failed: everything that counts, these changes included.
  struct Snapshots {
    std::function<Changes()> state;
    std::function<Changes()> records;
  };
  // What decides; on the disk when it returns. Errors: it is not; the next write that works brings it. After an error
  // each call tries to write all that counts, also one without changes.
  base::Status Write(const std::vector<Changes>& changes, const Snapshots& snapshots);
  // The records of these changes, after Write; the kernel may take its time with them. Errors: counted; as Write.
  base::Status WriteHistory(const std::vector<Changes>& changes, const Snapshots& snapshots);
  JournalMetrics metrics() const;

 private:
  NotifyJournal(base::Logger& log, const base::Clock& clock) : log_(log), clock_(clock) {}
  base::Status WriteState(const std::vector<Changes>& changes, const Snapshots& snapshots);

  base::Logger& log_;
  const base::Clock& clock_;
  std::unique_ptr<base::JournalFile> state_;
  std::unique_ptr<base::JournalFile> records_;
  JournalMetrics metrics_;
};

}  // namespace bekci::notify
