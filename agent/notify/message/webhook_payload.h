// The body of an Alertmanager webhook, version "4", byte for byte, and the payload that a configuration writes itself.
//
// Keys stand in Alertmanager 0.34's order; a message of an escalation level has one more behind them, `escalation`.
// A custom payload is a tree of YAML in which every text and every key is a template. A text that, once expanded, reads
// as YAML that is no text (42, true, {"a": 1}) becomes what it reads as; an empty one is null, as upstream. What came
// out of a template is never taken for a template again (upstream does, which lets a label's value run one).
//
// Source: Alertmanager's webhook.Message and notify.DeepCopyWithTemplate. Thread rule: functions without state.
#pragma once

#include <string>

#include "agent/base/status.h"
#include "agent/config/node.h"
#include "agent/notify/message/message_data.h"
#include "agent/notify/message/message_templates.h"

namespace bekci::notify::message {

struct WebhookPayloadOptions {
  bool escalation = true;  // false: also a level's message has no key of ours
};

// JSON with a line end. How many alerts it has was said to `data`.
std::string WebhookPayload(const MessageData& data, const WebhookPayloadOptions& options = {});

// JSON with a line end. Errors: those of expanding, with the place in the tree ("payload.blocks[0].text"); limit.
base::Result<std::string> CustomPayload(const config::Node& tree, const MessageData& data,
                                        const MessageTemplates& templates);

// A text of the configuration's tree, such as PagerDuty's details or Jira's fields, expanded in the same way: JSON
// without a line end. `name` stands in front of errors.
base::Result<std::string> ExpandedTree(const config::Node& tree, const std::string& name, const MessageData& data,
                                       const MessageTemplates& templates);

}  // namespace bekci::notify::message
