#include "agent/web/notify/webhook_intake.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/web/api_answer.h"
#include "agent/web/notify/envelope.h"
#include "agent/web/notify/json_body.h"

namespace bekci::web::notify {
namespace {

using bekci::notify::PostedAlert;

constexpr std::string_view kPath = "/api/v1/alertmanager-webhook";
constexpr base::Duration kShortestHold = base::minutes(1);
constexpr base::Duration kLongestHold = base::hours(24 * 30);
constexpr size_t kMaxPairs = 500;  // labels, annotations of one alert

bekci::notify::message::TextMap ReadTexts(JsonReader* reader, const Json& object, const char* key,
                                          const std::string& place) {
  bekci::notify::message::TextMap texts;
  const Json* const map = reader->Object(object, key, place);
  if (map == nullptr) return texts;
  if (map->size() > kMaxPairs) {
    reader->Wrong(place + key + ": has more than " + std::to_string(kMaxPairs) + " members");
    return texts;
  }
  for (const auto& [name, value] : map->items()) {
    if (!value.is_string()) {
      reader->Wrong(place + key + "." + name.substr(0, 60) + ": must be text");
      return texts;
    }
    texts[name] = value.get<std::string>();
  }
  return texts;
}

// 0: none, as Go writes it, or left out.
base::Timestamp ReadTime(JsonReader* reader, const Json& object, const char* key, const std::string& place) {
  const std::string text = reader->Text(object, key, place);
  if (text.empty()) return {};
  const auto ms = base::ParseRfc3339(text);
  if (!ms) {
    reader->Wrong(place + key + ": " + base::Quoted(text.substr(0, 60)) + " is no time such as 2006-01-02T15:04:05Z");
    return {};
  }
  return {std::max<int64_t>(0, *ms)};
}

struct Times {
  base::Duration hold;
  base::Timestamp now;
};

void ReadAlert(JsonReader* reader, const Json& object, const std::string& place, const Times& times,
               WebhookAlerts* read) {
  if (!object.is_object()) {
    reader->Wrong(place.substr(0, place.size() - 1) + ": must be an object");
    return;
  }
  const std::string status = reader->Text(object, "status", place);
  const bool resolved = status == "resolved";
  if (!resolved && status != "firing") {
    reader->Wrong(place + "status: must be firing or resolved, not " + base::Quoted(status.substr(0, 40)));
  }
  PostedAlert& alert = read->alerts.emplace_back();
  const bekci::notify::message::TextMap labels = ReadTexts(reader, object, "labels", place);
  if (labels.empty()) reader->Wrong(place + "labels: there are none");
  alert.labels = model::Labels::FromPairs({labels.begin(), labels.end()});
  alert.annotations = ReadTexts(reader, object, "annotations", place);
  alert.generator_url = reader->Text(object, "generatorURL", place);
  alert.starts_at = std::min(ReadTime(reader, object, "startsAt", place), times.now);
  const base::Timestamp ends_at = ReadTime(reader, object, "endsAt", place);
  if (resolved) {
    ++read->resolved;
    alert.ends_at = ends_at.ms == 0 ? times.now : std::min(ends_at, times.now);
    alert.starts_at = std::min(alert.starts_at, alert.ends_at);
  } else {
    ++read->firing;
    alert.ends_at = times.now + times.hold;
  }
}

base::Result<base::Duration> ReadHold(std::string_view text) {
  if (text.empty()) return kWebhookHold;
  const auto hold = base::ParseDuration(text);
  if (hold.ok() && *hold >= kShortestHold && *hold <= kLongestHold) return *hold;
  return base::Invalid("invalid parameter \"hold\": must be a duration from 1m to 30d, such as 24h");
}

}  // namespace

base::Result<WebhookAlerts> ReadWebhook(std::string_view body, base::Duration hold, base::Timestamp now) {
  ASSIGN_OR_RETURN(const Json document, ParseJsonBody(body));
  if (!document.is_object()) return base::Invalid("the body must be an object: Alertmanager's webhook payload");
  JsonReader reader;
  const std::string version = reader.Text(document, "version");
  RETURN_IF_ERROR(reader.status());
  if (version != "4") {
    return base::Invalid(version.empty() ? "version: is missing; this takes Alertmanager's webhook payload, version 4"
                                         : "version: must be \"4\", not " + base::Quoted(version.substr(0, 20)));
  }
  const Json* const list = reader.Array(document, "alerts");
  RETURN_IF_ERROR(reader.status());
  if (list == nullptr) return base::Invalid("alerts: is missing");
  if (list->size() > kMaxWebhookAlerts) {
    return base::Invalid("alerts: there are " + std::to_string(list->size()) + ", more than the " +
                         std::to_string(kMaxWebhookAlerts) + " allowed; the sender's max_alerts bounds them");
  }
  WebhookAlerts read;
  read.alerts.reserve(list->size());
  for (size_t i = 0; i < list->size() && reader.status().ok(); ++i) {
    ReadAlert(&reader, (*list)[i], "alerts[" + std::to_string(i) + "].", {hold, now}, &read);
  }
  const int64_t truncated = reader.Integer(document, "truncatedAlerts");
  RETURN_IF_ERROR(reader.status());
  read.truncated = truncated > 0 ? static_cast<uint64_t>(truncated) : 0;
  return read;
}

std::vector<Route> WebhookIntake::Routes() {
  return {
      {.methods = "POST",
       .path = kPath,
       .name = "webhook_intake",
       .changes_state = true,
       .help = "Takes the webhooks of an Alertmanager; its alerts hold for 24h or hold= unless renewed or resolved.",
       .handle = [this](const net::HttpRequest& request) { return Take(request); }}};
}

net::HttpResponse WebhookIntake::Take(const net::HttpRequest& request) {
  if (request.body.size() > kMaxWebhookBytes) {
    return Refuse(Why::kTooLarge, TooLarge(request.body.size(), kMaxWebhookBytes));
  }
  if (!SaysJson(request)) {
    return Refuse(Why::kMalformed, Refused(415, "bad_data", "Content-Type must be application/json"));
  }
  const auto hold = ReadHold(request.Query("hold"));
  if (!hold.ok()) return Refuse(Why::kMalformed, BadRequest(hold.status().message()));
  auto read = ReadWebhook(request.body, *hold, clock_.Now());
  if (!read.ok()) return Refuse(Why::kMalformed, BadRequest(read.status().message()));
  if (!read->alerts.empty()) {
    const base::Status status = post_(std::move(read->alerts));
    if (!status.ok()) return RefusedAction(status);
  }
  ApiAnswer answer;
  answer.json().BeginObject();
  answer.json().Member("firing", static_cast<int64_t>(read->firing));
  answer.json().Member("resolved", static_cast<int64_t>(read->resolved));
  answer.json().EndObject();
  std::vector<std::string> warnings;
  if (read->truncated > 0) {
    warnings.push_back(std::to_string(read->truncated) +
                       " alerts were left out by the sender (max_alerts) and are not known here");
  }
  return answer.Finish(warnings);
}

net::HttpResponse WebhookIntake::Refuse(Why why, net::HttpResponse response) {
  refusals_.Count(Door::kIntake, why);
  return response;
}

}  // namespace bekci::web::notify
