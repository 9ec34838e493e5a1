// NotificationLog: what each integration was told last of each group, which decides whether it is told again.
//
// Source: Alertmanager 0.34, nflog and notify's dedup stage. Two deliberate differences. Whether repeat_interval has
// passed is computed from the ticks at which the two messages were due, not from the moments at which they had been
// taken: with a repeat that is a multiple of group_interval, Alertmanager mostly repeats one interval late. And an
// entry remembers the steady clock too, so that a wall clock that is set back delays no reminder.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/instant.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify {

inline constexpr base::Duration kLogRetention = base::hours(120);

// An integration: which of its kind in which receiver.
struct IntegrationKey {
  std::string receiver;
  std::string kind;
  size_t index = 0;
  friend auto operator<=>(const IntegrationKey&, const IntegrationKey&) = default;
  std::string ToString() const { return receiver + "/" + kind + "[" + std::to_string(index) + "]"; }
};

// One group at one integration: what the log and the outbox are about.
struct Target {
  std::string group_key;
  IntegrationKey integration;
  friend auto operator<=>(const Target&, const Target&) = default;
};
struct TargetHash {
  size_t operator()(const Target& target) const;
};

using Hashes = std::vector<uint64_t>;  // fingerprints, sorted

struct LogEntry {
  Instant at;  // the tick; of an entry of an earlier process the steady time is 0
  Hashes firing;
  Hashes resolved;
  message::TextMap kept;
  base::Timestamp expires_at;
};

class NotificationLog {
 public:
  const LogEntry* Find(const Target& target) const;
  void Put(const Target& target, LogEntry entry) { entries_[target] = std::move(entry); }
  void Forget(const Target& target) { entries_.erase(target); }
  // Drops what has expired, but for groups that `lives` knows of (somebody may have muted their reminders, which would
  // have renewed the entry), and returns what it was about.
  std::vector<Target> Collect(base::Timestamp now, const std::function<bool(const std::string& group_key)>& lives);
  const auto& entries() const { return entries_; }

 private:
  std::unordered_map<Target, LogEntry, TargetHash> entries_;
};

struct DedupInput {
  const LogEntry* entry = nullptr;  // null: it was never told of this group
  const Hashes* firing = nullptr;
  const Hashes* resolved = nullptr;
  bool send_resolved = true;
  base::Duration repeat_interval{};
  Instant tick;
  bool mutes_repeats = false;  // somebody acknowledged
};

// Whether to notify and why; nullopt: not.
std::optional<message::Reason> Decide(const DedupInput& input);

}  // namespace bekci::notify
