// Heartbeats: the threads on which heartbeats (receivers/heartbeat.h) beat, one for each, so that a service that does
// not answer delays no other's beat. When each beats is pulse.h's.
//
// Nothing beats before Start: the parts that are looked at have to be there. A reload takes over what a heartbeat of
// the same name has counted, and its place in its interval; one that is gone ends when its beat under way has ended,
// and nobody waits for that but Stop.
//
// Thread rule: any thread; Start and Stop by one.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/notify/receivers/heartbeat.h"
#include "agent/notify/wiring/pulse.h"

namespace bekci::notify::wiring {

// A heartbeat of a configuration. `beat` is Heartbeat::Beat, and keeps alive what that needs.
struct Heart {
  std::string name;
  base::Duration interval{};
  std::function<receivers::Delivery(receivers::Heartbeat::State state, std::string_view why,
                                    base::MonotonicTime deadline)>
      beat;
};

class Heartbeats {
 public:
  // Both outlive it.
  Heartbeats(base::Clock& clock, base::Logger& log) : clock_(clock), log_(log) {}
  ~Heartbeats() { Stop(); }
  Heartbeats(const Heartbeats&) = delete;
  Heartbeats& operator=(const Heartbeats&) = delete;

  // Names the heartbeats that there are from now on; each name once.
  void Reload(std::vector<Heart> hearts) EXCLUDES(mutex_);
  // From now on they beat. `examine` says what ails the agent, to any of the threads; it is called until Stop.
  void Start(std::function<std::vector<Ailment>()> examine) EXCLUDES(mutex_);
  // None beats after this; waits for those under way, at most for their timeout.
  void Stop() EXCLUDES(mutex_);

  std::vector<PulseStats> stats() const EXCLUDES(mutex_);  // of those there are, in the order of the file

 private:
  struct Runner {
    Runner(Heart one, base::MonotonicTime now, base::Logger& log)
        : heart(std::make_shared<const Heart>(std::move(one))), pulse(heart->name, heart->interval, now, log) {}
    std::shared_ptr<const Heart> heart;
    Pulse pulse;
    bool gone = false;
    bool done = false;
    std::thread thread;
  };

  void StartThread(Runner* runner) REQUIRES(mutex_);
  void Run(Runner* runner) EXCLUDES(mutex_);
  void BeatOnce(Runner* runner) EXCLUDES(mutex_);
  std::list<std::unique_ptr<Runner>> TakeDone() REQUIRES(mutex_);

  base::Clock& clock_;
  base::Logger& log_;
  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::function<std::vector<Ailment>()> examine_ GUARDED_BY(mutex_);  // empty: not started
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::list<std::unique_ptr<Runner>> runners_ GUARDED_BY(mutex_);
  std::list<std::unique_ptr<Runner>> leaving_ GUARDED_BY(mutex_);
  size_t threads_made_ GUARDED_BY(mutex_) = 0;
};

}  // namespace bekci::notify::wiring
