// msteams: the cards of the old connectors; msteamsv2: adaptive cards for a workflow ("When a Teams webhook request is
// received").
//
// A workflow answers before it has posted, and a message beyond about 28 kB is lost there without a word: the text is
// cut until the card fits. The URL holds a signature, all of it is a secret.
//
// Source: receivers.md section 8. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxBytes = 28 << 10;

std::string OldCard(HttpJob& job, const std::string& title, const std::string& text) {
  JsonBody json;
  json.Add("@context", "http://schema.org/extensions").Add("type", "MessageCard").Add("title", title);
  json.AddIfAny("summary", job.Text("summary")).Add("text", text);
  json.Add("themeColor", job.firing() ? "8C1A1A" : "2DC72D");
  const std::string ack = job.AckUrl(text);
  if (!ack.empty()) {
    JsonBody target;
    target.Add("os", "default").Add("uri", ack);
    JsonBody action;
    action.Add("@type", "OpenUri").Add("name", "Acknowledge");
    action.AddRaw("targets", "[" + std::move(target).Object() + "]");
    json.AddRaw("potentialAction", "[" + std::move(action).Object() + "]");
  }
  return std::move(json).Body();
}

std::string AdaptiveCard(HttpJob& job, const std::string& title, const std::string& text) {
  JsonBody heading;
  heading.Add("type", "TextBlock").Add("text", title).Add("weight", "Bolder").Add("size", "Medium");
  heading.AddFlag("wrap", true).Add("style", "heading").Add("color", job.firing() ? "Attention" : "Good");
  JsonBody paragraph;
  paragraph.Add("type", "TextBlock").Add("text", text).AddFlag("wrap", true);
  JsonBody card;
  card.Add("$schema", "http://adaptivecards.io/schemas/adaptive-card.json").Add("type", "AdaptiveCard");
  card.Add("version", "1.2").AddRaw("msteams", R"({"width":"full"})");
  card.AddRaw("body", "[" + std::move(heading).Object() + "," + std::move(paragraph).Object() + "]");
  const std::string ack = job.AckUrl(text);
  if (!ack.empty()) {
    JsonBody action;
    action.Add("type", "Action.OpenUrl").Add("title", "Acknowledge").Add("url", ack);
    card.AddRaw("actions", "[" + std::move(action).Object() + "]");
  }
  JsonBody attachment;
  attachment.Add("contentType", "application/vnd.microsoft.card.adaptive").AddRaw("contentUrl", "null");
  attachment.AddRaw("content", std::move(card).Object());
  JsonBody json;
  json.Add("type", "message").AddRaw("attachments", "[" + std::move(attachment).Object() + "]");
  return std::move(json).Body();
}

Delivery DeliverCard(HttpJob& job, std::string (*card)(HttpJob&, const std::string&, const std::string&)) {
  const std::string url = job.Secret("webhook_url");
  const std::string title = message::TruncateBytes(job.Text("title"), 2048).text;
  std::string text = job.Text("text");
  std::string body = card(job, title, text);
  while (body.size() > kMaxBytes && !text.empty()) {
    // Escapes make a body longer than its text by a factor that differs from place to place, so this may take some
    // rounds.
    const size_t share = text.size() * kMaxBytes / body.size();
    text = message::TruncateBytes(text, share > 64 ? share - 64 : 0).text;
    body = card(job, title, text);
  }
  return job.Deliver({.url = url, .body = std::move(body)});
}

Delivery DeliverMsteams(HttpJob& job) {
  return DeliverCard(job, &OldCard);
}

Delivery DeliverMsteamsv2(HttpJob& job) {
  return DeliverCard(job, &AdaptiveCard);
}

base::Status CheckTeams(const Settings& settings) {
  return CheckUrl("webhook_url", settings.Text("webhook_url"));
}

// 401, 403, 404: the flow was deleted, or its signature changed.
constexpr Codes kCodes = {.accepted = {202}, .permanent = {401, 403}};

}  // namespace

const HttpKind kMsteams = {.name = "msteams", .codes = kCodes, .deliver = &DeliverMsteams, .check = &CheckTeams};
const HttpKind kMsteamsv2 = {.name = "msteamsv2", .codes = kCodes, .deliver = &DeliverMsteamsv2, .check = &CheckTeams};

}  // namespace bekci::notify::receivers
