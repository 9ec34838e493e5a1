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
#include <vector>

#include "agent/notify/escalator.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/notify/views.h"

namespace bekci::web::notify {

struct ChatPress {
  // What is to be done: id, action, by, via are set.
  bekci::notify::EscalationAction action;
  // Where an answer can go. Slack: a URL of Slack's own, else empty. Telegram: the id of the press.
  std::string answer_to = {};
  std::string chat = {};      // channel or chat id
  std::string message = {};   // Slack: its time stamp; Telegram: its id
  int64_t update_id = 0;      // Telegram
  std::string text = {};      // Telegram: what the message says
  std::string entities = {};  // Telegram: JSON, which parts of it are bold and the like
};
// Acts on it and sees to the answer; soon, since whoever sent the press waits.
using OnPress = std::function<void(const ChatPress&)>;

// What became of a press, in words for whoever pressed and those around.
struct PressOutcome {
  bool done = false;
  bool replayed = false;               // it was acted on before
  std::string words;                   // "Acknowledged by ana at 2026-11-21 10:57:46 UTC"
  std::vector<std::string> told = {};  // the receivers that had been told of the incident
};
// Acknowledges, if nobody has; what is refused is counted at `door`.
PressOutcome ActOnPress(const EscalationSources& sources, const ChatPress& press, Door door, Refusals& refusals);

// The action that `name` and the incident's id stand for; nullopt: no button of ours.
std::optional<bekci::notify::EscalationAction> ReadButton(std::string_view name, std::string_view id);

}  // namespace bekci::web::notify
