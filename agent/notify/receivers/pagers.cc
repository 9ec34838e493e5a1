// victorops (Splunk On-Call), pushover.
//
// Pushover takes a form, its key and token in it. A message of priority 2 repeats there until somebody acknowledges.
// Source: alertmanager-semantics.md sections 1.5 and 13.3, receivers.md section 13. Thread rule: as HttpJob.
#include <algorithm>

#include "agent/net/url.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kVictoropsMessage = 20'480;
constexpr size_t kPushoverTitle = 250;
constexpr size_t kPushoverMessage = 1024;
constexpr size_t kPushoverUrl = 512;
constexpr base::Duration kPushoverRetryMin = base::seconds(30);  // Pushover refuses less
constexpr base::Duration kPushoverExpireMax = base::seconds(10'800);

std::string VictoropsType(HttpJob& job) {
  if (!job.firing()) return "RECOVERY";
  if (job.IsAcknowledgement()) return "ACKNOWLEDGEMENT";
  const std::string type = job.Text("message_type");
  return type.empty() ? "CRITICAL" : type;
}

Delivery DeliverVictorops(HttpJob& job) {
  std::string base = job.Text("api_url");
  if (base.empty()) base = "https://alert.victorops.com/integrations/generic/20131114/alert/";
  const std::string key = job.Secret("api_key");
  const std::string url = JoinUrl(JoinUrl(base, key), job.Text("routing_key"));
  std::string message = job.Text("state_message");
  const std::string ack = job.AckUrl(message);
  const std::string link = ack.empty() ? "" : "\nAcknowledge: " + ack;
  message = message::TruncateCharacters(message, kVictoropsMessage - message::CharacterCount(link)).text + link;
  std::map<std::string, std::string> fields = {
      {"message_type", VictoropsType(job)},
      {"entity_id", GroupHash(job.notification())},
      {"entity_display_name", job.Text("entity_display_name")},
      {"state_message", message},
      {"monitoring_tool", job.Text("monitoring_tool")},
  };
  for (const auto& [name, text] : job.settings().Map("custom_fields")) {
    fields.emplace(name, job.Expanded("custom_fields", text));
  }
  JsonBody json;
  for (const auto& [name, value] : fields) json.Add(name, value);
  const HttpReply reply = job.PostJson(url, std::move(json).Body());
  Delivery delivery = job.Judged(reply);
  if (!reply.ok()) return delivery;
  const JsonAnswer answer(reply.body);
  if (answer.Text("/result") == "failure") {
    return FailureInside(Outcome::kPermanent, reply, "VictorOps: " + Excerpt(answer.Text("/message")));
  }
  return delivery;
}

std::string SecondsText(base::Duration duration) {
  return std::to_string(duration / base::seconds(1));
}

Delivery DeliverPushover(HttpJob& job) {
  const Settings& settings = job.settings();
  const std::string ack = job.AckUrl();
  std::string message = message::TruncateCharacters(job.Text("message"), kPushoverMessage).text;
  // Pushover refuses an empty one.
  if (message.find_first_not_of(" \n\t") == std::string::npos) message = "(no details)";
  Form form;
  form.Add("token", job.Secret("token")).Add("user", job.Secret("user_key"));
  form.Add("title", message::TruncateCharacters(job.Text("title"), kPushoverTitle).text).Add("message", message);
  form.Add("url", message::TruncateCharacters(ack.empty() ? job.Text("url") : ack, kPushoverUrl).text);
  form.Add("url_title", ack.empty() ? job.Text("url_title") : "Acknowledge");
  const std::string priority = job.Text("priority");
  form.Add("priority", priority);
  if (priority == "2") {
    form.Add("retry", SecondsText(std::max(settings.Duration("retry"), kPushoverRetryMin)));
    form.Add("expire", SecondsText(std::min(settings.Duration("expire"), kPushoverExpireMax)));
  }
  form.Add("device", job.Text("device")).Add("sound", job.Text("sound"));
  if (settings.Duration("ttl") > base::Duration::zero()) form.Add("ttl", SecondsText(settings.Duration("ttl")));
  if (settings.Flag("html")) form.Add("html", "1");
  if (settings.Flag("monospace")) form.Add("monospace", "1");
  std::string url = job.Text("api_url");
  if (url.empty()) url = "https://api.pushover.net/1/messages.json";
  const HttpReply reply = job.Ask({.url = url, .content_type = std::string(kFormType), .body = form.text()});
  Delivery delivery = job.Judged(reply);
  if (!reply.ok()) return delivery;
  const JsonAnswer answer(reply.body);
  if (answer.Text("/status") != "1") {
    return FailureInside(Outcome::kPermanent, reply, "Pushover: " + Excerpt(answer.Text("/errors/0")));
  }
  const std::string receipt = answer.Text("/receipt");
  delivery.detail = receipt.empty() ? answer.Text("/request") : receipt;
  return delivery;
}

base::Status CheckUrlOfApi(const Settings& settings) {
  return CheckUrl("api_url", settings.Text("api_url"));
}

}  // namespace

const HttpKind kVictorops = {
    .name = "victorops", .deduplicates = true, .deliver = &DeliverVictorops, .check = &CheckUrlOfApi};
const HttpKind kPushover = {.name = "pushover", .deliver = &DeliverPushover, .check = &CheckUrlOfApi};

}  // namespace bekci::notify::receivers
