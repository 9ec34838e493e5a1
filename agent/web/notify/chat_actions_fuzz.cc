// Any bytes as a press in Slack and as Telegram's updates: read within bounds, and what is handed on names an incident.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "agent/web/notify/slack_actions.h"
#include "agent/web/notify/telegram_actions.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

void CheckPress(const ChatPress& press) {
  if (LooksLikeId(press.action.id) && !press.action.by.empty() && press.action.action == "ack") return;
  std::fprintf(stderr, "a press without incident, person or action: %s\n", press.action.id.c_str());
  std::abort();
}

void Try(std::string_view data) {
  if (const auto presses = ReadSlackActions(data); presses.ok()) {
    for (const ChatPress& press : *presses) CheckPress(press);
  }
  Refusals refusals;
  const std::vector<std::string> chats = {"-1001", "@team"};
  if (const auto updates = ReadTelegramUpdates(data, {chats, {}}, &refusals); updates.ok()) {
    for (const ChatPress& press : updates->presses) CheckPress(press);
  }
}

}  // namespace
}  // namespace bekci::web::notify

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::web::notify::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
