// Ruler: runs the rule groups: each at its slots, on a few threads, from start to stop, over reloads and restarts.
//
//   load     groups are made of checked texts; a group that did not change goes on untouched, a changed one is taken
//   over
//            rule by rule, one that is gone ends two intervals later (it may come back under another name)
//   start    once the store is open: the journal's alerts go back to their rules (of groups that it does not know,
//            what ALERTS_FOR_STATE says, series_restore.h); every group is evaluated at its
//   latest
//            slot if that is no older than the last one of the process before, else at its next
//   run      a slot that is due is evaluated by the next free thread; slots that pass meanwhile are missed and counted
//   stop     running evaluations end between two stages; nothing is marked stale, nothing resolves
//
// Source: Prometheus' rules/manager.go. Lock order: load_mutex_, mutex_, then a group's.
// Thread rule: any thread; start and end by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/promql/engine.h"
#include "agent/ruler/alert_journal.h"
#include "agent/ruler/rule_group.h"
#include "agent/ruler/rule_text.h"
#include "agent/storage/storage.h"

namespace bekci::ruler {

// What outlives the ruler.
struct RulerParts {
  promql::Engine& engine;
  storage::Queryable& store;
  storage::Appendable& appendable;
  base::Clock& clock;
  base::Logger& log;
  AlertSink* sink = nullptr;
};

// What a configuration says; all of it can be reloaded.
struct RuleSet {
  std::vector<GroupText> groups;
  base::Duration evaluation_interval = base::seconds(15);
  base::Duration query_offset{};
  model::Labels external_labels;
  std::string external_url;
};

struct RulerOptions {
  size_t threads = 2;
  base::Duration resend_delay = base::minutes(1);
  // Of every rule, and of every group; called by evaluating threads. May be empty.
  std::function<void(base::Duration)> on_rule_evaluated = nullptr;
  std::function<void(base::Duration)> on_group_evaluated = nullptr;
  // Called once: every group has been evaluated since the start. It must not call the ruler. May be empty.
  std::function<void()> on_settled = nullptr;
};

class Ruler {
 public:
  Ruler(RulerParts parts, RulerOptions options);
  ~Ruler();
  Ruler(const Ruler&) = delete;
  Ruler& operator=(const Ruler&) = delete;

  // Groups ready to run; nothing has changed yet. Errors: invalid.
  struct Prepared {
    std::vector<std::shared_ptr<RuleGroup>> groups;
    std::string environment;
  };
  base::Result<Prepared> Prepare(const RuleSet& rules);
  // From now on these groups are what runs.
  void Adopt(Prepared prepared) EXCLUDES(load_mutex_, mutex_);
  // Begins to evaluate. `journal` may be null: nothing outlives the process.
  void Start(std::unique_ptr<AlertJournal> journal) EXCLUDES(load_mutex_, mutex_);
  void Stop() EXCLUDES(load_mutex_, mutex_);

  // Sorted by file, then name.
  std::vector<GroupStatus> Groups(Detail detail = Detail::kRules) const EXCLUDES(mutex_);
  // All groups were evaluated once since the start (or since they were loaded).
  bool Settled() const EXCLUDES(mutex_);
  const TemplateCounters& template_counters() const { return counters_; }
  JournalStats journal_stats() const EXCLUDES(mutex_);

 private:
  using GroupPtr = std::shared_ptr<RuleGroup>;
  struct Entry {
    GroupPtr group;
    base::Timestamp next;  // slot to evaluate
    bool running = false;
    bool evaluated = false;
    bool wanted = false;    // by the load that is on its way
    bool replaced = false;  // its state is another's
    std::shared_ptr<std::atomic<bool>> stop = std::make_shared<std::atomic<bool>>(false);
    base::Timestamp end_at;  // when a group that is gone ends; 0: it lives
  };
  // A piece of work that idle threads may share.
  struct Shared {
    size_t count = 0;
    const std::function<void(size_t)>* fn = nullptr;
    size_t next = 0;
    size_t done = 0;
  };

  GroupContext ContextFor(const RuleSet& rules);
  void RetireUnwanted(const std::vector<GroupPtr>& fresh) REQUIRES(mutex_);
  void Restore(AlertJournal& journal) REQUIRES(mutex_);
  bool RestoreMoved(AlertJournal& journal, const JournaledGroup& known, const JournaledAlert& one) REQUIRES(mutex_);
  SentAlert Resolved(const JournaledGroup& known, Alert alert) const;
  bool AllEvaluated() const REQUIRES(mutex_);
  void TellSettled() REQUIRES(mutex_);
  void Schedule(Entry* entry) REQUIRES(mutex_);
  void AwaitIdle(const Entry& entry) REQUIRES(mutex_);
  Entry* FindEntry(const std::string& key) REQUIRES(mutex_);
  void EnsureThreads() REQUIRES(load_mutex_, mutex_);
  void RunLoop() EXCLUDES(mutex_);
  void Realign(Entry* entry, base::Timestamp now) REQUIRES(mutex_);
  Entry* Due(base::Timestamp now, base::Timestamp* earliest) REQUIRES(mutex_);
  void RunEntry(Entry* entry) REQUIRES(mutex_);
  void Advance(Entry* entry, base::Timestamp slot) REQUIRES(mutex_);
  void RunShared(size_t count, const std::function<void(size_t)>& fn) EXCLUDES(mutex_);
  bool HelpOnce() REQUIRES(mutex_);

  const RulerParts parts_;
  const RulerOptions options_;
  TemplateCounters counters_;

  base::Mutex load_mutex_;  // one load or start at a time
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<std::unique_ptr<Entry>> entries_ GUARDED_BY(mutex_);
  std::vector<Shared*> shared_ GUARDED_BY(mutex_);
  std::unique_ptr<AlertJournal> journal_ GUARDED_BY(mutex_);
  std::atomic<AlertJournal*> journal_in_use_{nullptr};
  std::string environment_ GUARDED_BY(mutex_);  // external labels and URL, which the templates of all groups see
  bool started_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool told_settled_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ GUARDED_BY(load_mutex_);  // none while there is no group
};

}  // namespace bekci::ruler
