// ReloadState: how loading the configuration went, at start and since; shown by metrics, the landing page and the
// answer of /-/reload.
//
// Thread rule: any thread.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"

namespace bekci::app {

class ReloadState {
 public:
  struct Snapshot {
    std::string error;  // of the last reload; empty: it was good
    base::Timestamp last_success;
    uint64_t successes = 0;  // reloads; the start is not one
    uint64_t failures = 0;
  };

  explicit ReloadState(base::Timestamp started) { state_.last_success = started; }

  void Record(const base::Status& status, base::Timestamp now) {
    base::MutexLock lock(mutex_);
    if (status.ok()) {
      state_.error.clear();
      state_.last_success = now;
      ++state_.successes;
    } else {
      state_.error = status.message().empty() ? "unknown error" : status.message();
      ++state_.failures;
    }
  }

  Snapshot Get() const {
    base::MutexLock lock(mutex_);
    return state_;
  }

 private:
  mutable base::Mutex mutex_;
  Snapshot state_ GUARDED_BY(mutex_);
};

}  // namespace bekci::app
