#include "agent/web/alertmanager/answer_body.h"

#include <array>
#include <utility>

#include "agent/base/rfc3339.h"

namespace bekci::web::alertmanager {
namespace {

void WriteTexts(wire::JsonWriter* json, std::string_view key, const std::vector<std::string>& texts) {
  json->Key(key);
  json->BeginArray();
  for (const std::string& text : texts) json->String(text);
  json->EndArray();
}

void WriteNamed(wire::JsonWriter* json, std::string_view name) {
  json->BeginObject();
  json->Member("name", name);
  json->EndObject();
}

void WriteMap(wire::JsonWriter* json, std::string_view key, const bekci::notify::message::TextMap& map) {
  json->Key(key);
  json->BeginObject();
  for (const auto& [name, value] : map) json->Member(name, value);
  json->EndObject();
}

}  // namespace

void WriteLabelSet(wire::JsonWriter* json, const model::Labels& labels) {
  json->BeginObject();
  for (const auto& [name, value] : labels) json->Member(name, value);
  json->EndObject();
}

void WriteAlert(wire::JsonWriter* json, const bekci::notify::AlertView& view) {
  const bekci::notify::Alert& alert = *view.alert;
  json->BeginObject();
  WriteMap(json, "annotations", alert.annotations);
  json->Member("endsAt", base::Rfc3339Millis(alert.ends_at.ms));
  json->Member("fingerprint", bekci::notify::message::FingerprintText(alert.fingerprint));
  json->Key("receivers");
  json->BeginArray();
  for (const std::string& receiver : view.receivers) WriteNamed(json, receiver);
  json->EndArray();
  json->Member("startsAt", base::Rfc3339Millis(alert.starts_at.ms));
  json->Key("status");
  json->BeginObject();
  json->Key("inhibitedBy");
  json->BeginArray();
  for (const uint64_t source : view.inhibited_by) json->String(bekci::notify::message::FingerprintText(source));
  json->EndArray();
  WriteTexts(json, "mutedBy", view.muted_by);
  WriteTexts(json, "silencedBy", view.silenced_by);
  json->Member("state", view.suppressed ? "suppressed" : "active");
  json->EndObject();
  json->Member("updatedAt", base::Rfc3339Millis(alert.updated_at.ms));
  if (!alert.generator_url.empty()) json->Member("generatorURL", alert.generator_url);
  json->Key("labels");
  WriteLabelSet(json, alert.labels);
  json->EndObject();
}

void WriteGroup(wire::JsonWriter* json, const bekci::notify::GroupView& group) {
  json->BeginObject();
  json->Key("alerts");
  json->BeginArray();
  for (const bekci::notify::AlertView& alert : group.alerts) WriteAlert(json, alert);
  json->EndArray();
  json->Key("labels");
  WriteLabelSet(json, group.labels);
  json->Key("receiver");
  WriteNamed(json, group.receiver);
  json->Key("routeLabels");
  WriteLabelSet(json, group.route_labels);
  json->EndObject();
}

void WriteSilence(wire::JsonWriter* json, const bekci::notify::Silence& silence, base::Timestamp now) {
  json->BeginObject();
  json->Member("id", silence.id);
  json->Key("status");
  json->BeginObject();
  json->Member("state", bekci::notify::SilenceStateName(silence.StateAt(now)));
  json->EndObject();
  json->Member("updatedAt", base::Rfc3339Millis(silence.updated_at.ms));
  if (!silence.annotations.empty()) WriteMap(json, "annotations", silence.annotations);
  json->Member("comment", silence.comment);
  json->Member("createdBy", silence.created_by);
  json->Member("endsAt", base::Rfc3339Millis(silence.ends_at.ms));
  json->Key("matchers");
  json->BeginArray();
  for (const model::Matcher& matcher : silence.matchers) {
    const model::MatchType type = matcher.type();
    json->BeginObject();
    json->Member("isEqual", !matcher.is_negative());
    json->Member("isRegex", type == model::MatchType::kRegex || type == model::MatchType::kNotRegex);
    json->Member("name", matcher.name());
    json->Member("value", matcher.value());
    json->EndObject();
  }
  json->EndArray();
  json->Member("startsAt", base::Rfc3339Millis(silence.starts_at.ms));
  json->EndObject();
}

net::HttpResponse JsonAnswer(std::string body) {
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = std::move(body);
  response.body += '\n';
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace bekci::web::alertmanager
