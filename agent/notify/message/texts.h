// Texts: how the media get words for a notification, without knowing templates.
//
// A medium has texts in its configuration (templates of Alertmanager's language) and hands them here with the
// notification. Who implements it holds the template files of the configuration. Thread rule: any thread, several at
// once.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/status.h"
#include "agent/config/node.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify::message {

class Texts {
 public:
  virtual ~Texts() = default;

  // `text` with its templates carried out over `notification`. Errors: invalid, limit.
  virtual base::Result<std::string> Expand(const std::string& text, const Notification& notification) const = 0;
  // The same where the text is HTML: what comes from labels and annotations is escaped for the place where it stands.
  virtual base::Result<std::string> ExpandHtml(const std::string& text, const Notification& notification) const = 0;

  // The webhook's body, payload version 4, with its line end. `max_alerts` 0: all. `with_escalation`: what the level of
  // an escalation adds is in it.
  virtual std::string WebhookBody(const Notification& notification, uint64_t max_alerts,
                                  bool with_escalation) const = 0;
  // A tree whose texts, names too, are templates, as JSON. Errors: invalid, limit.
  virtual base::Result<std::string> CustomPayload(const config::Node& payload,
                                                  const Notification& notification) const = 0;
};

}  // namespace bekci::notify::message
