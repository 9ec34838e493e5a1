// What comes from labels must not become markup: a host that calls itself `<!channel>` shall not wake a whole channel,
// nor put a link of its own into a message.
//
// The markup that a person wrote (in templates, and in annotations of rule files: links and mentions are common there)
// stays. So not the finished text is escaped but the values, before templates see them: all labels; in annotations only
// what a label brought there, found as the label's text.
//
// Source: receivers.md section 0.2. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/notify/message/notification.h"

namespace bekci::notify::receivers {

// Such as message::SlackEscaped.
using Escape = std::string (*)(std::string_view);

message::Notification WithEscapedValues(const message::Notification& notification, Escape escape);

}  // namespace bekci::notify::receivers
