// slack: an incoming webhook, or chat.postMessage with an app's token.
//
// With a token and `update_message` the message of a group is brought up to date where it stands (chat.update), and
// what a level of an escalation says comes as a reply below it that the channel sees: a message that only changes
// alarms nobody. An incoming webhook can only post. The two answer in different ways: a webhook with the text `ok`, the
// API with 200 and an `ok` inside.
//
// Source: receivers.md section 3. Thread rule: as HttpJob.
#include "agent/base/text.h"
#include "agent/notify/message/media_escapes.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/untrusted.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxTitle = 1024;
constexpr std::string_view kApiUrl = "https://slack.com/api/chat.postMessage";

std::string FieldsJson(HttpJob& job) {
  JsonList list;
  const bool otherwise = job.settings().Flag("short_fields");
  for (const Settings& field : job.settings().List("fields")) {
    JsonBody json;
    json.AddIfAny("title", job.Text(field, "title")).AddIfAny("value", job.Text(field, "value"));
    json.AddFlag("short", field.Flag("short", otherwise));
    list.Add(std::move(json).Object());
  }
  return list.TextIfAny();
}

std::string ConfirmJson(HttpJob& job, const Settings& action) {
  const auto confirm = action.Section("confirm");
  if (!confirm || !confirm->IsSet("text")) return {};
  JsonBody json;
  json.Add("text", job.Text(*confirm, "text")).AddIfAny("title", job.Text(*confirm, "title"));
  json.AddIfAny("ok_text", job.Text(*confirm, "ok_text")).AddIfAny("dismiss_text", job.Text(*confirm, "dismiss_text"));
  return std::move(json).Object();
}

std::string ActionsJson(HttpJob& job) {
  JsonList list;
  for (const Settings& action : job.settings().List("actions")) {
    JsonBody json;
    json.Add("type", job.Text(action, "type")).Add("text", job.Text(action, "text"));
    json.AddIfAny("url", job.Text(action, "url")).AddIfAny("style", job.Text(action, "style"));
    json.AddIfAny("name", job.Text(action, "name")).AddIfAny("value", job.Text(action, "value"));
    json.AddRawIfAny("confirm", ConfirmJson(job, action));
    list.Add(std::move(json).Object());
  }
  const std::string ack = job.parts().slack_buttons ? std::string() : job.AckUrl();
  if (!ack.empty()) {
    JsonBody json;
    json.Add("type", "button").Add("text", "Acknowledge").Add("url", ack).Add("style", "primary");
    list.Add(std::move(json).Object());
  }
  return list.TextIfAny();
}

// What the presses of come to us (web's handler checks Slack's signature): the button names the incident.
std::string ButtonAttachment(const HttpJob& job, const std::string& color) {
  JsonBody label;
  label.Add("type", "plain_text").Add("text", "Acknowledge");
  JsonBody button;
  button.Add("type", "button")
      .AddRaw("text", std::move(label).Object())
      .Add("action_id", "ack")
      .Add("style", "primary");
  button.Add("value", message::TruncateBytes(job.notification().escalation->id, 2000).text);
  JsonBody actions;
  actions.Add("type", "actions").AddRaw("elements", "[" + std::move(button).Object() + "]");
  JsonBody attachment;
  attachment.AddIfAny("color", color).AddRaw("blocks", "[" + std::move(actions).Object() + "]");
  return std::move(attachment).Object();
}

std::string AttachmentsJson(HttpJob& job) {
  const Settings& settings = job.settings();
  // Places before words: an escaped `&` would be another place.
  const std::string title_link = job.Text("title_link");
  const std::string image_url = job.Text("image_url");
  const std::string thumb_url = job.Text("thumb_url");
  const message::Notification escaped = WithEscapedValues(job.notification(), &message::SlackEscaped);
  job.ExpandOver(&escaped);
  const std::string color = job.Text("color");
  JsonBody json;
  json.AddIfAny("title", message::TruncateCharacters(job.Text("title"), kMaxTitle).text)
      .AddIfAny("title_link", title_link);
  json.AddIfAny("pretext", job.Text("pretext")).Add("text", job.Text("text"));
  json.Add("fallback", job.Text("fallback")).Add("callback_id", job.Text("callback_id"));
  json.AddRawIfAny("fields", FieldsJson(job)).AddRawIfAny("actions", ActionsJson(job));
  json.AddIfAny("image_url", image_url).AddIfAny("thumb_url", thumb_url);
  json.Add("footer", job.Text("footer")).AddIfAny("color", color);
  JsonList markdown;
  auto fields = settings.Texts("mrkdwn_in");
  if (fields.empty()) fields = {"fallback", "pretext", "text"};
  for (const std::string& field : fields) {
    std::string quoted;
    wire::AppendJsonString(&quoted, field);
    markdown.Add(quoted);
  }
  json.AddRaw("mrkdwn_in", markdown.Text());
  job.ExpandOver(&job.notification());
  JsonList list;
  list.Add(std::move(json).Object());
  if (job.parts().slack_buttons && job.AsksToAcknowledge()) list.Add(ButtonAttachment(job, color));
  return list.Text();
}

// Where the message of the group stands, if it may be changed.
struct Place {
  std::string channel;
  std::string ts;
  bool known() const { return !channel.empty() && !ts.empty(); }
};

Place KeptPlace(const HttpJob& job) {
  if (!job.settings().Flag("update_message")) return {};
  const auto& kept = job.notification().kept;
  const auto channel = kept.find("channel");
  const auto ts = kept.find("ts");
  if (channel == kept.end() || ts == kept.end()) return {};
  return {channel->second, ts->second};
}

