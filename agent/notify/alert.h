// Alert: one version of an alert as the pipeline keeps it, and sets of such.
//
// A version never changes once made: groups, rows of the outbox and the journal share it. A new post of the same labels
// makes a new version. Its identity is its labels; the fingerprint is Alertmanager's hash of them.
//
// Thread rule: immutable and shared, but for `on_record` and what `memo` points to: these belong to the Notifier.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify {

// An alert as somebody posts it; times of 0 were not given.
struct PostedAlert {
  model::Labels labels;
  message::TextMap annotations = {};
  base::Timestamp starts_at = {};
  base::Timestamp ends_at = {};
  std::string generator_url = {};
};

// What an alert remembers between two checks against the silences.
struct SilenceMark {
  uint64_t version = 0;
  std::vector<std::string> matching;  // ids, in whatever state
};

// What all versions of an alert share.
struct AlertMemo {
  SilenceMark silences;
  bool grouped = false;        // a flush has seen it
  uint64_t incident = 0;       // in the records; 0: none is open
  uint64_t last_incident = 0;  // the newest, open or not
  std::string suppressed;      // by what, as the records told it last
};

struct Alert {
  model::Labels labels;
  uint64_t fingerprint = 0;
  uint64_t version = 0;  // unique in the state directory
  message::TextMap annotations;
  base::Timestamp starts_at;
  base::Timestamp ends_at;  // until when it holds; resolved from then on
  base::Timestamp updated_at;
  bool timeout = false;  // ends_at is ours, not the sender's
  std::string generator_url;
  std::shared_ptr<AlertMemo> memo;
  mutable bool on_record = false;  // the journal has this version

  bool ResolvedAt(base::Timestamp at) const { return ends_at.ms != 0 && ends_at <= at; }
};
using AlertPtr = std::shared_ptr<const Alert>;

struct AlertHash {
  using is_transparent = void;
  size_t operator()(const AlertPtr& alert) const { return alert->fingerprint; }
  size_t operator()(const model::Labels& labels) const { return message::Fingerprint(labels); }
};
struct AlertEqual {
  using is_transparent = void;
  bool operator()(const AlertPtr& a, const AlertPtr& b) const { return a->labels == b->labels; }
  bool operator()(const AlertPtr& a, const model::Labels& b) const { return a->labels == b; }
  bool operator()(const model::Labels& a, const AlertPtr& b) const { return a == b->labels; }
};
// At most one version of each alert.
using AlertSet = std::unordered_set<AlertPtr, AlertHash, AlertEqual>;

// Puts `alert` in the place of the version that is there.
inline void PutAlert(AlertSet* set, const AlertPtr& alert) {
  const auto found = set->find(alert);
  if (found == set->end()) {
    set->insert(alert);
    return;
  }
  auto node = set->extract(found);
  node.value() = alert;
  set->insert(std::move(node));
}

}  // namespace bekci::notify
