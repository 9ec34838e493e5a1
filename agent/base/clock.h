// Time: what it is (Timestamp, MonotonicTime, Duration) and where it comes from (Clock).
//
// Wall time and monotonic time are different types, so that neither an alert's start nor a deadline is ever computed
// from the wrong one. Loops take a Clock; FakeClock lets a test replay hours in milliseconds. Pure logic takes a
// Timestamp.
//
// Thread rule: every Clock may be used from any thread.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <vector>

#include "agent/base/mutex.h"

namespace bekci::base {

using Duration = std::chrono::nanoseconds;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

inline double ToSeconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}
inline Duration FromSeconds(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}
inline constexpr int64_t ToMillis(Duration d) {
  return std::chrono::duration_cast<milliseconds>(d).count();
}

// Wall time, milliseconds since the Unix epoch: the unit of every Prometheus format.
struct Timestamp {
  int64_t ms = 0;
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return {t.ms + ToMillis(d)}; }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return {t.ms - ToMillis(d)}; }
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return milliseconds(a.ms - b.ms); }
};

// A point on the clock that never jumps; its zero means nothing. For deadlines and measuring.
struct MonotonicTime {
  int64_t ns = 0;
  static constexpr MonotonicTime Max() { return {INT64_MAX}; }
  friend constexpr auto operator<=>(MonotonicTime, MonotonicTime) = default;
  friend constexpr MonotonicTime operator+(MonotonicTime t, Duration d) { return {t.ns + d.count()}; }
  friend constexpr MonotonicTime operator-(MonotonicTime t, Duration d) { return {t.ns - d.count()}; }
  friend constexpr Duration operator-(MonotonicTime a, MonotonicTime b) { return nanoseconds(a.ns - b.ns); }
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
  virtual MonotonicTime Monotonic() const = 0;

  // Waits on `cv` with `mutex` held until notified or until `deadline` has come. May wake early: callers loop.
  virtual void WaitUntil(CondVar& cv, Mutex& mutex, MonotonicTime deadline) REQUIRES(mutex) = 0;
};

// The system's clocks. One object for the process, handed down from main.
class RealClock : public Clock {
 public:
  Timestamp Now() const override;
  MonotonicTime Monotonic() const override;
  void WaitUntil(CondVar& cv, Mutex& mutex, MonotonicTime deadline) override REQUIRES(mutex);
};

// A clock that moves only when told. Advance wakes every waiter, who then sees whether its deadline has come; no
// notification is ever missed, so a test that advances exactly to a deadline is exact.
class FakeClock : public Clock {
 public:
  explicit FakeClock(Timestamp now = {1'700'000'000'000}) : now_(now) {}
  Timestamp Now() const override;
  MonotonicTime Monotonic() const override;
  void WaitUntil(CondVar& cv, Mutex& mutex, MonotonicTime deadline) override REQUIRES(mutex);

  // Moves wall and monotonic time forward together and returns when every waiter was notified. The caller must not hold
  // a mutex that somebody waits with.
  void Advance(Duration by);
  // Moves wall time alone, either way: what NTP or an operator does to a host.
  void JumpWall(Duration by);
  // Returns when at least `count` threads wait in WaitUntil: how a test knows that a loop has gone to sleep.
  void AwaitWaiters(size_t count);

 private:
  struct Waiter {
    CondVar& cv;
    Mutex& mutex;
    bool wake = false;  // Advance still has to notify it
  };
  bool NotifyWaiters() REQUIRES(mutex_);

  mutable Mutex mutex_;
  CondVar waiters_changed_;
  Timestamp now_ GUARDED_BY(mutex_);
  MonotonicTime monotonic_ GUARDED_BY(mutex_) = {1'000'000'000};
  std::vector<Waiter*> waiters_ GUARDED_BY(mutex_);
};

}  // namespace bekci::base
