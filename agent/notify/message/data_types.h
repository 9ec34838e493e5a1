// What templates of notifications meet: the data and its parts as types of the template language.
//
//     {{ .CommonLabels.severity }}  {{ range .Alerts.Firing }}{{ .StartsAt.Format "15:04" }}{{ end }}
//
// The values borrow from a MessageData (message_data.h). A KV is a map from text to text with methods; a missing key is
// the empty text.
//
// Source: Alertmanager's template.Data, KV, Pairs, Alerts; `.Escalation` and `.OnCall` are ours (escalation.md section
// 7). Thread rule: immutable.
#pragma once

#include <span>
#include <string_view>

#include "agent/notify/message/notification.h"
#include "agent/template/go_time.h"
#include "agent/template/value.h"

namespace bekci::notify::message {

struct KvPair {
  std::string_view name;
  std::string_view value;
};
// Sorted by name.
struct Kv {
  std::span<const KvPair> pairs;
};

struct AlertView {
  std::string_view status;  // "firing", "resolved"
  Kv labels;
  Kv annotations;
  templates::Moment starts_at;
  templates::Moment ends_at;
  std::string_view generator_url;
  std::string_view fingerprint;
};

struct TimelineView {
  templates::Moment at;
  std::string_view event;
  std::string_view level;
  std::string_view text;
};

// All empty on ordinary messages.
struct EscalationView {
  std::string_view id;
  std::string_view policy;
  std::string_view level;
  std::string_view level_title;
  int64_t cycle = 0;
  std::string_view state;
  std::string_view reason;
  templates::Moment started_at;
  templates::Moment entered_at;
  std::string_view ack_within;  // "15m"
  std::string_view ack_url;
  std::string_view delivery_id;
  std::span<const templates::Value> timeline;
};

struct DataView {
  std::string_view receiver;
  std::string_view status;
  std::span<const templates::Value> alerts;
  std::string_view reason;
  Kv group_labels;
  Kv common_labels;
  Kv common_annotations;
  Kv route_labels;
  std::string_view external_url;
  EscalationView escalation;
};

extern const templates::Type kKvType;     // its data is a Kv
extern const templates::Type kPairType;   // a KvPair
extern const templates::Type kPairsType;  // a list of them
extern const templates::Type
    kStringsType;  // a list of texts with Join, which is a kStringListType where one is asked for
extern const templates::Type kStringListType;  // []string
extern const templates::Type kAlertType;       // an AlertView
extern const templates::Type kAlertsType;      // a list of them
extern const templates::Type kDataType;        // a DataView
extern const templates::Type kEscalationType;  // an EscalationView
extern const templates::Type kTimelineEntryType;
extern const templates::Type kTimelineType;

// The value of a name in it, or empty.
std::string_view FindIn(const Kv& kv, std::string_view name);
// What the JSON of an object of this type calls a field: "startsAt" for StartsAt.
std::string_view JsonName(const templates::Type& type, std::string_view field);

}  // namespace bekci::notify::message
