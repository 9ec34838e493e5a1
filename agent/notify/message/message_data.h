// MessageData: a notification as templates and payloads see it.
//
// What many texts of one message are made of is worked out once: statuses, fingerprints, what all alerts have in
// common. Values for the template language borrow from it.
//
// Source: Alertmanager's template.Template.Data. Thread rule: immutable once made; any thread may read.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/notify/message/data_types.h"
#include "agent/notify/message/notification.h"
#include "agent/template/arena.h"

namespace bekci::notify::message {

// Who is on call for a schedule now, one field of their contact: ("platform", "email"); "" when there is none.
using OnCallFunction = std::function<std::string(std::string_view schedule, std::string_view field)>;

class MessageData {
 public:
  struct Options {
    size_t max_alerts = 0;  // 0: all
    OnCallFunction on_call = {};
  };
  // `notification` outlives this.
  explicit MessageData(const Notification& notification) : MessageData(notification, Options()) {}
  MessageData(const Notification& notification, Options options);
  MessageData(const MessageData&) = delete;
  MessageData& operator=(const MessageData&) = delete;

  const Notification& notification() const { return notification_; }
  const DataView& view() const { return view_; }
  templates::Value value() const { return templates::Value::Object(&view_, kDataType); }
  size_t truncated_alerts() const { return truncated_; }
  // "" without a callback.
  std::string OnCall(std::string_view schedule, std::string_view field) const;

 private:
  Kv KvOf(const model::Labels& labels);
  Kv KvOf(const TextMap& texts);
  void AddAlerts(size_t count);
  void AddEscalation(const Escalation& escalation);

  const Notification& notification_;
  OnCallFunction on_call_;
  size_t truncated_ = 0;
  templates::Arena arena_{SIZE_MAX};
  DataView view_;
};

// A text as Go's regexp.QuoteMeta has it: what `.Receiver` and the payload call the receiver.
std::string RegexpQuoted(std::string_view text);

// The order of alerts in a message and of groups in the API: by the label job, then instance (missing sorts last), then
// all labels: fewer first, then by name the values, a name that is missing on one side sorting it first.
bool LessByLabels(const model::Labels& a, const model::Labels& b);
// The last part of it alone: the order of groups.
bool LessByAllLabels(const model::Labels& a, const model::Labels& b);
void SortAlerts(std::vector<Alert>* alerts);

}  // namespace bekci::notify::message
