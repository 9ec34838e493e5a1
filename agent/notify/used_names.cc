#include "agent/notify/used_names.h"

#include "agent/notify/receivers/digest.h"

namespace bekci::notify {

bool UsedNames::Has(std::string_view name, base::Timestamp now) const {
  const auto found = expires_.find(receivers::Sha256(name));
  return found != expires_.end() && found->second > now;
}

UsedName UsedNames::Put(std::string_view name, base::Timestamp expires) {
  UsedName used{receivers::Sha256(name), expires};
  Restore(used);
  return used;
}

void UsedNames::Restore(UsedName used) {
  if (const auto found = expires_.find(used.hash); found != expires_.end()) {
    by_time_.erase({found->second, used.hash});
    expires_.erase(found);
  }
  by_time_.emplace(used.expires, used.hash);
  expires_.emplace(std::move(used.hash), used.expires);
  while (expires_.size() > capacity_) {
    expires_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
}

void UsedNames::Collect(base::Timestamp now) {
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    expires_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
}

std::vector<UsedName> UsedNames::All() const {
  std::vector<UsedName> all;
  for (const auto& [expires, hash] : by_time_) all.push_back({hash, expires});
  return all;
}

}  // namespace bekci::notify
