// AddressLimit: how many requests an address may make: a bucket of tokens each.
//
// An IPv6 host has a /64 to itself, so that counts as one. Bounded: full buckets are forgotten; where there is still no
// room, addresses that are new share one bucket, so that a flood of addresses slows strangers down, and not those who
// were here before.
//
// Thread rule: any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/base/clock.h"
#include "agent/base/mutex.h"

namespace bekci::web::notify {

class AddressLimit {
 public:
  // `burst` requests at once, then one for each `interval`.
  AddressLimit(double burst, base::Duration interval, size_t max_addresses = 10'000)
      : burst_(burst), interval_(interval), max_addresses_(max_addresses) {}

  // False: too many.
  bool Take(std::string_view address, base::MonotonicTime now) EXCLUDES(mutex_);
  size_t size() const EXCLUDES(mutex_);

 private:
  struct Bucket {
    double tokens = 0;
    base::MonotonicTime at;
  };
  double TokensAt(const Bucket& bucket, base::MonotonicTime now) const;
  Bucket& BucketOf(const std::string& key, base::MonotonicTime now) REQUIRES(mutex_);

  const double burst_;
  const base::Duration interval_;
  const size_t max_addresses_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_ GUARDED_BY(mutex_);
};

}  // namespace bekci::web::notify
