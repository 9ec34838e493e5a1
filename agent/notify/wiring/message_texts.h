// MessageTexts: the words of messages, for media that know no templates: a configuration's templates, and who is on
// call.
//
// Thread rule: immutable; any thread, several at once.
#pragma once

#include <memory>
#include <string>

#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/message/message_templates.h"
#include "agent/notify/message/texts.h"

namespace bekci::notify::wiring {

class MessageTexts : public message::Texts {
 public:
  MessageTexts(std::shared_ptr<const message::MessageTemplates> templates,
               std::shared_ptr<const escalation::EscalationConfig> escalation)
      : templates_(std::move(templates)), escalation_(std::move(escalation)) {}

  base::Result<std::string> Expand(const std::string& text, const message::Notification& notification) const override;
  base::Result<std::string> ExpandHtml(const std::string& text,
                                       const message::Notification& notification) const override;
  std::string WebhookBody(const message::Notification& notification, uint64_t max_alerts,
                          bool with_escalation) const override;
  base::Result<std::string> CustomPayload(const config::Node& payload,
                                          const message::Notification& notification) const override;

 private:
  message::MessageData::Options OptionsFor(const message::Notification& notification) const;

  const std::shared_ptr<const message::MessageTemplates> templates_;
  const std::shared_ptr<const escalation::EscalationConfig> escalation_;
};

}  // namespace bekci::notify::wiring
