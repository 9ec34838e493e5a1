// ChatPress: somebody pressed the button of a level's message in a chat.
//
// The buttons are made by the receivers (notify/receivers): Slack's has the action id "ack" and the incident's id as
// its value, Telegram's says "ack:<id>". Thread rule: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/notify/escalator.h"

namespace bekci::web::notify {

struct ChatPress {
  // What is to be done: id, action, by, via are set.
  bekci::notify::EscalationAction action;
  // Where an answer can go. Slack: a URL of Slack's own, else empty. Telegram: the id of the press.
  std::string answer_to;
  std::string chat;       // channel or chat id
  std::string message;    // Slack: its time stamp; Telegram: its id
  int64_t update_id = 0;  // Telegram
};
// Acts on it, in its own time: the caller does not wait for the outcome.
using OnPress = std::function<void(const ChatPress&)>;

// The action that `name` and the incident's id stand for; nullopt: no button of ours.
std::optional<bekci::notify::EscalationAction> ReadButton(std::string_view name, std::string_view id);

}  // namespace bekci::web::notify
