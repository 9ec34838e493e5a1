// Mutex, MutexLock and CondVar with clang's capability attributes, so that `-Wthread-safety` proves which lock guards
// what. std::mutex carries no attributes in libstdc++, hence this thin wrapper. Other compilers see plain locks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define BEKCI_TSA(x) __attribute__((x))
#else
#define BEKCI_TSA(x)
#endif
#define GUARDED_BY(x) BEKCI_TSA(guarded_by(x))
#define REQUIRES(...) BEKCI_TSA(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) BEKCI_TSA(requires_shared_capability(__VA_ARGS__))
#define EXCLUDES(...) BEKCI_TSA(locks_excluded(__VA_ARGS__))

namespace bekci::base {

class BEKCI_TSA(capability("mutex")) Mutex {
 public:
  void Lock() BEKCI_TSA(acquire_capability()) { mutex_.lock(); }
  void Unlock() BEKCI_TSA(release_capability()) { mutex_.unlock(); }
  bool TryLock() BEKCI_TSA(try_acquire_capability(true)) { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class BEKCI_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) BEKCI_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() BEKCI_TSA(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Many readers or one writer: for what is read long and often and changed seldom. Readers that come while others read
// do not wait, so a writer may have to wait for the longest of them.
class BEKCI_TSA(capability("shared_mutex")) SharedMutex {
 public:
  void Lock() BEKCI_TSA(acquire_capability()) { mutex_.lock(); }
  void Unlock() BEKCI_TSA(release_capability()) { mutex_.unlock(); }
  void LockShared() BEKCI_TSA(acquire_shared_capability()) { mutex_.lock_shared(); }
  void UnlockShared() BEKCI_TSA(release_shared_capability()) { mutex_.unlock_shared(); }

 private:
  std::shared_mutex mutex_;
};

class BEKCI_TSA(scoped_lockable) WriteLock {
 public:
  explicit WriteLock(SharedMutex& mutex) BEKCI_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.Lock(); }
  ~WriteLock() BEKCI_TSA(release_capability()) { mutex_.Unlock(); }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class BEKCI_TSA(scoped_lockable) ReadLock {
 public:
  explicit ReadLock(SharedMutex& mutex) BEKCI_TSA(acquire_shared_capability(mutex)) : mutex_(mutex) {
    mutex_.LockShared();
  }
  ~ReadLock() BEKCI_TSA(release_capability()) { mutex_.UnlockShared(); }
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;

 private:
  SharedMutex& mutex_;
};

// Waits happen with the mutex held; as with every condition variable, wake-ups may be spurious. Code that waits for a
// moment in time waits through Clock (clock.h), so that tests can move time.
class CondVar {
 public:
  void Wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  void WaitFor(Mutex& mutex, std::chrono::nanoseconds wait) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait_for(lock, wait);
    lock.release();
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace bekci::base
