#include "agent/web/notify/telegram_actions.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/web/notify/json_body.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

constexpr size_t kMaxUpdates = 1000;  // Telegram sends a hundred at most
constexpr size_t kMaxName = 200;

base::Status ErrorOf(JsonReader* reader, const Json& document) {
  const int64_t code = reader->Integer(document, "error_code");
  const std::string description = CleanText(reader->Text(document, "description"), 200);
  RETURN_IF_ERROR(reader->status());
  constexpr int64_t kUnauthorized = 401;
  constexpr int64_t kNoSuchBot = 404;
  constexpr int64_t kConflict = 409;
  if (code == kUnauthorized || code == kNoSuchBot) {
    return base::Denied("Telegram does not know the bot's token: " + description);
  }
  if (code == kConflict) {
    return base::Unavailable(
        "somebody else asks for this bot's updates, or it has a webhook: one token has one poller (" + description +
        ")");
  }
  return base::Unavailable("Telegram answers " + std::to_string(code) + " " + description);
}

std::string NameOfUser(JsonReader* reader, const Json& query) {
  const Json* const from = reader->Object(query, "from");
  if (from == nullptr) return {};
  if (std::string name = CleanText(reader->Text(*from, "username", "from."), kMaxName); !name.empty()) return name;
  const std::string full = reader->Text(*from, "first_name", "from.") + " " + reader->Text(*from, "last_name", "from.");
  if (std::string name = CleanText(full, kMaxName); !name.empty()) return name;
  const int64_t id = reader->Integer(*from, "id", "from.");
  return id == 0 ? std::string() : std::to_string(id);
}

struct Chat {
  std::string id;
  bool allowed = false;
};

Chat ChatOf(JsonReader* reader, const Json& message, std::span<const std::string> chats) {
  const Json* const object = reader->Object(message, "chat", "message.");
  if (object == nullptr) return {};
  Chat chat{std::to_string(reader->Integer(*object, "id", "chat.")), false};
  const std::string name = "@" + reader->Text(*object, "username", "chat.");
  chat.allowed = std::any_of(chats.begin(), chats.end(), [&](const std::string& one) {
    return one == chat.id || (name.size() > 1 && base::EqualsIgnoreCase(one, name));
  });
  return chat;
}

bool UserMayPress(JsonReader* reader, const Json& query, std::span<const std::string> users) {
  const Json* const from = reader->Object(query, "from");
  if (users.empty() || from == nullptr) return users.empty();
  const std::string id = std::to_string(reader->Integer(*from, "id", "from."));
  const std::string name = "@" + reader->Text(*from, "username", "from.");
  return std::any_of(users.begin(), users.end(), [&](const std::string& one) {
    return one == id || (name.size() > 1 && base::EqualsIgnoreCase(one, name));
  });
}

void ReadQuery(JsonReader* reader, const Json& query, const TelegramAllowed& allowed, Refusals* refusals,
               int64_t update_id, TelegramUpdates* updates) {
  const std::string callback_id = reader->Text(query, "id", "callback_query.");
  const std::string data = reader->Text(query, "data", "callback_query.");
  const Json* const message = reader->Object(query, "message", "callback_query.");
  if (!reader->status().ok() || callback_id.empty()) return;
  const auto refuse = [&](Why why, std::string words) {
    refusals->Count(Door::kTelegram, why);
    updates->refused.push_back({callback_id, std::move(words)});
  };
  const Chat chat = message == nullptr ? Chat() : ChatOf(reader, *message, allowed.chats);
  if (!chat.allowed) return refuse(Why::kStranger, "This chat may not acknowledge alerts.");
  if (!UserMayPress(reader, query, allowed.users)) {
    return refuse(Why::kStranger, "You are not among those who may acknowledge alerts.");
  }
  const size_t colon = data.find(':');
  auto action = colon == std::string::npos ? std::nullopt : ReadButton(data.substr(0, colon), data.substr(colon + 1));
  if (!action) return refuse(Why::kMalformed, "This button is not known here.");
  action->by = NameOfUser(reader, query);
  action->via = "telegram";
  if (action->by.empty()) return refuse(Why::kMalformed, "Telegram does not say who you are.");
  const Json* const entities = reader->Array(*message, "entities", "message.");
  updates->presses.push_back({.action = *std::move(action),
                              .answer_to = callback_id,
                              .chat = chat.id,
                              .message = std::to_string(reader->Integer(*message, "message_id", "message.")),
                              .update_id = update_id,
                              .text = reader->Text(*message, "text", "message."),
                              .entities = entities == nullptr ? std::string() : entities->dump()});
}

}  // namespace

base::Result<TelegramUpdates> ReadTelegramUpdates(std::string_view body, const TelegramAllowed& allowed,
                                                  Refusals* refusals) {
  if (body.size() > kMaxTelegramBytes) return base::Invalid("the answer is longer than any of Telegram's");
  ASSIGN_OR_RETURN(const Json document, ParseJsonBody(body, 64));
  JsonReader reader;
  const Json* const ok = JsonReader::Find(document, "ok");
  if (ok == nullptr || !ok->is_boolean()) return base::Invalid("this is no answer of Telegram's");
  if (!ok->get<bool>()) return ErrorOf(&reader, document);
  const Json* const result = reader.Array(document, "result");
  if (result == nullptr) return base::Invalid("this is no answer of Telegram's to getUpdates");
  TelegramUpdates updates;
  for (size_t i = 0; i < result->size() && i < kMaxUpdates; ++i) {
    const Json& update = (*result)[i];
    // What is wrong with one update must not keep the next ones out, so each is read on its own, and gone past.
    JsonReader one;
    const int64_t id = one.Integer(update, "update_id");
    if (id <= 0 || id == INT64_MAX) continue;
    updates.next_offset = std::max(updates.next_offset, id + 1);
    const Json* const query = one.Object(update, "callback_query");
    if (query != nullptr) ReadQuery(&one, *query, allowed, refusals, id, &updates);
    if (!one.status().ok()) refusals->Count(Door::kTelegram, Why::kMalformed);
  }
  return updates;
}

}  // namespace bekci::web::notify
