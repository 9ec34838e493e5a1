#include "agent/web/notify/chat_press.h"

#include "agent/web/notify/words.h"

namespace bekci::web::notify {

std::optional<bekci::notify::EscalationAction> ReadButton(std::string_view name, std::string_view id) {
  if (name != "ack" || !LooksLikeId(id)) return std::nullopt;
  bekci::notify::EscalationAction action;
  action.id = id;
  action.action = name;
  return action;
}

}  // namespace bekci::web::notify
