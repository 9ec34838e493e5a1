// UsedNames: what may be used once (links that acknowledge, presses of buttons) and was, until it could not be used any
// more anyway.
//
// What is kept is a hash, so that a signature stands nowhere longer than its request lasts. It is put on disk in one
// batch with what the use did, so that a restart neither lets a link be used again nor forgets what it did. Bounded:
// where there is no room left, the one that expires first is forgotten.
//
// Thread rule: as Notifier.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"

namespace bekci::notify {

struct UsedName {
  std::string hash;  // 32 bytes
  base::Timestamp expires;
};

class UsedNames {
 public:
  explicit UsedNames(size_t capacity = 10'000) : capacity_(capacity) {}

  bool Has(std::string_view name, base::Timestamp now) const;
  // From now on it has. What is to be put on disk.
  UsedName Put(std::string_view name, base::Timestamp expires);
  void Restore(UsedName used);
  // Forgets what has expired.
  void Collect(base::Timestamp now);
  // All, those that expire first first.
  std::vector<UsedName> All() const;
  size_t size() const { return expires_.size(); }

 private:
  const size_t capacity_;
  std::map<std::string, base::Timestamp, std::less<>> expires_;  // by hash
  std::set<std::pair<base::Timestamp, std::string>> by_time_;
};

}  // namespace bekci::notify
