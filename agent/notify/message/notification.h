// Notification: all that one message says, as the pipeline decided it, before any medium has words for it.
//
// One group of alerts for one integration: the alerts as they stood at the flush, sorted as Alertmanager sorts them,
// those resolved left out where the integration does not want them. It is a value that can be kept on disk and sent
// later: nothing in it looks at the world again.
//
// Source: Alertmanager's notify and template.Data. Thread rule: values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"

namespace bekci::notify::message {

using TextMap = std::map<std::string, std::string>;

struct Alert {
  model::Labels labels = {};
  TextMap annotations = {};
  base::Timestamp starts_at = {};
  base::Timestamp ends_at = {};  // 0: firing
  std::string generator_url = {};
  bool resolved = false;
};

// FNV-1a 64 over name 0xff value 0xff of each label in order: what Alertmanager calls the fingerprint. 16 hex digits.
uint64_t Fingerprint(const model::Labels& labels);
std::string FingerprintText(uint64_t fingerprint);

// Why it is sent, in Alertmanager's words.
enum class Reason : unsigned char {
  kUnknown,
  kFirst,         // "first notification"
  kNewAlerts,     // "new alerts added"
  kSomeResolved,  // "some alerts resolved"
  kAllResolved,   // "all alerts resolved"
  kRepeat,        // "repeat interval elapsed"
};
std::string_view ReasonText(Reason reason);

struct TimelineEntry {
  base::Timestamp at;
  std::string event;  // "level_entered", "acked" ...
  std::string level;  // may be empty
  std::string text;   // by whom, why; may be empty
};

// Of a message that a level of an escalation sends.
struct Escalation {
  std::string id;
  std::string policy;
  std::string level;        // "L2"
  std::string level_title;  // "cross-team"
  int cycle = 0;
  std::string state;   // "active"
  std::string reason;  // "due", "repeat", "catch_up", "by_person" ...
  base::Timestamp started_at;
  base::Timestamp entered_at;
  base::Duration ack_within{};
  std::string ack_url;  // empty: there are no links
  std::vector<TimelineEntry> timeline;
};

struct Notification {
  std::string receiver;  // its name
  std::string group_key;
  Reason reason = Reason::kUnknown;
  std::vector<Alert> alerts;
  model::Labels group_labels;
  model::Labels route_labels;
  std::string external_url;
  base::Timestamp now;  // of the flush
  std::optional<Escalation> escalation;
  // Names this message for ever: the same after a restart and at every attempt.
  std::string delivery_id;
  // What the integration left with the last message of this group (a message to update, a thread); may be empty.
  TextMap kept;

  bool firing() const;  // any alert is
};

}  // namespace bekci::notify::message
