// UsedOnce: remembers what may be used once (signatures of links, of requests), until it could not be used any more
// anyway.
//
// What is kept is a hash, so that a signature is nowhere in memory longer than its request. Bounded: where there is no
// room left, the one that expires first is forgotten. A restart forgets all; what was done then stands in the incident.
//
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/clock.h"
#include "agent/base/mutex.h"

namespace bekci::web::notify {

class UsedOnce {
 public:
  explicit UsedOnce(size_t capacity = 10'000) : capacity_(capacity) {}

  // True: this is the first time; it counts as used from now on, until `expires`.
  bool Use(std::string_view what, base::Timestamp expires, base::Timestamp now) EXCLUDES(mutex_);
  // It was not used after all.
  void Release(std::string_view what) EXCLUDES(mutex_);
  bool WasUsed(std::string_view what, base::Timestamp now) EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);

 private:
  void Forget(base::Timestamp now) REQUIRES(mutex_);

  const size_t capacity_;
  mutable base::Mutex mutex_;
  std::map<std::string, base::Timestamp> expires_ GUARDED_BY(mutex_);  // by hash
  std::set<std::pair<base::Timestamp, std::string>> by_time_ GUARDED_BY(mutex_);
};

}  // namespace bekci::web::notify
