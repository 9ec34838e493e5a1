// CollectionCore: the Collection of the product. Its parts are in five files:
//   collection_core.cc      pages and flights (any thread)
//   collection_reload.cc    a new set of instances (any thread)
//   collection_schedule.cc  the thread "collect": ticks and what is overdue
//   collection_worker.cc    a worker's life: start, taking over, end, memory
//   collection_io.cc        a thread "collect-io" for each worker: its frames
//
// A *flight* is one collection under way: what was asked of which instance, by tick or by scrape, and who waits.
// Scrapes that want the same join the flight that is in the air. A flight ends exactly once: by DONE, by the worker's
// end, by the removal of its instance, or (single-process mode) by being overdue.
//
// The life of a worker: it prepares as `next_` (PREPARE sent), collects as `link_` (acknowledged and committed), and
// ends: by a crash, killed for a reason, or *retired*, because one that may read more has taken over; then it first
// brings its flights home, so no round is missed.
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
#include "agent/collect/neighbours.h"
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

// How long a worker may take from PREPARE to its acknowledgement.
inline constexpr base::Duration kPrepareTimeout = base::seconds(10);

class CollectionCore final : public Collection {
 public:
  CollectionCore(CollectionOptions options, base::Clock& clock, base::Logger& log, RoundSink* sink);
  ~CollectionCore() override;

  std::vector<InstanceState> States() const override;
  base::Result<std::vector<InstanceState>> Collect(const Selection& selection, base::MonotonicTime deadline) override;
  std::vector<InstanceState> TargetStates() const override;
  base::Status Reload(std::vector<InstanceConfig> instances) override { return Replace(std::move(instances), false); }
  base::Status ReloadTargets(std::vector<InstanceConfig> targets) override { return Replace(std::move(targets), true); }
  WorkerStats worker() const override;

 private:
  struct Instance;
  struct Flight;
  struct Stream;  // what one worker sends of one instance
  struct Link;    // one worker's life
  struct Landing;
  enum class Cause : unsigned char { kScheduled, kScrape };
  using Instances = std::vector<std::shared_ptr<Instance>>;

  // --- pages and reload ---
  // All targets, or all instances that are none, are these from now on.
  base::Status Replace(std::vector<InstanceConfig> configs, bool targets);
  base::Result<Instances> MakeInstances(std::vector<InstanceConfig> configs);
  void AddTheOthers(bool targets, Instances* instances) const;
  base::Status WaitUntilReady(base::MonotonicTime deadline);
  base::Status PrepareInWorker(const Instances& instances, uint64_t generation, bool strict,
                               base::MonotonicTime deadline);
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

  // --- a worker's life; the first four by the thread "collect" ---
  void StartWorker();
  void Supervise();
  void RefreshWhenNeeded();
  void CheckMemory();
  void TakeOver() REQUIRES(mutex_);
  void Retire(Link& link) REQUIRES(mutex_);
  void EndIfIdle(Link& link) REQUIRES(mutex_);
  void KillWorker(Link& link, std::string_view reason, const std::string& why) REQUIRES(mutex_);
  void OnEnd(const std::shared_ptr<Link>& link);

  // --- the threads "collect-io" ---
  void ReadFrames(Link& link);
  base::Status Handle(Link& link, const worker::Frame& frame);
  base::Status OnAcknowledge(Link& link, const worker::Acknowledge& acknowledge);
  base::Status OnDone(Stream& stream, const worker::Done& done);
  base::Status OnLog(Link& link, const worker::Log& log);
  base::Result<Stream*> FindStream(Link& link, uint64_t slot);

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

  std::shared_ptr<Link> link_ GUARDED_BY(mutex_);                // the worker that collects; null: away
  std::shared_ptr<Link> next_ GUARDED_BY(mutex_);                // the worker that prepares; may be null
  std::vector<std::shared_ptr<Link>> links_ GUARDED_BY(mutex_);  // all whose reader was not joined yet
  bool reloading_ GUARDED_BY(mutex_) = false;                    // link_ is to stay who it is
  bool look_wanted_ GUARDED_BY(mutex_) = false;                  // by a reload: is there more to read than link_ may?
  bool look_again_ GUARDED_BY(mutex_) = false;                   // a refresh came to nothing
  Replacement replacement_ GUARDED_BY(mutex_);
  base::MonotonicTime start_at_ GUARDED_BY(mutex_);
  WorkerStats stats_ GUARDED_BY(mutex_);
  base::MonotonicTime last_death_ GUARDED_BY(mutex_);
  std::string last_death_reason_ GUARDED_BY(mutex_);  // empty: none has died
  std::string last_death_text_ GUARDED_BY(mutex_);

  // The answer to a reload's PREPARE.
  uint64_t answered_generation_ GUARDED_BY(mutex_) = 0;
  std::vector<std::string> answered_errors_ GUARDED_BY(mutex_);

  // The thread "collect"'s own.
  NeighbourWatch watch_;
  RefreshPace refresh_pace_;
  bool refresh_due_ = false;

  std::thread schedule_thread_;
};

struct CollectionCore::Instance {
  Instance(uint64_t slot_number, const CollectorSpec* spec, InstanceConfig whole_config);

  const uint64_t slot;
  const InstanceConfig config;
  const base::Duration offset;
  // Guarded by the core's mutex:
  InstanceState state;
  base::MonotonicTime due;    // zero: at once
  bool failing = false;       // as last logged
  base::MonotonicTime heard;  // when the last frame of it came
  std::vector<std::shared_ptr<Flight>> flights;
};

struct CollectionCore::Flight {
  uint64_t id = 0;
  std::shared_ptr<Instance> instance;
  std::shared_ptr<Link> link;  // the worker that was asked
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

struct CollectionCore::Stream {
  explicit Stream(const std::shared_ptr<Instance>& of) : instance(of), assembler(of->config.max_series) {}
  const std::weak_ptr<Instance> instance;
  RoundAssembler assembler;
};

struct CollectionCore::Link {
  std::unique_ptr<WorkerHost> host;
  base::MonotonicTime started;
  std::vector<Neighbour> view;  // what stood beside the state directory just before it started
  uint64_t generation = 0;      // of its first PREPARE
  std::thread reader;
  // Guarded by the core's mutex:
  uint64_t resident_bytes = 0;  // at the last check
  std::string kill_reason;      // why we ended it
  std::string kill_text;
  bool retired = false;  // another one has taken over
  bool over = false;     // its reader is about to return
  // The reader thread's own. At most so many lines of the worker's log a second.
  std::map<uint64_t, std::unique_ptr<Stream>> streams;  // by slot
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
