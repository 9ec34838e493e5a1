#include "agent/base/clock.h"

#include <time.h>

#include <thread>
#include <vector>

namespace bekci::base {
namespace {

int64_t ReadNanos(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

}  // namespace

Timestamp RealClock::Now() const {
  return {ReadNanos(CLOCK_REALTIME) / 1'000'000};
}

MonotonicTime RealClock::Monotonic() const {
  return {ReadNanos(CLOCK_MONOTONIC)};
}

void RealClock::WaitUntil(CondVar& cv, Mutex& mutex, MonotonicTime deadline) {
  if (deadline == MonotonicTime::Max()) {
    cv.Wait(mutex);
    return;
  }
  const Duration left = deadline - Monotonic();
  if (left > Duration::zero()) cv.WaitFor(mutex, left);
}

Timestamp FakeClock::Now() const {
  MutexLock lock(mutex_);
  return now_;
}

MonotonicTime FakeClock::Monotonic() const {
  MutexLock lock(mutex_);
  return monotonic_;
}

void FakeClock::WaitUntil(CondVar& cv, Mutex& mutex, MonotonicTime deadline) {
  Waiter waiter{cv, mutex};
  {
    MutexLock lock(mutex_);
    if (monotonic_ >= deadline) return;
    waiters_.push_back(&waiter);
    waiters_changed_.NotifyAll();
  }
  cv.Wait(mutex);
  MutexLock lock(mutex_);
  std::erase(waiters_, &waiter);
}

// A waiter holds its mutex from the registration until cv.Wait lets go of it, so whoever gets that mutex knows that the
// waiter is in Wait and can be notified. It is only tried for, because waiters take the two mutexes in the other order;
// and while mutex_ is held no waiter can leave, so what the list points to is alive. False: some mutex was taken.
bool FakeClock::NotifyWaiters() {
  bool all = true;
  for (Waiter* waiter : waiters_) {
    if (!waiter->wake) continue;
    if (waiter->mutex.TryLock()) {
      waiter->cv.NotifyAll();
      waiter->wake = false;
      waiter->mutex.Unlock();
    } else {
      all = false;
    }
  }
  return all;
}

void FakeClock::Advance(Duration by) {
  {
    MutexLock lock(mutex_);
    now_ = now_ + by;
    monotonic_ = monotonic_ + by;
    for (Waiter* waiter : waiters_) waiter->wake = true;
    if (NotifyWaiters()) return;
  }
  for (;;) {
    std::this_thread::yield();
    MutexLock lock(mutex_);
    if (NotifyWaiters()) return;
  }
}

void FakeClock::AwaitWaiters(size_t count) {
  MutexLock lock(mutex_);
  while (waiters_.size() < count) waiters_changed_.Wait(mutex_);
}

void FakeClock::JumpWall(Duration by) {
  MutexLock lock(mutex_);
  now_ = now_ + by;
}

}  // namespace bekci::base
