// rocketchat, mattermost: chats with attachments in Slack's manner.
//
// Source: the vendors' documentation of chat.postMessage and of incoming webhooks; alertmanager-semantics.md section
// 1.5. Thread rule: as HttpJob.
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxTitle = 1024;
constexpr size_t kMattermostText = 16'383;  // of a post

std::string FieldsJson(HttpJob& job, const Settings& settings) {
  JsonList list;
  const bool otherwise = settings.Flag("short_fields");
  for (const Settings& field : settings.List("fields")) {
    JsonBody json;
    json.AddIfAny("title", job.Text(field, "title")).AddIfAny("value", job.Text(field, "value"));
    json.AddFlag("short", field.Flag("short", otherwise));
    list.Add(std::move(json).Object());
  }
  return list.TextIfAny();
}

std::string RocketActions(HttpJob& job) {
  JsonList list;
  for (const Settings& action : job.settings().List("actions")) {
    JsonBody json;
    json.Add("type", job.Text(action, "type").empty() ? "button" : job.Text(action, "type"));
    json.AddIfAny("text", job.Text(action, "text")).AddIfAny("url", job.Text(action, "url"));
    json.AddIfAny("msg", job.Text(action, "msg"));
    list.Add(std::move(json).Object());
  }
  const std::string ack = job.AckUrl();
  if (!ack.empty()) {
    JsonBody json;
    json.Add("type", "button").Add("text", "Acknowledge").Add("url", ack);
    list.Add(std::move(json).Object());
  }
  return list.TextIfAny();
}

std::string RocketAttachment(HttpJob& job) {
  JsonBody json;
  json.AddIfAny("title", message::TruncateCharacters(job.Text("title"), kMaxTitle).text)
      .AddIfAny("title_link", job.Text("title_link"));
  json.AddIfAny("text", job.Text("text")).AddIfAny("image_url", job.Text("image_url"));
  json.AddIfAny("thumb_url", job.Text("thumb_url")).AddIfAny("color", job.Text("color"));
  json.AddRawIfAny("fields", FieldsJson(job, job.settings())).AddRawIfAny("actions", RocketActions(job));
  return std::move(json).Object();
}

Delivery DeliverRocketchat(HttpJob& job) {
  std::string base = job.Text("api_url");
  if (base.empty()) base = "https://open.rocket.chat/";
  JsonBody json;
  json.AddIfAny("channel", job.Text("channel")).AddIfAny("emoji", job.Text("emoji"));
  json.AddIfAny("avatar", job.Text("icon_url")).AddFlagIfSet("parseUrls", job.settings().Flag("link_names"));
  json.AddRaw("attachments", "[" + RocketAttachment(job) + "]");
  HttpQuestion question{.url = JoinUrl(base, "api/v1/chat.postMessage"), .body = std::move(json).Body()};
  question.secrets = {{"X-User-Id", job.Secret("token_id")}, {"X-Auth-Token", job.Secret("token")}};
  const HttpReply reply = job.Ask(question);
  Delivery delivery = job.Judged(reply);
  if (!reply.ok()) return delivery;
  const JsonAnswer answer(reply.body);
  if (!answer.IsTrue("/success")) {
    return FailureInside(Outcome::kPermanent, reply, "Rocket.Chat: " + Excerpt(answer.Text("/error")));
  }
  delivery.detail = answer.Text("/message/_id");
  return delivery;
}

std::string MattermostAttachment(HttpJob& job, const Settings& settings) {
  static constexpr std::string_view kTexts[] = {
      "fallback",   "color", "pretext",   "author_name", "author_link", "author_icon", "title",
      "title_link", "text",  "thumb_url", "footer",      "footer_icon", "image_url"};
  JsonBody json;
  for (const std::string_view key : kTexts) json.AddIfAny(key, job.Text(settings, key));
  json.AddRawIfAny("fields", FieldsJson(job, settings));
  return std::move(json).Object();
}

Delivery DeliverMattermost(HttpJob& job) {
  const std::string url = job.Secret("webhook_url");
  std::string text = job.Text("text");
  const std::string ack = job.AckUrl(text);
  const std::string link = ack.empty() ? "" : "\n[Acknowledge](" + ack + ")";
  text = message::TruncateCharacters(text, kMattermostText - message::CharacterCount(link)).text + link;
  JsonList attachments;
  const std::string own = MattermostAttachment(job, job.settings());
  // Title, fields and so on of the receiver itself make one attachment; its text is the post's.
  if (job.settings().IsSet("title") || job.settings().IsSet("fallback")) attachments.Add(own);
  for (const Settings& one : job.settings().List("attachments")) attachments.Add(MattermostAttachment(job, one));
  JsonBody json;
  json.AddIfAny("channel", job.Text("channel")).AddIfAny("username", job.Text("username"));
  json.AddIfAny("text", text).AddIfAny("icon_url", job.Text("icon_url"));
  json.AddIfAny("icon_emoji", job.Text("icon_emoji")).AddRawIfAny("attachments", attachments.TextIfAny());
  json.AddIfAny("type", job.Text("type"));
  for (const std::string_view key : {"props", "priority"}) {
    const config::Node* const tree = job.settings().Tree(key);
    if (tree == nullptr || !tree->is_mapping()) continue;
    const auto value = job.parts().texts.CustomPayload(*tree, job.notification());
    if (!value.ok()) job.Fail(Failure(Outcome::kPermanent, "clientError", value.status().message()));
    if (value.ok()) json.AddRaw(key, *value);
  }
  return job.Deliver({.url = url, .body = std::move(json).Body()});
}

base::Status CheckRocketchat(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}
base::Status CheckMattermost(const Settings& settings) {
  return CheckUrl("webhook_url", settings.Text("webhook_url"));
}

}  // namespace

const HttpKind kRocketchat = {.name = "rocketchat", .deliver = &DeliverRocketchat, .check = &CheckRocketchat};
const HttpKind kMattermost = {.name = "mattermost", .deliver = &DeliverMattermost, .check = &CheckMattermost};

}  // namespace bekci::notify::receivers
