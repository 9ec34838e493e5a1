// pagerduty: Events API v2, and the old v1 where a service_key is given.
//
// The group's hash is the key under which PagerDuty knows the incident, the same that Alertmanager uses, so a site can
// move with incidents open. An event that PagerDuty took may still make no incident: 202 is "accepted".
//
// Source: receivers.md section 4. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxSummary = 1024;
constexpr size_t kMaxBytes = 512'000;
constexpr std::string_view kV2 = "https://events.pagerduty.com/v2/enqueue";
constexpr std::string_view kV1 = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
constexpr std::string_view kCut =
    R"({"error":"Custom details have been removed because the original event exceeds the maximum size of 512KB"})";

std::string_view Action(const HttpJob& job) {
  if (!job.firing()) return "resolve";
  return job.IsAcknowledgement() ? "acknowledge" : "trigger";
}

// Texts, in the order of their names; trees (a later Alertmanager allows them) as they are.
std::string DetailsJson(HttpJob& job) {
  const config::Node* const tree = job.settings().Tree("details");
  auto details = job.settings().Map("details");
  if (tree != nullptr && tree->is_mapping()) {
    const bool nested = std::any_of(tree->entries.begin(), tree->entries.end(),
                                    [](const auto& entry) { return !entry.second.is_scalar(); });
    if (nested) {
      auto json = job.parts().texts.CustomPayload(*tree, job.notification());
      if (json.ok()) return std::move(*json);
      job.Fail(Failure(Outcome::kPermanent, "clientError", "details: " + json.status().message()));
      return "{}";
    }
  }
  std::sort(details.begin(), details.end());
  JsonBody json;
  for (const auto& [name, text] : details) json.Add(name, job.Expanded("details", text));
  return std::move(json).Object();
}

std::string LinksJson(HttpJob& job, std::string_view list, std::initializer_list<std::string_view> keys) {
  JsonList links;
  for (const Settings& link : job.settings().List(list)) {
    JsonBody json;
    for (const std::string_view key : keys) json.AddIfAny(key, job.Text(link, key));
    links.Add(std::move(json).Object());
  }
  const std::string ack = list == "links" ? job.AckUrl() : std::string();
  if (!ack.empty()) {
    JsonBody json;
    json.Add("href", ack).Add("text", "Acknowledge");
    links.Add(std::move(json).Object());
  }
  return links.TextIfAny();
}

std::string PayloadJson(HttpJob& job, std::string_view details) {
  JsonBody json;
  json.Add("summary", message::TruncateCharacters(job.Text("description"), kMaxSummary).text)
      .Add("source", job.Text("source"));
  json.Add("severity", job.Text("severity")).AddIfAny("class", job.Text("class"));
  json.AddIfAny("component", job.Text("component")).AddIfAny("group", job.Text("group"));
  json.AddRaw("custom_details", details);
  return std::move(json).Object();
}

std::string EventV2(HttpJob& job, const std::string& key, std::string_view details) {
  JsonBody json;
  json.Add("routing_key", key).Add("dedup_key", GroupHash(job.notification())).Add("event_action", Action(job));
  // Only a trigger needs one; Alertmanager sends it with a resolve too.
  if (!job.IsAcknowledgement()) json.AddRaw("payload", PayloadJson(job, details));
  json.AddIfAny("client", job.Text("client")).AddIfAny("client_url", job.Text("client_url"));
  json.AddRawIfAny("images", LinksJson(job, "images", {"src", "alt", "href"}));
  json.AddRawIfAny("links", LinksJson(job, "links", {"href", "text"}));
  return std::move(json).Body();
}

std::string EventV1(HttpJob& job, const std::string& key, std::string_view details) {
  JsonBody json;
  json.Add("service_key", key).Add("incident_key", GroupHash(job.notification())).Add("event_type", Action(job));
  json.Add("description", message::TruncateCharacters(job.Text("description"), kMaxSummary).text);
  if (job.firing()) {
    json.AddIfAny("client", job.Text("client")).AddIfAny("client_url", job.Text("client_url"));
  }
  json.AddRaw("details", details);
  return std::move(json).Body();
}

Delivery DeliverPagerduty(HttpJob& job) {
  const bool old = job.settings().Secret("service_key").given();
  const std::string key = job.Secret(old ? "service_key" : "routing_key");
  std::string url = job.Text("url");
  if (url.empty()) url = old ? kV1 : kV2;
  // The global default is the address of version 2.
  if (old && url == kV2) url = kV1;
  const auto event = old ? &EventV1 : &EventV2;
  std::string body = event(job, key, DetailsJson(job));
  if (body.size() > kMaxBytes) body = event(job, key, kCut);
  const HttpReply reply = job.PostJson(url, std::move(body));
  Delivery delivery = job.Judged(reply);
  // Version 1 says by 403 that it is too much.
  if (old && reply.status.ok() && reply.code == 403) delivery = FailureInside(Outcome::kRateLimited, reply, "HTTP 403");
  if (IsSuccess(delivery.outcome)) delivery.detail = JsonAnswer(reply.body).Text("/dedup_key");
  return delivery;
}

base::Status CheckPagerduty(const Settings& settings) {
  return CheckUrl("url", settings.Text("url"));
}

}  // namespace

const HttpKind kPagerduty = {.name = "pagerduty",
                             .codes = {.accepted = {202}},
                             .deduplicates = true,
                             .deliver = &DeliverPagerduty,
                             .check = &CheckPagerduty};

}  // namespace bekci::notify::receivers
