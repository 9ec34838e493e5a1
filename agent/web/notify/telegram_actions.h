// What Telegram's getUpdates answers, read: presses of our buttons (callback_query), and from where to go on.
//
// Who polls does so with offset = next_offset; a press is answered with answerCallbackQuery. Only chats (and, where
// there is a list of them, users) that are named may act: anybody can write to a bot. One token has one poller; a
// second one gets 409, and the error says so.
//
// Source: Telegram's Bot API. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/web/notify/chat_press.h"
#include "agent/web/notify/refusals.h"

namespace bekci::web::notify {

inline constexpr size_t kMaxTelegramBytes = size_t{4} << 20;

// A press that is not acted upon.
struct TelegramRefusal {
  std::string callback_id;  // to be answered with `words`
  std::string words;
};

struct TelegramUpdates {
  std::vector<ChatPress> presses;
  std::vector<TelegramRefusal> refused;
  int64_t next_offset = 0;  // 0: there was nothing
};

// Who may press.
struct TelegramAllowed {
  std::span<const std::string> chats;  // ids (or @names), as the configuration's chat_id has them
  std::span<const std::string> users;  // "101", "@ana"; none: everybody in these chats
};

// Errors: invalid: no such answer;
// denied: a wrong token; unavailable: Telegram says why it does not answer (two pollers on one token among it).
base::Result<TelegramUpdates> ReadTelegramUpdates(std::string_view body, const TelegramAllowed& allowed,
                                                  Refusals* refusals);

}  // namespace bekci::web::notify
