// SloService: the part of the agent that keeps the error budgets of all objectives: counts their events once a minute
// and remembers the sums on disk, in slo/ below the state directory.
//
// Objectives come with the configuration, also of a reload; counting begins when the store is open. The thread "slo"
// does all of it and exists only when there are objectives. New objectives read their files beside the old ones and
// take over between two evaluations: what was counted goes on where it stood.
// What goes wrong with an objective is logged when it begins and when it ends, and hurts no other.
// Thread rule: any thread; start and end by one.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/promql/engine.h"
#include "agent/ruler/slo/budget_runner.h"
#include "agent/storage/storage.h"

namespace bekci::app {

class SloService {
 public:
  // Everything given by reference outlives the service. `directory` is made when it is needed.
  SloService(promql::Engine& engine, storage::Queryable& store, base::FileSystem& fs, base::Clock& clock,
             base::Logger& log, std::string directory);
  ~SloService();  // an evaluation that runs ends
  SloService(const SloService&) = delete;
  SloService& operator=(const SloService&) = delete;

  // From now on these are the objectives.
  void Adopt(std::vector<ruler::slo::Slo> slos) EXCLUDES(mutex_);
  // The store is open.
  void Start() EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

  // How all of them stand now, in their order; empty before their files were read.
  std::vector<ruler::slo::BudgetReport> Reports() const EXCLUDES(mutex_);
  // How often the thread has done what there was to do.
  uint64_t ticks() const { return ticks_.load(std::memory_order_acquire); }

 private:
  using Runner = std::shared_ptr<ruler::slo::BudgetRunner>;
  void EnsureThread() REQUIRES(mutex_);
  void Run() EXCLUDES(mutex_);
  Runner TakeNew(Runner running) EXCLUDES(mutex_);
  void Evaluate(const Runner& runner);
  bool WaitForTick() EXCLUDES(mutex_);
  Runner Running() const EXCLUDES(mutex_);

  promql::Engine& engine_;
  storage::Queryable& store_;
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;
  const std::string directory_;
  std::atomic<uint64_t> ticks_{0};
  // Of the thread:
  std::map<std::string, std::string> failing_;  // id -> what was logged
  bool retry_ = false;                          // slos_ could not be opened

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<ruler::slo::Slo> slos_ GUARDED_BY(mutex_);  // until the thread has taken them
  bool fresh_ GUARDED_BY(mutex_) = false;                 // slos_ wait to be taken
  Runner runner_ GUARDED_BY(mutex_);
  bool started_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bekci::app
