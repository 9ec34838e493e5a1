#include "agent/notify/wiring/message_texts.h"

#include "agent/notify/escalation/oncall.h"
#include "agent/notify/message/message_data.h"
#include "agent/notify/message/webhook_payload.h"

namespace bekci::notify::wiring {

message::MessageData::Options MessageTexts::OptionsFor(const message::Notification& notification) const {
  message::MessageData::Options options;
  options.on_call = [this, at = notification.now](std::string_view schedule, std::string_view field) {
    return std::string(escalation::Lookup(escalation_->schedules, schedule, field, at));
  };
  return options;
}

base::Result<std::string> MessageTexts::Expand(const std::string& text,
                                               const message::Notification& notification) const {
  return templates_->Expand(text, message::MessageData(notification, OptionsFor(notification)));
}

base::Result<std::string> MessageTexts::ExpandHtml(const std::string& text,
                                                   const message::Notification& notification) const {
  return templates_->ExpandHtml(text, message::MessageData(notification, OptionsFor(notification)));
}

std::string MessageTexts::WebhookBody(const message::Notification& notification, uint64_t max_alerts,
                                      bool with_escalation) const {
  message::MessageData::Options options = OptionsFor(notification);
  options.max_alerts = static_cast<size_t>(max_alerts);
  return message::WebhookPayload(message::MessageData(notification, std::move(options)),
                                 {.escalation = with_escalation});
}

base::Result<std::string> MessageTexts::CustomPayload(const config::Node& payload,
                                                      const message::Notification& notification) const {
  return message::CustomPayload(payload, message::MessageData(notification, OptionsFor(notification)), *templates_);
}

}  // namespace bekci::notify::wiring
