// opsgenie: alerts of Opsgenie, and of Jira Service Management, which has the same API under another base.
//
// Created under the hash of the group, acknowledged and closed under the same. With `update_alerts` message and
// description follow in two further requests; when one of them fails the whole is tried again, which does no harm,
// since all of them say what is so.
//
// Source: receivers.md section 5. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxMessage = 130;
constexpr size_t kMaxDescription = 15'000;

// "a, b" as ["a","b"].
std::string ListJson(std::string_view text) {
  JsonList list;
  for (const std::string_view part : base::Split(text, ',')) {
    const std::string_view item = base::Trim(part);
    if (item.empty()) continue;
    std::string quoted;
    wire::AppendJsonString(&quoted, item);
    list.Add(quoted);
  }
  return list.TextIfAny();
}

std::string DetailsJson(HttpJob& job) {
  std::map<std::string, std::string> details;
  for (const auto& [name, value] : CommonLabels(job.notification())) details[name] = value;
  for (const auto& [name, text] : job.settings().Map("details")) details[name] = job.Expanded("details", text);
  const std::string ack = job.AckUrl();
  if (!ack.empty()) details["acknowledge"] = ack;
  JsonBody json;
  for (const auto& [name, value] : details) json.Add(name, value);
  return std::move(json).Object();
}

std::string RespondersJson(HttpJob& job) {
  JsonList list;
  for (const Settings& responder : job.settings().List("responders")) {
    const std::string type = job.Text(responder, "type");
    std::string name = job.Text(responder, "name");
    const std::string id = job.Text(responder, "id");
    const std::string username = job.Text(responder, "username");
    if (id.empty() && name.empty() && username.empty()) continue;
    // "teams": several, separated by commas.
    const bool many = type == "teams";
    for (const std::string_view one : many ? base::Split(name, ',') : std::vector<std::string_view>{name}) {
      JsonBody json;
      json.AddIfAny("id", id).AddIfAny("name", base::Trim(one)).AddIfAny("username", username);
      json.AddIfAny("type", many ? "team" : std::string_view(type));
      list.Add(std::move(json).Object());
    }
  }
  return list.TextIfAny();
}

std::string CreateBody(HttpJob& job, const std::string& alias, const std::string& message,
                       const std::string& description) {
  JsonBody json;
  json.Add("alias", alias).Add("message", message).AddIfAny("description", description);
  json.AddRaw("details", DetailsJson(job)).Add("source", job.Text("source"));
  json.AddRawIfAny("responders", RespondersJson(job)).AddRawIfAny("tags", ListJson(job.Text("tags")));
  json.AddIfAny("note", job.Text("note")).AddIfAny("priority", job.Text("priority"));
  json.AddIfAny("entity", job.Text("entity")).AddRawIfAny("actions", ListJson(job.Text("actions")));
  return std::move(json).Body();
}

// One request of a delivery. `path` behind the base.
struct Step {
  std::string_view method;
  std::string path;
  std::string body;
};

std::vector<Step> Steps(HttpJob& job) {
  const std::string alias = GroupHash(job.notification());
  const std::string of_alias = "v2/alerts/" + alias + "/";
  const auto by_alias = [&](std::string_view verb) { return of_alias + std::string(verb) + "?identifierType=alias"; };
  if (!job.firing() || job.IsAcknowledgement()) {
    JsonBody json;
    json.Add("source", job.Text("source"));
    return {{"POST", by_alias(job.firing() ? "acknowledge" : "close"), std::move(json).Body()}};
  }
  const std::string message = message::TruncateCharacters(job.Text("message"), kMaxMessage).text;
  const std::string description = message::TruncateCharacters(job.Text("description"), kMaxDescription).text;
  std::vector<Step> steps = {{"POST", "v2/alerts", CreateBody(job, alias, message, description)}};
  if (!job.settings().Flag("update_alerts")) return steps;
  JsonBody message_json, description_json;
  message_json.Add("message", message);
  description_json.Add("description", description);
  steps.push_back({"PUT", by_alias("message"), std::move(message_json).Body()});
  steps.push_back({"PUT", by_alias("description"), std::move(description_json).Body()});
  return steps;
}

Delivery DeliverOpsgenie(HttpJob& job) {
  const std::string key = job.Secret("api_key");
  std::string base = job.Text("api_url");
  if (base.empty()) base = "https://api.opsgenie.com/";
  Delivery delivery;
  for (const Step& step : Steps(job)) {
    HttpQuestion question{.method = std::string(step.method),
                          .url = JoinUrl(base, step.path),
                          .body = step.body,
                          .secrets = {{"Authorization", "GenieKey " + key}}};
    const HttpReply reply = job.Ask(question);
    delivery = job.Judged(reply);
    if (!IsSuccess(delivery.outcome)) break;
    delivery.detail = JsonAnswer(reply.body).Text("/requestId");
  }
  return delivery;
}

base::Status CheckOpsgenie(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

const HttpKind kOpsgenie = {.name = "opsgenie",
                            .codes = {.accepted = {202}},
                            .deduplicates = true,
                            .deliver = &DeliverOpsgenie,
                            .check = &CheckOpsgenie};

}  // namespace bekci::notify::receivers
