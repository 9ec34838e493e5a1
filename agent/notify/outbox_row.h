// Row: one message for one integration, from the decision to send it to the answer; what the outbox keeps on disk.
//
// It does not copy alerts: it points to the versions that the flush saw, which never change. The message itself is made
// when it is sent (BuildNotification), outside of the Notifier.
//
// Thread rule: what is on disk is immutable once made and shared; the rest belongs to the Outbox.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/labels.h"
#include "agent/notify/alert.h"
#include "agent/notify/instant.h"
#include "agent/notify/message/notification.h"
#include "agent/notify/notification_log.h"

namespace bekci::notify {

// What a flush saw, shared by the rows of its integrations.
struct Content {
  struct Member {
    AlertPtr alert;
    bool resolved = false;
  };
  model::Labels group_labels;
  model::Labels route_labels;
  std::vector<Member> alerts;
  Hashes firing;    // fingerprints
  Hashes resolved;  // fingerprints
  Instant at;       // the tick; of an earlier process without steady time
};
using ContentPtr = std::shared_ptr<const Content>;

struct RowText {
  uint64_t id = 0;
  std::string delivery_id;
  Target target;
  ContentPtr content;
  bool only_firing = false;  // the integration does not want resolved alerts
  bool logs = false;         // success is entered in the notification log
  message::Reason reason = message::Reason::kUnknown;
  base::Duration log_lifetime{};
  std::optional<message::Escalation> escalation;  // none: an ordinary message

  bool urgent() const { return escalation.has_value(); }
  // A command. Of one that an earlier process left nobody knows whether it ran, so it is not run by this one.
  bool at_most_once() const { return target.integration.kind == "hook"; }
};
using RowPtr = std::shared_ptr<const RowText>;

// Whether two messages say the same.
bool SameMessage(const RowText& a, const RowText& b);

// The message, its alerts in Alertmanager's order. `kept` is what the integration left last time.
message::Notification BuildNotification(const RowText& row, const message::TextMap& kept,
                                        const std::string& external_url);

}  // namespace bekci::notify
