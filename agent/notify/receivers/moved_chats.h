// MovedChats: groups of Telegram that have become supergroups, and so have another number than the configuration says.
//
// Telegram says so when a message to the old number is refused. Who sends notes it here; who reads presses of buttons
// looks it up, since they come from the new one. Of one API, as a foreign server must not speak for Telegram's chats;
// known until the process ends, so that a reload forgets nothing. Thread rule: any thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "agent/base/mutex.h"

namespace bekci::notify::receivers {

inline constexpr const char* kTelegramApi = "https://api.telegram.org";  // where none is named

class MovedChats {
 public:
  void Note(const std::string& api_url, const std::string& from, std::string to) EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    numbers_[{api_url, from}] = std::move(to);
  }
  // Empty: it has not moved, as far as is known.
  std::string Of(const std::string& api_url, const std::string& chat) const EXCLUDES(mutex_) {
    base::MutexLock lock(mutex_);
    const auto found = numbers_.find({api_url, chat});
    return found == numbers_.end() ? std::string() : found->second;
  }

 private:
  mutable base::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string> numbers_ GUARDED_BY(mutex_);  // as many as are configured
};

}  // namespace bekci::notify::receivers
