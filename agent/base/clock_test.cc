// Promises of the clocks: types that do not mix, and a FakeClock that never misses a wake-up.
#include "agent/base/clock.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <type_traits>

namespace bekci::base::clock_test {
namespace {

// A thread that waits until the clock reaches a deadline and then says so.
class Sleeper {
 public:
  Sleeper(Clock& clock, MonotonicTime deadline) : thread_([this, &clock, deadline] { Run(clock, deadline); }) {}
  ~Sleeper() { thread_.join(); }
  bool done() const { return done_; }

 private:
  void Run(Clock& clock, MonotonicTime deadline) {
    MutexLock lock(mutex_);
    while (clock.Monotonic() < deadline) clock.WaitUntil(cv_, mutex_, deadline);
    done_ = true;
  }

  Mutex mutex_;
  CondVar cv_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

TEST_CASE("wall and monotonic time cannot be mixed up") {
  static_assert(!std::is_convertible_v<Timestamp, MonotonicTime>);
  static_assert(!std::is_convertible_v<MonotonicTime, Timestamp>);
  CHECK(Timestamp{5000} - Timestamp{2000} == seconds(3));
  CHECK((Timestamp{1000} + minutes(1)) == Timestamp{61'000});
  CHECK(MonotonicTime{10} + nanoseconds(5) == MonotonicTime{15});
  CHECK(MonotonicTime{10} < MonotonicTime::Max());
}

TEST_CASE("the real clock moves forward and waits no longer than asked") {
  RealClock clock;
  const MonotonicTime start = clock.Monotonic();
  CHECK(clock.Now().ms > 1'600'000'000'000);
  Mutex mutex;
  CondVar cv;
  MutexLock lock(mutex);
  while (clock.Monotonic() < start + milliseconds(2)) clock.WaitUntil(cv, mutex, start + milliseconds(2));
  CHECK(clock.Monotonic() - start >= milliseconds(2));
  clock.WaitUntil(cv, mutex, start);  // the past: returns at once
}

TEST_CASE("the fake clock stands still until it is advanced") {
  FakeClock clock(Timestamp{1'000});
  const MonotonicTime start = clock.Monotonic();
  CHECK(clock.Now() == Timestamp{1'000});
  clock.Advance(hours(3));
  CHECK(clock.Now() == Timestamp{1'000} + hours(3));
  CHECK(clock.Monotonic() - start == hours(3));
}

TEST_CASE("a jump of the wall clock leaves deadlines alone") {
  FakeClock clock(Timestamp{1'000'000});
  const MonotonicTime before = clock.Monotonic();
  clock.JumpWall(-seconds(900));
  CHECK(clock.Now() == Timestamp{100'000});
  CHECK(clock.Monotonic() == before);
}

TEST_CASE("a waiter sleeps until exactly its deadline has come") {
  FakeClock clock;
  const MonotonicTime start = clock.Monotonic();
  Sleeper sleeper(clock, start + seconds(10));
  clock.AwaitWaiters(1);
  clock.Advance(seconds(9));
  clock.AwaitWaiters(1);  // woken, looked, and went back to sleep
  CHECK_FALSE(sleeper.done());
  clock.Advance(seconds(1));  // and the destructor joins: it must wake now
}

TEST_CASE("no wake-up is missed, however advance and wait interleave") {
  FakeClock clock;
  for (int round = 0; round < 2'000; ++round) {
    const MonotonicTime deadline = clock.Monotonic() + seconds(1);
    Sleeper a(clock, deadline);
    Sleeper b(clock, deadline + seconds(1));
    clock.Advance(seconds(1));
    clock.Advance(seconds(1));
  }
}

TEST_CASE("a notification wakes a waiter before its deadline") {
  FakeClock clock;
  Mutex mutex;
  CondVar cv;
  bool go = false;
  std::thread waiter([&] {
    MutexLock lock(mutex);
    while (!go) clock.WaitUntil(cv, mutex, MonotonicTime::Max());
  });
  clock.AwaitWaiters(1);
  {
    MutexLock lock(mutex);
    go = true;
  }
  cv.NotifyAll();
  waiter.join();
  clock.Advance(seconds(1));  // nobody waits any more
  CHECK(go);
}

}  // namespace
}  // namespace bekci::base::clock_test
