// What tests of messages share: a notification made of a webhook's body, and one of an escalation's level.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "agent/base/rfc3339.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify::message {

inline model::Labels LabelsFromJson(const nlohmann::json& json) {
  std::vector<model::Labels::Pair> pairs;
  for (const auto& [name, value] : json.items()) pairs.emplace_back(name, value.get_ref<const std::string&>());
  return model::Labels::FromPairs(std::move(pairs));
}

inline base::Timestamp TimeFromJson(const nlohmann::json& json, const char* key) {
  const std::string text = json.value(key, "");
  if (text.empty() || text.starts_with("0001-")) return {};
  return {base::ParseRfc3339(text).value_or(0)};
}

// `body` is what Alertmanager posts; its times are cut to milliseconds. The receiver is as the body has it, quoted.
inline Notification NotificationFromJson(const nlohmann::json& body) {
  Notification notification;
  std::string receiver = body.value("receiver", "");
  for (size_t at = receiver.find('\\'); at != std::string::npos; at = receiver.find('\\', at + 1))
    receiver.erase(at, 1);
  notification.receiver = receiver;
  notification.group_key = body.value("groupKey", "");
  notification.group_labels = LabelsFromJson(body.value("groupLabels", nlohmann::json::object()));
  notification.route_labels = LabelsFromJson(body.value("routeLabels", nlohmann::json::object()));
  notification.external_url = body.value("externalURL", "");
  notification.now = TimeFromJson(body, "now");
  for (const auto& alert : body.value("alerts", nlohmann::json::array())) {
    notification.alerts.push_back({.labels = LabelsFromJson(alert.value("labels", nlohmann::json::object())),
                                   .annotations = alert.value("annotations", TextMap()),
                                   .starts_at = TimeFromJson(alert, "startsAt"),
                                   .ends_at = TimeFromJson(alert, "endsAt"),
                                   .generator_url = alert.value("generatorURL", ""),
                                   .resolved = alert.value("status", "firing") == "resolved"});
  }
  return notification;
}

// Level L2 of the policy "high" for one alert, HostDown of web-1.
inline Notification LevelNotification() {
  Notification notification;
  notification.receiver = "cross-team";
  notification.group_key = "{}:{alertname=\"HostDown\"}";
  notification.reason = Reason::kFirst;
  notification.alerts = {{.labels = {{"alertname", "HostDown"}, {"instance", "web-1"}, {"severity", "high"}},
                          .annotations = {{"summary", "web-1 is <down>"}, {"runbook_url", "https://wiki.test/down"}},
                          .starts_at = {1'795'255'726'547},
                          .generator_url = "http://bekci.test/graph?g0.expr=up+%3D%3D+0"}};
  notification.group_labels = {{"alertname", "HostDown"}};
  notification.external_url = "http://bekci.test";
  notification.now = {1'795'256'626'547};
  notification.delivery_id = "01JD/0/L2/cross-team/webhook/0/0";
  notification.escalation = Escalation{.id = "01JD",
                                       .policy = "high",
                                       .level = "L2",
                                       .level_title = "cross-team",
                                       .cycle = 0,
                                       .state = "active",
                                       .reason = "due",
                                       .started_at = {1'795'255'726'547},
                                       .entered_at = {1'795'256'626'547},
                                       .ack_within = base::minutes(15),
                                       .ack_url = "https://ack.test/e/01JD?a=ack&l=L2",
                                       .timeline = {{{1'795'255'726'547}, "level_entered", "L1", ""}}};
  return notification;
}

}  // namespace bekci::notify::message
