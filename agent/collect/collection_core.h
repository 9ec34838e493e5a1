// CollectionCore: the Collection of the product. Its parts are in three files, one for each who calls in:
//   collection_core.cc      pages and reload (any thread)
//   collection_schedule.cc  the thread "collect": ticks, starts of the worker, hanging, memory
//   collection_io.cc        the thread "collect-io": the worker's frames and its end
//
// A *flight* is one collection under way: what was asked of which instance, by tick or by scrape, and who waits.
// Scrapes that want the same join the flight that is in the air. A flight ends exactly once: by DONE, by the worker's
// end, by the removal of its instance, or (single-process mode) by being overdue.
//
// The life of a worker: away -> preparing (PREPARE sent) -> ready (acknowledged and committed) -> away.
//
// Thread rule: public methods from any thread. One mutex; the store (RoundSink), the log and the socket are only called
// without it, except for logging in places that are rare.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/collect/collection.h"
#include "agent/collect/frame_reader.h"
#include "agent/collect/replacement.h"
#include "agent/collect/round_assembler.h"
#include "agent/collect/selection.h"
#include "agent/collect/worker_host.h"

namespace bekci::worker {
class Acknowledge;
class Done;
class Frame;
class Log;
}  // namespace bekci::worker

namespace bekci::collect {

class CollectionCore final : public Collection {
 public:
  CollectionCore(CollectionOptions options, base::Clock& clock, base::Logger& log, RoundSink* sink);
  ~CollectionCore() override;

  std::vector<InstanceState> States() const override;
  base::Result<std::vector<InstanceState>> Collect(const Selection& selection, base::MonotonicTime deadline) override;
  base::Status Reload(std::vector<InstanceConfig> instances) override;
  WorkerStats worker() const override;

 private:
  struct Instance;
  struct Flight;
  struct Link;  // one worker's life
  struct Landing;
  enum class Phase : unsigned char { kAway, kPreparing, kReady };
  enum class Cause : unsigned char { kScheduled, kScrape };
  using Instances = std::vector<std::shared_ptr<Instance>>;

  // --- pages and reload ---
  base::Result<Instances> MakeInstances(std::vector<InstanceConfig> configs);
  base::Status WaitUntilReady(base::MonotonicTime deadline);
  base::Status PrepareInWorker(const Instances& instances, uint64_t generation, base::MonotonicTime deadline);
  void Adopt(Instances instances, uint64_t generation);
  base::Status AwayStatus() const REQUIRES(mutex_);
  std::shared_ptr<Flight> JoinOrLaunch(const std::shared_ptr<Instance>& instance, const Wanted& wanted,
                                       base::MonotonicTime deadline, std::string* frames) REQUIRES(mutex_);
  InstanceState Await(Flight& flight, base::MonotonicTime deadline) REQUIRES(mutex_);
  static std::string PrepareFrame(const Instances& instances, uint64_t generation, bool strict);
  // Sends all of it or gives up at the deadline.
  void PostAll(FrameSocket& socket, const std::string& frames, base::MonotonicTime deadline) const;

  // --- flights ---
  std::shared_ptr<Flight> Launch(const std::shared_ptr<Instance>& instance, const Wanted& wanted,
                                 base::MonotonicTime deadline, Cause cause, std::string* frames) REQUIRES(mutex_);
  // Ends a flight and fills `landing` with what the store and the log are to be told afterwards.
  void Land(const std::shared_ptr<Flight>& flight, RoundAssembler::Finished finished, bool tried, Landing* landing)
      REQUIRES(mutex_);
  void Report(Landing& landing);

  // --- the thread "collect" ---
  void RunSchedule();
  base::MonotonicTime Tick(base::MonotonicTime now, std::string* frames) REQUIRES(mutex_);
  void EndOverdue(base::MonotonicTime now, Landing* landing) REQUIRES(mutex_);
  void StartWorker();
  void CheckMemory();
  void KillWorker(Link& link, std::string_view reason, const std::string& why) REQUIRES(mutex_);

