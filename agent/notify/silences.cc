#include "agent/notify/silences.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "agent/base/utf8.h"
#include "agent/notify/delivery_id.h"

namespace bekci::notify {
namespace {

bool SameMatchers(const Silence& a, const Silence& b) {
  return a.matchers == b.matchers;
}

int64_t Seconds(base::Timestamp at) {
  return at.ms / 1000;
}

// Whether `known` may become `wanted` under the same id.
bool CanUpdate(const Silence& known, const Silence& wanted, base::Timestamp now) {
  if (!SameMatchers(known, wanted)) return false;
  switch (known.StateAt(now)) {
    case SilenceState::kActive:
      return Seconds(known.starts_at) == Seconds(wanted.starts_at) && wanted.ends_at >= now;
    case SilenceState::kPending:
      return wanted.starts_at >= now;
    case SilenceState::kExpired:
      break;
  }
  return false;
}

size_t TextBytes(const Silence& silence) {
  size_t bytes = silence.created_by.size() + silence.comment.size();
  for (const model::Matcher& matcher : silence.matchers) bytes += matcher.name().size() + matcher.value().size();
  for (const auto& [name, value] : silence.annotations) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

std::string_view SilenceStateName(SilenceState state) {
  constexpr std::array<std::string_view, 3> kNames = {"pending", "active", "expired"};
  return kNames[static_cast<size_t>(state)];
}

SilenceState Silence::StateAt(base::Timestamp now) const {
  if (now < starts_at) return SilenceState::kPending;
  return now < ends_at ? SilenceState::kActive : SilenceState::kExpired;
}

base::Status CheckSilence(const Silence& silence) {
  if (silence.matchers.empty()) return base::Invalid("silence invalid: at least one matcher required");
  if (silence.matchers.size() > kMaxSilenceMatchers) {
    return base::Invalid("silence invalid: " + std::to_string(silence.matchers.size()) + " matchers, at most " +
                         std::to_string(kMaxSilenceMatchers) + " are taken");
  }
  for (size_t i = 0; i < silence.matchers.size(); ++i) {
    const model::Matcher& matcher = silence.matchers[i];
    if (!matcher.name().empty() && base::IsValidUtf8(matcher.name()) && base::IsValidUtf8(matcher.value())) continue;
    return base::Invalid("silence invalid: invalid label matcher " + std::to_string(i) + ": invalid label name " +
                         base::Quoted(matcher.name()));
  }
  if (std::all_of(silence.matchers.begin(), silence.matchers.end(),
                  [](const model::Matcher& matcher) { return matcher.MatchesEmpty(); })) {
    return base::Invalid("silence invalid: at least one matcher must not match the empty string");
  }
  if (TextBytes(silence) > kMaxSilenceBytes) {
    return base::Invalid("silence invalid: " + std::to_string(TextBytes(silence)) + " bytes, at most " +
                         std::to_string(kMaxSilenceBytes) + " are taken");
  }
  return base::OkStatus();
}

base::Result<std::string> Silences::Set(Silence silence, base::Timestamp now, std::vector<SilencePtr>* changed) {
  SilencePtr known;
  if (!silence.id.empty()) {
    known = Find(silence.id);
    if (known == nullptr) return base::NotFound("silence not found");
  }
  if (silence.starts_at >= silence.ends_at) {
    return base::Invalid("Failed to create silence: start time must be before end time");
  }
  if (silence.ends_at < now) return base::Invalid("Failed to create silence: end time can't be in the past");
  const bool in_place = known != nullptr && CanUpdate(*known, silence, now);
  // What takes the place of another, or is new, begins now at the earliest.
  if (!in_place) silence.starts_at = std::max(silence.starts_at, now);
  RETURN_IF_ERROR(CheckSilence(silence));
  if (in_place) {
    std::string id = silence.id;
    Put(std::move(silence), now, changed);
    return id;
  }
  if (by_id_.size() >= kMaxSilences) {
    return base::LimitReached("there are " + std::to_string(by_id_.size()) + " silences already, no more are taken");
  }
  if (known != nullptr) ExpireEntry(*known, now, changed);
  silence.id = MakeUuid(random_);
  std::string id = silence.id;
  Put(std::move(silence), now, changed);
  return id;
}

base::Status Silences::Expire(const std::string& id, base::Timestamp now, std::vector<SilencePtr>* changed) {
  const SilencePtr known = Find(id);
  if (known == nullptr) return base::NotFound("silence not found");
  ExpireEntry(*known, now, changed);
  return base::OkStatus();
}

void Silences::ExpireEntry(const Silence& silence, base::Timestamp now, std::vector<SilencePtr>* changed) {
  const SilenceState state = silence.StateAt(now);
  if (state == SilenceState::kExpired) return;
  Silence ended = silence;
  ended.ends_at = now;
  if (state == SilenceState::kPending) ended.starts_at = now;
  Put(std::move(ended), now, changed);
}

void Silences::Put(Silence silence, base::Timestamp now, std::vector<SilencePtr>* changed) {
  silence.updated_at = now;
  auto made = std::make_shared<const Silence>(std::move(silence));
  PutEntry(made);
  changed->push_back(std::move(made));
}

void Silences::PutEntry(SilencePtr silence) {
  Entry& entry = by_id_[silence->id];
  by_version_.erase(entry.version);
  entry.version = ++version_;
  by_version_[entry.version] = silence->id;
  entry.silence = std::move(silence);
}

void Silences::Restore(const SilencePtr& silence) {
  PutEntry(silence);
}

void Silences::Forget(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  by_version_.erase(found->second.version);
  by_id_.erase(found);
}

std::vector<std::string> Silences::Collect(base::Timestamp now, base::Duration retention) {
  std::vector<std::string> gone;
  for (const auto& [id, entry] : by_id_) {
    if (entry.silence->ends_at + retention <= now) gone.push_back(id);
  }
  for (const std::string& id : gone) Forget(id);
  return gone;
}

SilencePtr Silences::Find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.silence;
}

std::vector<SilencePtr> Silences::List(base::Timestamp now) const {
  std::vector<std::tuple<int, int64_t, SilencePtr>> ordered;
  for (const auto& [id, entry] : by_id_) {
    const Silence& silence = *entry.silence;
    switch (silence.StateAt(now)) {
      case SilenceState::kActive:
        ordered.emplace_back(0, silence.ends_at.ms, entry.silence);
        break;
      case SilenceState::kPending:
        ordered.emplace_back(1, silence.starts_at.ms, entry.silence);
        break;
      case SilenceState::kExpired:
        ordered.emplace_back(2, -silence.ends_at.ms, entry.silence);
    }
  }
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  std::vector<SilencePtr> list;
  list.reserve(ordered.size());
  for (auto& one : ordered) list.push_back(std::move(std::get<2>(one)));
  return list;
}

std::vector<std::string> Silences::Matching(const model::Labels& labels, base::Timestamp now, SilenceMark* mark) const {
  std::vector<std::string> active;
  if (mark->version == 0 && by_version_.empty()) return active;
  std::vector<std::string> matching;
  for (std::string& id : mark->matching) {
    const auto found = by_id_.find(id);
    if (found != by_id_.end() && found->second.version <= mark->version) matching.push_back(std::move(id));
  }
  for (auto it = by_version_.upper_bound(mark->version); it != by_version_.end(); ++it) {
    if (model::MatchesAll(by_id_.at(it->second).silence->matchers, labels)) matching.push_back(it->second);
  }
  mark->version = version_;
  mark->matching = std::move(matching);
  for (const std::string& id : mark->matching) {
    if (by_id_.at(id).silence->StateAt(now) == SilenceState::kActive) active.push_back(id);
  }
  std::sort(active.begin(), active.end());
  return active;
}

base::Timestamp Silences::NextChange(base::Timestamp now) const {
  base::Timestamp next;
  const auto consider = [&](base::Timestamp at) {
    if (at > now && (next.ms == 0 || at < next)) next = at;
  };
  for (const auto& [id, entry] : by_id_) {
    consider(entry.silence->starts_at);
    consider(entry.silence->ends_at);
  }
  return next;
}

}  // namespace bekci::notify
