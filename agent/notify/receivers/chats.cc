// discord, webex: chats that take a text and a little around it.
//
// Nobody is mentioned by a Discord message, whatever labels say. Source: receivers.md section 7;
// alertmanager-semantics.md sections 1.5 and 13.3. Thread rule: as HttpJob.
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kDiscordTitle = 256;
constexpr size_t kDiscordDescription = 4096;
constexpr size_t kDiscordContent = 2000;
constexpr int kFiringColour = 0x992D22;
constexpr int kResolvedColour = 0x2ECC71;
constexpr size_t kWebexBytes = 7439;  // of the message, before it is encrypted

std::string EmbedJson(HttpJob& job) {
  JsonBody embed;
  const std::string description = job.Text("message");
  embed.Add("title", message::TruncateCharacters(job.Text("title"), kDiscordTitle).text);
  embed.Add("description", message::TruncateCharacters(description, kDiscordDescription).text);
  embed.AddNumber("color", job.firing() ? kFiringColour : kResolvedColour);
  const std::string ack = job.AckUrl(description);
  if (!ack.empty()) {
    JsonBody field;
    field.Add("name", "Acknowledge").Add("value", ack);
    embed.AddRaw("fields", "[" + std::move(field).Object() + "]");
  }
  return std::move(embed).Object();
}

Delivery DeliverDiscord(HttpJob& job) {
  const std::string url = job.Secret("webhook_url");
  JsonBody json;
  json.Add("content", message::TruncateCharacters(job.Text("content"), kDiscordContent).text);
  json.AddRaw("embeds", "[" + EmbedJson(job) + "]");
  json.AddIfAny("username", job.Text("username")).AddIfAny("avatar_url", job.Text("avatar_url"));
  json.AddRaw("allowed_mentions", R"({"parse":[]})");
  // With wait=true Discord answers when the message stands, and says its name.
  const HttpReply reply = job.PostJson(WithParameter(url, "wait", "true"), std::move(json).Body());
  Delivery delivery = job.Judged(reply);
  const JsonAnswer answer(reply.body);
  if (IsSuccess(delivery.outcome)) delivery.detail = answer.Text("/id");
  const auto seconds = answer.Number("/retry_after");
  if (seconds && delivery.outcome == Outcome::kRateLimited) {
    delivery.retry_after = RetryAfterSeconds(*seconds).value_or(delivery.retry_after);
  }
  return delivery;
}

Delivery DeliverWebex(HttpJob& job) {
  std::string url = job.Text("api_url");
  if (url.empty()) url = "https://webexapis.com/v1/messages";
  std::string text = job.Text("message");
  const std::string ack = job.AckUrl(text);
  const std::string link = ack.empty() ? "" : "\n\n[Acknowledge](" + ack + ")";
  text = message::TruncateBytes(text, kWebexBytes - link.size()).text + link;
  JsonBody json;
  json.Add("markdown", text).Add("roomId", job.Text("room_id"));
  const HttpReply reply = job.PostJson(url, std::move(json).Body());
  Delivery delivery = job.Judged(reply);
  if (IsSuccess(delivery.outcome)) delivery.detail = JsonAnswer(reply.body).Text("/id");
  return delivery;
}

base::Status CheckDiscord(const Settings& settings) {
  return CheckUrl("webhook_url", settings.Text("webhook_url"));
}
base::Status CheckWebex(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

// 401 and 404: the webhook was deleted.
const HttpKind kDiscord = {
    .name = "discord", .codes = {.permanent = {401}}, .deliver = &DeliverDiscord, .check = &CheckDiscord};
const HttpKind kWebex = {.name = "webex", .deliver = &DeliverWebex, .check = &CheckWebex};

}  // namespace bekci::notify::receivers
