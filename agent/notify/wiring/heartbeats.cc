#include "agent/notify/wiring/heartbeats.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "agent/base/thread_signals.h"

namespace bekci::notify::wiring {

void Heartbeats::Reload(std::vector<Heart> hearts) {
  std::list<std::unique_ptr<Runner>> done;
  {
    base::MutexLock lock(mutex_);
    std::list<std::unique_ptr<Runner>> old = std::exchange(runners_, {});
    const base::MonotonicTime now = clock_.Monotonic();
    for (Heart& heart : hearts) {
      const auto same =
          std::find_if(old.begin(), old.end(), [&](const auto& runner) { return runner->heart->name == heart.name; });
      if (same == old.end()) {
        runners_.push_back(std::make_unique<Runner>(std::move(heart), now, log_));
        StartThread(runners_.back().get());
        continue;
      }
      (*same)->pulse.SetInterval(heart.interval, now);
      (*same)->heart = std::make_shared<const Heart>(std::move(heart));
      runners_.splice(runners_.end(), old, same);
    }
    for (const auto& runner : old) runner->gone = true;
    leaving_.splice(leaving_.end(), old);
    done = TakeDone();
  }
  changed_.NotifyAll();
  for (const auto& runner : done) {
    if (runner->thread.joinable()) runner->thread.join();
  }
}

void Heartbeats::Start(std::function<std::vector<Ailment>()> examine) {
  base::MutexLock lock(mutex_);
  examine_ = std::move(examine);
  for (const auto& runner : runners_) StartThread(runner.get());
}

void Heartbeats::Stop() {
  std::list<std::unique_ptr<Runner>> all;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& runner : runners_) runner->gone = true;
    all.splice(all.end(), leaving_);
    all.splice(all.end(), runners_);
  }
  changed_.NotifyAll();
  for (const auto& runner : all) {
    if (runner->thread.joinable()) runner->thread.join();
  }
}

std::vector<PulseStats> Heartbeats::stats() const {
  base::MutexLock lock(mutex_);
  std::vector<PulseStats> stats;
  for (const auto& runner : runners_) stats.push_back(runner->pulse.stats());
  return stats;
}

void Heartbeats::StartThread(Runner* runner) {
  if (!examine_ || stopping_ || runner->thread.joinable()) return;
  const base::SignalsBlocked blocked;
  runner->thread = std::thread([this, runner, name = "heartbeat-" + std::to_string(threads_made_++ % 1000)] {
    pthread_setname_np(pthread_self(), name.c_str());
    Run(runner);
  });
}

std::list<std::unique_ptr<Heartbeats::Runner>> Heartbeats::TakeDone() {
  std::list<std::unique_ptr<Runner>> done;
  for (auto it = leaving_.begin(); it != leaving_.end();) {
    const auto next = std::next(it);
    if ((*it)->done || !(*it)->thread.joinable()) done.splice(done.end(), leaving_, it);
    it = next;
  }
  return done;
}

void Heartbeats::Run(Runner* runner) {
  for (;;) {
    {
      base::MutexLock lock(mutex_);
      while (!runner->gone && clock_.Monotonic() < runner->pulse.next()) {
        clock_.WaitUntil(changed_, mutex_, runner->pulse.next());
      }
      if (runner->gone) {
        runner->done = true;
        return;
      }
    }
    BeatOnce(runner);
  }
}

void Heartbeats::BeatOnce(Runner* runner) {
  std::function<std::vector<Ailment>()> examine;
  {
    base::MutexLock lock(mutex_);
    examine = examine_;
  }
  const std::vector<Ailment> ailments = examine();
  std::shared_ptr<const Heart> heart;
  std::optional<Pulse::Beat> beat;
  base::MonotonicTime deadline;
  {
    base::MutexLock lock(mutex_);
    if (runner->gone) return;
    heart = runner->heart;
    beat = runner->pulse.Look(ailments, clock_.Monotonic());
    deadline = clock_.Monotonic() + heart->interval;
  }
  if (!beat) return;
  const receivers::Delivery delivery = heart->beat(beat->state, beat->why, deadline);
  base::MutexLock lock(mutex_);
  runner->pulse.OnDelivery(*beat, delivery, Instant::Of(clock_));
}

}  // namespace bekci::notify::wiring