  // --- the thread "collect-io" ---
  void RunReader();
  void ReadFrames(Link& link);
  base::Status Handle(Link& link, const worker::Frame& frame);
  base::Status OnAcknowledge(Link& link, const worker::Acknowledge& acknowledge);
  base::Status OnDone(Instance& instance, const worker::Done& done);
  base::Status OnLog(Link& link, const worker::Log& log);
  base::Result<std::shared_ptr<Instance>> FindSlot(const Link& link, uint64_t slot);
  void OnEnd(const std::shared_ptr<Link>& link);

  const CollectionOptions options_;
  base::Clock& clock_;
  base::Logger& log_;
  RoundSink* const sink_;

  base::Mutex reload_mutex_;  // one reload at a time
  mutable base::Mutex mutex_;
  base::CondVar schedule_changed_;  // for the thread "collect"
  base::CondVar link_changed_;      // phase, link and acknowledgement
  bool stopping_ GUARDED_BY(mutex_) = false;

  Instances instances_ GUARDED_BY(mutex_);  // sorted by collector, then instance
  uint64_t generation_ GUARDED_BY(mutex_) = 0;
  uint64_t last_slot_ GUARDED_BY(mutex_) = 0;
  uint64_t last_flight_ GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::shared_ptr<Flight>> flights_ GUARDED_BY(mutex_);

  Phase phase_ GUARDED_BY(mutex_) = Phase::kAway;
  std::shared_ptr<Link> link_ GUARDED_BY(mutex_);
  Replacement replacement_ GUARDED_BY(mutex_);
  base::MonotonicTime start_at_ GUARDED_BY(mutex_);
  WorkerStats stats_ GUARDED_BY(mutex_);
  base::MonotonicTime last_death_ GUARDED_BY(mutex_);
  std::string last_death_reason_ GUARDED_BY(mutex_);  // empty: none has died
  std::string last_death_text_ GUARDED_BY(mutex_);

  // The answer to a reload's PREPARE.
  uint64_t answered_generation_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> answered_errors_ GUARDED_BY(mutex_);

  std::thread schedule_thread_;
  std::thread reader_thread_;
};

struct CollectionCore::Instance {
  Instance(uint64_t slot_number, const CollectorSpec* spec, InstanceConfig whole_config);

  const uint64_t slot;
  const InstanceConfig config;
  const base::Duration offset;
  // Guarded by the core's mutex:
  InstanceState state;
  base::MonotonicTime due;  // zero: at once
  bool failing = false;     // as last logged
  std::vector<std::shared_ptr<Flight>> flights;
  // The reader thread's own:
  std::unique_ptr<RoundAssembler> assembler;
  const Link* assembler_link = nullptr;  // the worker whose frames it reads
};

struct CollectionCore::Flight {
  uint64_t id = 0;
  std::shared_ptr<Instance> instance;
  std::string key;
  Cause cause = Cause::kScrape;
  base::MonotonicTime started;
  base::MonotonicTime deadline;
  base::Timestamp at;
  bool hung = false;
  bool done = false;
  InstanceState result;
  base::CondVar landed;
};

struct CollectionCore::Link {
  std::unique_ptr<WorkerHost> host;
  base::MonotonicTime started;
  uint64_t generation = 0;      // of its first PREPARE
  uint64_t resident_bytes = 0;  // at the last check; guarded by the core's mutex
  std::string kill_reason;      // why we ended it; guarded by the core's mutex
  std::string kill_text;
  // The reader thread's own: at most so many lines of the worker's log a second.
  base::MonotonicTime log_window;
  uint64_t logged_in_window = 0;
};

// What is told after the mutex is released.
struct CollectionCore::Landing {
  struct Change {
    InstanceState state;
    bool failing;
  };
  std::vector<InstanceState> rounds;  // for the store
  std::vector<Change> changes;        // for the log
};

}  // namespace bekci::collect
