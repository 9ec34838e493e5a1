#include "agent/notify/forwarding/alert_batch.h"

#include "agent/base/rfc3339.h"
#include "agent/wire/json_writer.h"

namespace bekci::notify::forwarding {

std::string AlertsBody(std::span<const ForwardedAlertPtr> alerts) {
  std::string body;
  wire::JsonWriter json(&body, wire::JsonEscape::kHtml);
  json.BeginArray();
  for (const ForwardedAlertPtr& alert : alerts) {
    json.BeginObject();
    json.Key("annotations");
    json.BeginObject();
    for (const auto& [name, value] : alert->annotations) json.Member(name, value);
    json.EndObject();
    json.Member("endsAt", base::Rfc3339Millis(alert->ends_at.ms));
    json.Member("startsAt", base::Rfc3339Millis(alert->starts_at.ms));
    if (!alert->generator_url.empty()) json.Member("generatorURL", alert->generator_url);
    json.Key("labels");
    json.BeginObject();
    for (const auto& [name, value] : alert->labels) json.Member(name, value);
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
  return body;
}

}  // namespace bekci::notify::forwarding
