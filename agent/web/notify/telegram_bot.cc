#include "agent/web/notify/telegram_bot.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/receivers/json.h"
#include "agent/web/notify/json_body.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {
namespace {

using bekci::notify::receivers::JsonBody;

constexpr base::Duration kShortestPause = base::seconds(1);
constexpr base::Duration kLongestPause = base::minutes(1);
constexpr base::Duration kPauseWhenDenied = base::minutes(5);  // somebody has to mend the token
constexpr base::Duration kAnswerWithin = base::seconds(10);
// Telegram keeps updates for a day; a press is known for two.
constexpr base::Duration kPressKnownFor = base::hours(48);
// Updates live for a day: an older offset confirms nothing.
constexpr base::Duration kOffsetCountsFor = base::hours(24);
// How long presses may wait behind talk; the question that is under way then is ended by its own bound.
constexpr base::Duration kTalkFor = base::seconds(5);
constexpr size_t kMaxToSay = 1000;  // of either sort; further ones are not said
constexpr size_t kMaxWords = 200;   // of an answer to a press
constexpr size_t kMaxText = 4096;   // of a message, in UTF-16 units, as its entities count too

size_t Utf16Units(unsigned char first_byte) {
  if ((first_byte & 0xC0) == 0x80) return 0;  // goes on
  return first_byte >= 0xF0 ? 2 : 1;
}

size_t Utf16Length(std::string_view text) {
  size_t units = 0;
  for (const char c : text) units += Utf16Units(static_cast<unsigned char>(c));
  return units;
}

// The beginning of a text that has at most `units`.
std::string_view Utf16Prefix(std::string_view text, size_t units) {
  size_t used = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    used += Utf16Units(static_cast<unsigned char>(text[i]));
    if (used > units) return text.substr(0, i);
  }
  return text;
}

// Those entities that end within the first `units`.
std::string EntitiesWithin(const std::string& entities, size_t units) {
  const auto list = ParseJsonBody(entities.empty() ? "[]" : entities);
  Json kept = Json::array();
  if (!list.ok() || !list->is_array()) return kept.dump();
  for (const Json& one : *list) {
    JsonReader reader;
    const int64_t offset = reader.Integer(one, "offset");
    const int64_t length = reader.Integer(one, "length");
    const bool sane = reader.status().ok() && offset >= 0 && length > 0 && offset <= static_cast<int64_t>(kMaxText);
    if (sane && length <= static_cast<int64_t>(units) - offset) kept.push_back(one);
  }
  return kept.dump();
}

}  // namespace

TelegramEdit EditOf(const ChatPress& press, std::string_view words) {
  JsonBody json;
  json.Add("chat_id", press.chat).AddRaw("message_id", press.message);
  if (press.text.empty()) {
    json.AddRaw("reply_markup", R"({"inline_keyboard":[]})");
    return {"editMessageReplyMarkup", std::move(json).Body()};
  }
  const std::string line = "\n\n" + std::string(words);
  const size_t room = kMaxText - std::min(kMaxText, Utf16Length(line));
  const std::string_view text = Utf16Prefix(press.text, room);
  json.Add("text", std::string(text) + line);
  json.AddRaw("entities", EntitiesWithin(press.entities, Utf16Length(text)));
  json.AddFlag("disable_web_page_preview", true);
  return {"editMessageText", std::move(json).Body()};
}

int64_t TelegramBot::OffsetToAsk() const {
  const Offset kept = world_.offset();
  const base::Duration age = clock_.Now() - kept.kept_at;
  return age > kOffsetCountsFor || age < -kOffsetCountsFor ? 0 : kept.next;
}

base::Result<TelegramUpdates> TelegramBot::Updates() {
  const base::Duration hold = talks() ? base::Duration::zero() : kTelegramPoll;
  JsonBody json;
  json.AddNumber("offset", OffsetToAsk()).AddNumber("timeout", base::ToMillis(hold) / 1000);
  json.AddNumber("limit", 100).AddRaw("allowed_updates", R"(["callback_query"])");
  const base::MonotonicTime begin = clock_.Monotonic();
  auto reply = world_.ask("getUpdates", std::move(json).Body(), hold + kAnswerWithin);
  if (!reply.ok()) {
    WaitLonger(reply.status(), {});
    return std::move(reply).status();
  }
  const std::vector<std::string> chats = world_.chats();
  auto updates = ReadTelegramUpdates(reply->body, {chats, world_.users}, &refusals_);
  if (!updates.ok()) {
    WaitLonger(updates.status(), reply->retry_after);
  } else {
    // Who answers at once that there is nothing is not asked again at once.
    const bool hasty = !talks() && updates->next_offset == 0 && clock_.Monotonic() - begin < kShortestPause;
    pause_ = hasty ? kShortestPause : base::Duration::zero();
  }
  return updates;
}

base::Status TelegramBot::Poll() {
  ASSIGN_OR_RETURN(const TelegramUpdates updates, Updates());
  for (const ChatPress& press : updates.presses) Take(press);
  for (const TelegramRefusal& refused : updates.refused) Say(refused.callback_id, refused.words, true);
  // Behind what the presses did: a crash in between asks for them once more, and they are known.
  if (updates.next_offset != 0) world_.keep_offset({updates.next_offset, clock_.Now()});
  Talk();
  return base::OkStatus();
}

// What Telegram makes of these is not waited out: the acknowledgement holds, and the next press is told so.
void TelegramBot::Talk() {
  const base::MonotonicTime until = clock_.Monotonic() + kTalkFor;
  while (talks() && clock_.Monotonic() < until) {
    std::deque<Question>& first = answers_.empty() ? edits_ : answers_;
    const Question question = std::move(first.front());
    first.pop_front();
    (void)world_.ask(question.method, question.body, kAnswerWithin);
  }
}

void TelegramBot::Take(const ChatPress& press) {
  ChatPress once = press;
  once.action.once = "telegram " + world_.name + " " + press.answer_to;
  once.action.once_until = clock_.Now() + kPressKnownFor;
  const PressOutcome outcome = world_.act(once);
  Say(press.answer_to, outcome.words, !outcome.done && !outcome.replayed);
  Edit(press, outcome.words);
}

void TelegramBot::Say(std::string_view callback_id, std::string_view words, bool loud) {
  JsonBody json;
  json.Add("callback_query_id", callback_id).Add("text", CleanText(words, kMaxWords)).AddFlag("show_alert", loud);
  if (answers_.size() < kMaxToSay) answers_.push_back({"answerCallbackQuery", std::move(json).Body()});
}

void TelegramBot::Edit(const ChatPress& press, std::string_view words) {
  TelegramEdit edit = EditOf(press, words);
  if (edits_.size() < kMaxToSay) edits_.push_back({edit.method, std::move(edit.body)});
}

void TelegramBot::WaitLonger(const base::Status& status, base::Duration retry_after) {
  pause_ = std::clamp(2 * pause_, kShortestPause, kLongestPause);
  if (status.code() == base::Code::kDenied) pause_ = kPauseWhenDenied;
  pause_ = std::max(pause_, std::min(retry_after, kPauseWhenDenied));
}

}  // namespace bekci::web::notify