enum class How : unsigned char { kPost, kUpdate, kReply };

std::string MessageBody(HttpJob& job, const std::string& attachments, How how, const Place& place) {
  JsonBody json;
  json.Add("channel", how == How::kPost ? job.Text("channel") : place.channel);
  if (how == How::kUpdate) json.Add("ts", place.ts);
  json.AddIfAny("username", job.Text("username")).AddIfAny("icon_emoji", job.Text("icon_emoji"));
  json.AddIfAny("icon_url", job.Text("icon_url")).AddFlagIfSet("link_names", job.settings().Flag("link_names"));
  json.AddIfAny("text", job.Text("message_text")).AddRaw("attachments", attachments);
  if (how == How::kReply) json.Add("thread_ts", place.ts).AddFlag("reply_broadcast", true);
  return std::move(json).Body();
}

Outcome OutcomeOfError(std::string_view error) {
  struct Row {
    std::string_view error;
    Outcome outcome;
  };
  static constexpr Row kRows[] = {
      {"ratelimited", Outcome::kRateLimited},       {"rate_limited", Outcome::kRateLimited},
      {"internal_error", Outcome::kRetryable},      {"fatal_error", Outcome::kRetryable},
      {"service_unavailable", Outcome::kRetryable}, {"request_timeout", Outcome::kRetryable},
      {"invalid_auth", Outcome::kAuthError},        {"not_authed", Outcome::kAuthError},
      {"token_revoked", Outcome::kAuthError},       {"token_expired", Outcome::kAuthError},
      {"account_inactive", Outcome::kAuthError},    {"missing_scope", Outcome::kAuthError},
      {"no_permission", Outcome::kAuthError},
  };
  for (const Row& row : kRows) {
    if (row.error == error) return row.outcome;
  }
  return Outcome::kPermanent;
}

bool IsGone(std::string_view error) {
  return error == "message_not_found" || error == "cant_update_message" || error == "edit_window_closed" ||
         error == "thread_not_found";
}

// `error` of an answer that is not ok, or empty.
std::string ApiError(const HttpReply& reply) {
  const JsonAnswer answer(reply.body);
  if (answer.IsTrue("/ok")) return {};
  const std::string error = answer.Text("/error");
  return error.empty() ? "an answer without ok and error" : error;
}

Delivery JudgedByApi(const HttpJob& job, const HttpReply& reply) {
  Delivery delivery = job.Judged(reply);
  if (!reply.ok()) return delivery;
  const std::string error = ApiError(reply);
  if (!error.empty()) return FailureInside(OutcomeOfError(error), reply, "Slack: " + Excerpt(error));
  delivery.detail = JsonAnswer(reply.body).Text("/ts");
  return delivery;
}

Delivery DeliverByApi(HttpJob& job, const std::string& token) {
  std::string url = job.Text("app_url");
  if (url.empty()) url = job.settings().IsSet("api_url") ? job.Secret("api_url") : std::string(kApiUrl);
  const std::string attachments = AttachmentsJson(job);
  const auto send = [&](How how, const Place& place) {
    HttpQuestion question{.url = url,
                          .content_type = "application/json; charset=utf-8",
                          .body = MessageBody(job, attachments, how, place),
                          .secrets = {{"Authorization", "Bearer " + token}}};
    if (how == How::kUpdate && url.ends_with("chat.postMessage")) {
      question.url.replace(url.size() - std::string_view("chat.postMessage").size(), std::string::npos, "chat.update");
    }
    return job.Ask(question);
  };
  const Place place = KeptPlace(job);
  const bool calls_somebody = job.notification().escalation.has_value() && job.firing() && !job.IsAcknowledgement();
  How how = !place.known() ? How::kPost : calls_somebody ? How::kReply : How::kUpdate;
  HttpReply reply = send(how, place);
  if (how != How::kPost && reply.ok() && IsGone(ApiError(reply))) {
    how = How::kPost;
    reply = send(how, {});
  }
  Delivery delivery = JudgedByApi(job, reply);
  if (!IsSuccess(delivery.outcome) || !job.settings().Flag("update_message")) return delivery;
  const JsonAnswer answer(reply.body);
  if (how == How::kPost) delivery.kept = {{"channel", answer.Text("/channel")}, {"ts", answer.Text("/ts")}};
  // The group is over: its next life is another message.
  delivery.forget_kept = !job.firing();
  return delivery;
}

Delivery DeliverByWebhook(HttpJob& job) {
  const HttpReply reply = job.PostJson(job.Secret("api_url"), MessageBody(job, AttachmentsJson(job), How::kPost, {}));
  Delivery delivery = job.Judged(reply);
  if (!reply.ok() || base::Trim(reply.body) == "ok") return delivery;
  // Some senders of the same format answer as the API does.
  const JsonAnswer answer(reply.body);
  if (answer.IsTrue("/ok")) return delivery;
  const std::string error = answer.is_object() ? answer.Text("/error") : std::string(base::Trim(reply.body));
  return FailureInside(OutcomeOfError(error), reply, "Slack did not say ok: " + Excerpt(error));
}

Delivery DeliverSlack(HttpJob& job) {
  const std::string token = job.Secret("app_token");
  return token.empty() ? DeliverByWebhook(job) : DeliverByApi(job, token);
}

base::Status CheckSlack(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

// A webhook that says 403, 404 or 410 is gone or forbidden for good.
const HttpKind kSlack = {
    .name = "slack", .codes = {.permanent = {403}}, .deliver = &DeliverSlack, .check = &CheckSlack};

}  // namespace bekci::notify::receivers
