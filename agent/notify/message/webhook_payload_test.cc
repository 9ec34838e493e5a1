#include "agent/notify/message/webhook_payload.h"

#include <doctest/doctest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/notify/message/notification_for_tests.h"
#include "agent/notify/message/yaml_value.h"

namespace bekci::notify::message::webhook_payload_test {
namespace {

using Json = nlohmann::json;
const std::string kTestData = std::string(BEKCI_SOURCE_DIR) + "/agent/notify/message/testdata/";

std::string Contents(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Without(std::string text, std::string_view part) {
  const size_t at = text.find(part);
  REQUIRE(at != std::string::npos);
  return text.erase(at, part.size());
}

// What was captured has nanoseconds, we have milliseconds.
std::string WithMilliseconds(std::string text) {
  for (size_t at = text.find("At\":\""); at != std::string::npos; at = text.find("At\":\"", at + 1)) {
    const size_t end = text.find('Z', at);
    const size_t point = text.find('.', at);
    if (point < end && end - point > 4) text.erase(point + 4, end - point - 4);
  }
  return text;
}

TEST_CASE("a payload is byte for byte what Alertmanager sends, but for the two keys that came with 0.34") {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kTestData)) {
    if (!entry.path().filename().string().starts_with("webhook-")) continue;
    CAPTURE(entry.path().string());
    ++count;
    const std::string captured = Contents(entry.path());
    const Json body = Json::parse(captured);
    Notification notification = NotificationFromJson(body);
    // The ones that were cut off.
    const size_t shown = notification.alerts.size();
    notification.alerts.resize(shown + body["truncatedAlerts"].get<size_t>());
    const MessageData data(notification, {.max_alerts = shown});
    std::string payload = WebhookPayload(data);
    payload = Without(Without(payload, R"(,"notification_reason":"unknown")"), R"(,"routeLabels":{})");
    CHECK(payload == WithMilliseconds(captured));
  }
  CHECK(count == 7);
}

TEST_CASE("what the alerts have in common is said of those that are sent") {
  Notification notification;
  notification.alerts = {{.labels = {{"a", "1"}, {"b", "1"}}, .resolved = true}, {.labels = {{"a", "1"}, {"b", "2"}}}};
  const MessageData one(notification, {.max_alerts = 1});
  CHECK(Json::parse(WebhookPayload(one))["commonLabels"] == Json{{"a", "1"}, {"b", "1"}});
  CHECK(Json::parse(WebhookPayload(one))["truncatedAlerts"] == 1);
  CHECK(Json::parse(WebhookPayload(one))["status"] == "resolved");
  CHECK(Json::parse(WebhookPayload(MessageData(notification)))["commonLabels"] == Json{{"a", "1"}});
}

TEST_CASE("a level's message has one more key, behind all others, and can be sent without it") {
  const Notification notification = LevelNotification();
  const MessageData data(notification);
  const std::string payload = WebhookPayload(data);
  const std::string key =
      R"(,"escalation":{"id":"01JD","policy":"high","level":"L2","levelTitle":"cross-team","cycle":0,"state":"active",)"
      R"("reason":"due","startedAt":"2026-11-21T10:08:46.547Z","enteredAt":"2026-11-21T10:23:46.547Z","ackWithin":"15m",)"
      R"("ackURL":"https://ack.test/e/01JD?a=ack\u0026l=L2","delivery_id":"01JD/0/L2/cross-team/webhook/0/0",)"
      R"("timeline":[{"at":"2026-11-21T10:08:46.547Z","event":"level_entered","level":"L1"}]})";
  CHECK(payload.find("\"truncatedAlerts\":0" + key + "}\n") != std::string::npos);
  CHECK(WebhookPayload(data, {.escalation = false}) == Without(payload, key));
  CHECK(payload.find(R"("notification_reason":"first notification")") != std::string::npos);
}

std::string Custom(const std::string& yaml) {
  static base::RealFileSystem files;
  static const auto kTemplates = MessageTemplates::Load(files, {}).value();
  const Notification notification = LevelNotification();
  const MessageData data(notification);
  const auto payload = CustomPayload(config::ParseYaml(yaml, "f").value(), data, *kTemplates);
  return payload.ok() ? *payload : "error: " + payload.status().message();
}

TEST_CASE("every text and key of a payload of one's own is a template, and what reads as YAML becomes structure") {
  const std::array<std::array<std::string, 2>, 14> cases = {{
      {"text: '{{ .CommonLabels.alertname }}'", R"({"text":"HostDown"})"},
      {"'{{ .Status }}-x': 1", R"({"firing-x":1})"},
      {"b: 1\na: [x, 2, 0x1f, 1.50, true, ~, '{{ len .Alerts }}', yes]",
       R"({"a":["x",2,31,1.5,true,null,1,true],"b":1})"},
      {"a: '{{ toJson .CommonLabels }}'", R"({"a":{"alertname":"HostDown","instance":"web-1","severity":"high"}})"},
      {"a: '{{ .Alerts | len }} of {{ .Alerts | len }}'", R"({"a":"1 of 1"})"},
      {"a: '{{ .CommonLabels.nope }}'", R"({"a":null})"},
      {"a: 'x: {{ .Status }}'", R"({"a":{"x":"firing"}})"},
      {"a: '\"5\"'", R"({"a":"\"5\""})"},
      {"a: '[1, \"5\", {b: c}]'", R"({"a":[1,"5",{"b":"c"}]})"},
      {"a: '[1, '", R"({"a":"[1, "})"},
      {"a: 2026-01-02", R"({"a":"2026-01-02"})"},
      {"a: '{{ .CommonAnnotations.summary }}'", R"({"a":"web-1 is \u003cdown\u003e"})"},
      {"'{{ toJson .GroupLabels }}'", R"({"alertname":"HostDown"})"},
      {"a: {b: ['{{ .Nope }}']}",
       "error: payload.a.b[0]: template: payload.a.b[0]:1:4: executing \"payload.a.b[0]\" at <.Nope>: can't evaluate "
       "field Nope in type *template.Data"},
  }};
  for (const auto& [yaml, expected] : cases) {
    const std::string given(yaml);
    CAPTURE(given);
    CHECK(Custom(yaml) == (expected.starts_with("error") ? expected : expected + "\n"));
  }
}

TEST_CASE("what came out of a template is data, also where it looks like a template") {
  CHECK(Custom(R"(a: '["{{ "{{" }} .Status }}"]')") == "{\"a\":[\"{{ .Status }}\"]}\n");
}

TEST_CASE("words of YAML that are no texts are what a Go program reads") {
  const std::array<std::array<std::string_view, 2>, 20> cases = {{{"1", "1"},
                                                                  {"-0", "0"},
                                                                  {"+7", "7"},
                                                                  {"0x1F", "31"},
                                                                  {"0b101", "5"},
                                                                  {"017", "15"},
                                                                  {"1_000", "1000"},
                                                                  {"1e3", "1000"},
                                                                  {".5", "0.5"},
                                                                  {"-1.5e-9", "-1.5e-9"},
                                                                  {"18446744073709551615", "18446744073709551615"},
                                                                  {"~", "null"},
                                                                  {"off", "false"},
                                                                  {"1.2.3", "text"},
                                                                  {"12:30", "text"},
                                                                  {"-", "text"},
                                                                  {"0x", "text"},
                                                                  {"1e400", "text"},
                                                                  {"nullx", "text"},
                                                                  {"--1", "text"}}};
  for (const auto& [word, expected] : cases) {
    const std::string given(word);
    CAPTURE(given);
    CHECK(YamlWordAsJson(word).value_or("text") == expected);
  }
}

}  // namespace
}  // namespace bekci::notify::message::webhook_payload_test
