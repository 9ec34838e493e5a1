// bekci_collector_* and bekci_worker_*: how collecting goes, from the states of the instances.
//
// What is a snapshot (success, last duration) is written when a page asks; what adds up (the histogram of durations) is
// in the registry and fed by every attempt, scheduled or for a page, each counted once.
//
// Thread rule: Observe from any thread; the others by one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "agent/base/mutex.h"
#include "agent/collect/collection.h"
#include "agent/collect/family_sink.h"

namespace prometheus {
class Registry;
}

namespace bekci::app {

class CollectorMetrics {
 public:
  explicit CollectorMetrics(prometheus::Registry& registry);  // outlives this
  ~CollectorMetrics();

  // An attempt has ended. One that was seen before is not counted again.
  void Observe(const collect::InstanceState& state);
  // Forgets instances that are no longer configured.
  void Retain(std::span<const collect::InstanceState> states);

  static void WriteStates(std::span<const collect::InstanceState> states, collect::FamilySink& sink);
  static void WriteWorker(const collect::WorkerStats& worker, collect::FamilySink& sink);

 private:
  struct Families;
  const std::unique_ptr<Families> families_;
  base::Mutex mutex_;
  // Begin of the newest attempt observed, per instance.
  std::map<std::pair<std::string, std::string>, base::Timestamp> seen_ GUARDED_BY(mutex_);
};

}  // namespace bekci::app
