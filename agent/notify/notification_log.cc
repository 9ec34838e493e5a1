#include "agent/notify/notification_log.h"

#include <algorithm>

namespace bekci::notify {
namespace {

bool IsSubset(const Hashes& few, const Hashes& all) {
  return std::includes(all.begin(), all.end(), few.begin(), few.end());
}

base::Duration Since(const Instant& then, const Instant& now) {
  if (then.steady.ns != 0) return now.steady - then.steady;
  return now.wall - then.wall;
}

}  // namespace

size_t TargetHash::operator()(const Target& target) const {
  size_t hash = std::hash<std::string>()(target.group_key);
  for (const std::string* text : {&target.integration.receiver, &target.integration.kind}) {
    hash = hash * 1099511628211U ^ std::hash<std::string>()(*text);
  }
  return hash * 1099511628211U ^ target.integration.index;
}

const LogEntry* NotificationLog::Find(const Target& target) const {
  const auto found = entries_.find(target);
  return found == entries_.end() ? nullptr : &found->second;
}

std::vector<Target> NotificationLog::Collect(base::Timestamp now,
                                             const std::function<bool(const std::string&)>& lives) {
  std::vector<Target> gone;
  for (const auto& [target, entry] : entries_) {
    if (entry.expires_at <= now && !lives(target.group_key)) gone.push_back(target);
  }
  for (const Target& target : gone) entries_.erase(target);
  return gone;
}

std::optional<message::Reason> Decide(const DedupInput& input) {
  using message::Reason;
  const LogEntry* const entry = input.entry;
  const Hashes& firing = *input.firing;
  if (entry == nullptr) return firing.empty() ? std::nullopt : std::optional(Reason::kFirst);
  if (!IsSubset(firing, entry->firing)) return entry->firing.empty() ? Reason::kFirst : Reason::kNewAlerts;
  if (firing.empty()) return entry->firing.empty() ? std::nullopt : std::optional(Reason::kAllResolved);
  if (input.send_resolved && !IsSubset(*input.resolved, entry->resolved)) return Reason::kSomeResolved;
  if (!input.mutes_repeats && Since(entry->at, input.tick) >= input.repeat_interval) return Reason::kRepeat;
  return std::nullopt;
}

}  // namespace bekci::notify
