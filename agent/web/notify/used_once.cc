#include "agent/web/notify/used_once.h"

#include "agent/notify/receivers/digest.h"

namespace bekci::web::notify {
namespace {

std::string HashOf(std::string_view what) {
  return bekci::notify::receivers::Sha256(what);
}

}  // namespace

bool UsedOnce::Use(std::string_view what, base::Timestamp expires, base::Timestamp now) {
  std::string hash = HashOf(what);
  base::MutexLock lock(mutex_);
  Forget(now);
  if (expires_.contains(hash)) return false;
  if (expires_.size() >= capacity_ && !by_time_.empty()) {
    expires_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
  by_time_.emplace(expires, hash);
  expires_.emplace(std::move(hash), expires);
  return true;
}

void UsedOnce::Release(std::string_view what) {
  const std::string hash = HashOf(what);
  base::MutexLock lock(mutex_);
  const auto found = expires_.find(hash);
  if (found == expires_.end()) return;
  by_time_.erase({found->second, hash});
  expires_.erase(found);
}

bool UsedOnce::WasUsed(std::string_view what, base::Timestamp now) {
  const std::string hash = HashOf(what);
  base::MutexLock lock(mutex_);
  Forget(now);
  return expires_.contains(hash);
}

size_t UsedOnce::size() const {
  base::MutexLock lock(mutex_);
  return expires_.size();
}

void UsedOnce::Forget(base::Timestamp now) {
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    expires_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
}

}  // namespace bekci::web::notify
