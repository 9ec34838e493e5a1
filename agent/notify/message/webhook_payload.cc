#include "agent/notify/message/webhook_payload.h"

#include "agent/notify/message/go_json.h"

namespace bekci::notify::message {
namespace {

void Key(std::string_view name, std::string* out) {
  if (out->back() != '{') *out += ',';
  AppendGoJson(name, out);
  *out += ':';
}
void Text(std::string_view name, std::string_view text, std::string* out) {
  Key(name, out);
  AppendGoJson(text, out);
}
void Map(std::string_view name, const Kv& kv, std::string* out) {
  Key(name, out);
  *out += '{';
  for (const KvPair& pair : kv.pairs) Text(pair.name, pair.value, out);
  *out += '}';
}

void AppendAlert(const AlertView& alert, std::string* out) {
  *out += '{';
  Text("status", alert.status, out);
  Map("labels", alert.labels, out);
  Map("annotations", alert.annotations, out);
  Text("startsAt", Rfc3339(alert.starts_at), out);
  Text("endsAt", Rfc3339(alert.ends_at), out);
  Text("generatorURL", alert.generator_url, out);
  Text("fingerprint", alert.fingerprint, out);
  *out += '}';
}

void AppendEscalation(const EscalationView& escalation, std::string* out) {
  *out += '{';
  Text("id", escalation.id, out);
  Text("policy", escalation.policy, out);
  Text("level", escalation.level, out);
  Text("levelTitle", escalation.level_title, out);
  Key("cycle", out);
  *out += std::to_string(escalation.cycle);
  Text("state", escalation.state, out);
  Text("reason", escalation.reason, out);
  Text("startedAt", Rfc3339(escalation.started_at), out);
  Text("enteredAt", Rfc3339(escalation.entered_at), out);
  Text("ackWithin", escalation.ack_within, out);
  Text("ackURL", escalation.ack_url, out);
  Text("delivery_id", escalation.delivery_id, out);
  Key("timeline", out);
  *out += '[';
  for (const templates::Value& value : escalation.timeline) {
    const auto& entry = value.data<TimelineView>();
    *out += out->back() == '[' ? "{" : ",{";
    Text("at", Rfc3339(entry.at), out);
    Text("event", entry.event, out);
    if (!entry.level.empty()) Text("level", entry.level, out);
    if (!entry.text.empty()) Text("text", entry.text, out);
    *out += '}';
  }
  *out += "]}";
}

}  // namespace

std::string WebhookPayload(const MessageData& data, const WebhookPayloadOptions& options) {
  const DataView& view = data.view();
  std::string out = "{";
  Text("receiver", view.receiver, &out);
  Text("status", view.status, &out);
  Key("alerts", &out);
  out += '[';
  for (const templates::Value& alert : view.alerts) {
    if (out.back() != '[') out += ',';
    AppendAlert(alert.data<AlertView>(), &out);
  }
  out += ']';
  Text("notification_reason", view.reason, &out);
  Map("groupLabels", view.group_labels, &out);
  Map("commonLabels", view.common_labels, &out);
  Map("commonAnnotations", view.common_annotations, &out);
  Map("routeLabels", view.route_labels, &out);
  Text("externalURL", view.external_url, &out);
  Text("version", "4", &out);
  Text("groupKey", data.notification().group_key, &out);
  Key("truncatedAlerts", &out);
  out += std::to_string(data.truncated_alerts());
  if (options.escalation && data.notification().escalation) {
    Key("escalation", &out);
    AppendEscalation(view.escalation, &out);
  }
  out += "}\n";
  return out;
}

}  // namespace bekci::notify::message
