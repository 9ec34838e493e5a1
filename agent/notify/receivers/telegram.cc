// telegram: messages of a bot.
//
// HTML is cut where a reader's text ends, never inside a tag. Where Telegram cannot read the markup all the same, the
// message goes out once more as plain text; where a group has become a supergroup, to its new number; where it does not
// take the link of the button (it wants a public name), with the link in the text. The token is part of the URL.
//
// Source: receivers.md section 6. Thread rule: as HttpJob.
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxText = 4096;
constexpr size_t kMaxCallbackBytes = 64;
constexpr std::string_view kAck = "Acknowledge";

struct Message {
  std::string chat_id;
  std::string text;
  std::string parse_mode;  // empty: plain
  std::string keyboard;    // JSON; empty: none
};

std::string ApiOf(HttpJob& job) {
  const std::string url = job.Text("api_url");
  return url.empty() ? kTelegramApi : url;
}

std::string Keyboard(const HttpJob& job) {
  if (!job.AsksToAcknowledge()) return {};
  const std::string url = job.AckUrl();
  const std::string callback = "ack:" + job.notification().escalation->id;
  JsonBody button;
  button.Add("text", kAck);
  if (job.parts().telegram_buttons && callback.size() <= kMaxCallbackBytes) {
    button.Add("callback_data", callback);
  } else if (!url.empty()) {
    button.Add("url", url);
  } else {
    return {};
  }
  JsonBody keyboard;
  keyboard.AddRaw("inline_keyboard", "[[" + std::move(button).Object() + "]]");
  return std::move(keyboard).Object();
}

// The names in alphabetical order and all values as text, as Alertmanager sends them.
std::string BodyOf(HttpJob& job, const Message& message) {
  JsonBody json;
  json.Add("chat_id", message.chat_id);
  if (job.settings().Flag("disable_notifications")) json.Add("disable_notification", "true");
  json.Add("disable_web_page_preview", "true");
  const std::string thread = job.Text("message_thread_id");
  if (!thread.empty() && thread != "0") json.Add("message_thread_id", thread);
  json.AddIfAny("parse_mode", message.parse_mode).AddRawIfAny("reply_markup", message.keyboard);
  json.Add("text", message.text);
  return std::move(json).Body();
}

// What to change after a refusal. False: there is nothing more to try.
bool Repair(HttpJob& job, const HttpReply& reply, Message* message) {
  const JsonAnswer answer(reply.body);
  const std::string description = answer.Text("/description");
  const auto says = [&](std::string_view words) { return description.find(words) != std::string::npos; };
  if (const std::string moved = answer.Text("/parameters/migrate_to_chat_id"); !moved.empty()) {
    job.parts().moved_chats->Note(ApiOf(job), message->chat_id, moved);
    message->chat_id = moved;
    return true;
  }
  if (says("can't parse entities") && !message->parse_mode.empty()) {
    if (message->parse_mode == "HTML")
      message->text = message::TruncateCharacters(message::PlainText(message->text), kMaxText).text;
    message->parse_mode.clear();
    return true;
  }
  if (says("BUTTON") && !message->keyboard.empty()) {
    message->keyboard.clear();
    if (job.AckUrl().empty()) return true;
    const std::string link = std::string(kAck) + ": " + job.AckUrl();
    message->text =
        message::TruncateCharacters(message->text, kMaxText - message::CharacterCount(link) - 1).text + "\n" + link;
    if (message->parse_mode != "HTML") message->parse_mode.clear();
    return true;
  }
  return false;
}

Delivery JudgedTelegram(const HttpJob& job, const HttpReply& reply) {
  Delivery delivery = job.Judged(reply);
  const JsonAnswer answer(reply.body);
  if (reply.ok()) {
    if (!answer.IsTrue("/ok")) return FailureInside(Outcome::kRetryable, reply, "200, but not Telegram's ok");
    delivery.detail = answer.Text("/result/message_id");
    return delivery;
  }
  const auto seconds = answer.Number("/parameters/retry_after");
  if (seconds && delivery.outcome == Outcome::kRateLimited) {
    delivery.retry_after = RetryAfterSeconds(*seconds).value_or(delivery.retry_after);
  }
  return delivery;
}

Message MessageOf(HttpJob& job) {
  Message message;
  message.chat_id = job.settings().IsSet("chat_id") && job.settings().Text("chat_id") != "0" ? job.Text("chat_id")
                                                                                             : job.Secret("chat_id");
  if (std::string moved = job.parts().moved_chats->Of(ApiOf(job), message.chat_id); !moved.empty()) {
    message.chat_id = std::move(moved);
  }
  message.parse_mode = job.settings().Text("parse_mode");
  if (message.parse_mode == "HTML") {
    message.text = message::TruncateMarkup(job.Html("message"), kMaxText).text;
  } else {
    message.text = message::TruncateCharacters(job.Text("message"), kMaxText).text;
  }
  message.keyboard = Keyboard(job);
  return message;
}

Delivery DeliverTelegram(HttpJob& job) {
  const std::string token = job.Secret("bot_token");
  const std::string url = JoinUrl(ApiOf(job), "bot" + token + "/sendMessage");
  Message message = MessageOf(job);
  HttpReply reply = job.PostJson(url, BodyOf(job, message));
  for (int repairs = 0; repairs < 3 && reply.status.ok() && reply.code == 400; ++repairs) {
    if (!Repair(job, reply, &message)) break;
    reply = job.PostJson(url, BodyOf(job, message));
  }
  return JudgedTelegram(job, reply);
}

base::Status CheckTelegram(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

// 403: the bot was blocked, or is no member.
const HttpKind kTelegram = {
    .name = "telegram", .codes = {.permanent = {403}}, .deliver = &DeliverTelegram, .check = &CheckTelegram};

}  // namespace bekci::notify::receivers
