// Store: the part of the agent that keeps what was collected: the database, what fills it, and its readiness.
//
// Opening reads the write-ahead log, which may take a second, so it happens beside serving, on a thread of its own: the
// agent answers and collects at once, rounds wait here until the store takes them. A directory that cannot be opened
// (the process before this one still has it, a disk is gone) is tried again; the agent collects, judges and answers
// meanwhile, is not ready, and says why.
//
// The agent's own metrics are stored too, as job="bekci", by the thread "self".
// Thread rule: any thread; start and end by one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "agent/app/settings.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/collect/family_sink.h"
#include "agent/collect/round_appender.h"
#include "agent/tsdb/database.h"

namespace bekci::app {

struct ReplayProgress {
  uint64_t done_bytes = 0;
  uint64_t total_bytes = 0;
};

class Store {
 public:
  Store(base::FileSystem& fs, base::Clock& clock, base::Logger& log);
  ~Store();  // ends its threads and closes the database: no stale markers
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Opens the database beside the caller.
  void Start(const StorageSettings& settings, const std::string& path);
  // Called once the database is open, by whoever opened it (at once if it is). Null: nobody; a call that is on its way
  // has ended then.
  void set_on_open(std::function<void()> on_open) EXCLUDES(hook_mutex_);
  // From now on `collect` is asked every `interval` for the agent's own metrics.
  using Collect = std::function<void(collect::FamilySink& sink)>;
  void StartOwnMetrics(std::string instance, base::Duration interval, Collect collect);
  void StopOwnMetrics();  // before what `collect` asks goes
  // What a reload may change.
  void Apply(const StorageSettings& settings);

  collect::RoundAppender& rounds() { return rounds_; }
  // Null until it is open; then it stays as long as this.
  tsdb::Database* database() const { return opened_.load(std::memory_order_acquire); }
  // Why it is not open, or empty.
  std::string NotReady() const;
  ReplayProgress progress() const;

 private:
  void RunOpen(const tsdb::DatabaseOptions& options);
  void RunOwnMetrics(const std::string& instance, base::Duration interval, const Collect& collect);
  void TellOpen() REQUIRES(hook_mutex_);
  bool WaitUnlessStopped(base::MonotonicTime deadline) EXCLUDES(mutex_);
  bool WaitForOwn(base::MonotonicTime deadline) EXCLUDES(mutex_);

  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;
  base::SystemRandom random_;
  collect::RoundAppender rounds_;
  std::unique_ptr<tsdb::Database> database_;  // of the opening thread until opened_ is set
  std::atomic<tsdb::Database*> opened_{nullptr};
  std::atomic<uint64_t> replayed_bytes_{0};
  std::atomic<uint64_t> replay_bytes_{0};

  base::Mutex hook_mutex_;  // held while it runs
  std::function<void()> on_open_ GUARDED_BY(hook_mutex_);
  bool told_ GUARDED_BY(hook_mutex_) = false;  // it was called
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool own_stopping_ GUARDED_BY(mutex_) = false;
  std::string error_ GUARDED_BY(mutex_);
  StorageSettings settings_ GUARDED_BY(mutex_);
  std::thread open_thread_;
  std::thread own_thread_;
};

}  // namespace bekci::app
