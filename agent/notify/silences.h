// Silences: what people said they do not want to hear, from when to when, and which alerts that is.
//
// A silence is never deleted by a person, only ended, so that it can be told later who silenced what; Collect drops it
// once it has been over for the retention time. The check of an alert is cheap: a SilenceMark remembers which silences
// matched it and up to which change of the set that is known, so only what changed since is matched again.
//
// Source: Alertmanager 0.34, silence. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/matcher.h"
#include "agent/notify/alert.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify {

inline constexpr size_t kMaxSilences = 10'000;
inline constexpr size_t kMaxSilenceBytes = 64 * 1024;
inline constexpr size_t kMaxSilenceMatchers = 100;

enum class SilenceState : unsigned char { kPending, kActive, kExpired };
std::string_view SilenceStateName(SilenceState state);  // "pending", "active", "expired"

struct Silence {
  std::string id;  // UUID; empty of one that is new
  std::vector<model::Matcher> matchers;
  base::Timestamp starts_at;
  base::Timestamp ends_at;
  base::Timestamp updated_at;
  std::string created_by;
  std::string comment;
  message::TextMap annotations;

  SilenceState StateAt(base::Timestamp now) const;
};
using SilencePtr = std::shared_ptr<const Silence>;

class Silences {
 public:
  explicit Silences(base::Random& random) : random_(random) {}

  // Makes a silence, or changes the one with its id: in place where the same alerts stay silenced, else the old one
  // ends and a new one takes its place. Returns the id that holds now; `changed` gets every silence as it is now (two
  // when one took the other's place). Errors: invalid; not found: there is none with this id; limit: there are too
  // many.
  base::Result<std::string> Set(Silence silence, base::Timestamp now, std::vector<SilencePtr>* changed);
  // Ends it; one that is over stays as it is. Errors: not found.
  base::Status Expire(const std::string& id, base::Timestamp now, std::vector<SilencePtr>* changed);
  void Restore(const SilencePtr& silence);
  void Forget(const std::string& id);
  // Drops what has been over for `retention`; returns the ids.
  std::vector<std::string> Collect(base::Timestamp now, base::Duration retention);

  SilencePtr Find(const std::string& id) const;
  // Active by end, pending by start, expired by end, the latest first.
  std::vector<SilencePtr> List(base::Timestamp now) const;
  // The ids of those that are active and match, sorted.
  std::vector<std::string> Matching(const model::Labels& labels, base::Timestamp now, SilenceMark* mark) const;
  // When the next one begins or ends after `now`; 0: never.
  base::Timestamp NextChange(base::Timestamp now) const;
  size_t size() const { return by_id_.size(); }
  const auto& by_id() const { return by_id_; }

 private:
  struct Entry {
    SilencePtr silence;
    uint64_t version = 0;
  };
  void Put(Silence silence, base::Timestamp now, std::vector<SilencePtr>* changed);
  void PutEntry(SilencePtr silence);
  void ExpireEntry(const Silence& silence, base::Timestamp now, std::vector<SilencePtr>* changed);

  base::Random& random_;
  std::map<std::string, Entry> by_id_;
  std::map<uint64_t, std::string> by_version_;  // the order of changes
  uint64_t version_ = 0;
};

// Errors: invalid: what is wrong with it in Alertmanager's words.
base::Status CheckSilence(const Silence& silence);

}  // namespace bekci::notify
