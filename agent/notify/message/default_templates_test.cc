#include "agent/notify/message/default_templates.h"

#include <doctest/doctest.h>

#include <fstream>

#include "agent/notify/message/message_templates.h"
#include "agent/notify/message/notification_for_tests.h"

namespace bekci::notify::message::default_templates_test {
namespace {

using Json = nlohmann::json;

const MessageTemplates& Templates() {
  static base::RealFileSystem files;
  static const auto kTemplates = MessageTemplates::Load(files, {}).value();
  return *kTemplates;
}

std::string Call(const std::string& name, const Notification& notification, const std::string& of = ".") {
  const MessageData data(notification);
  const auto text = Templates().Expand("{{ template \"" + name + "\" " + of + " }}", data);
  return text.ok() ? *text : "error: " + text.status().message();
}

TEST_CASE("each medium says by default what Alertmanager says on it") {
  std::ifstream file(std::string(BEKCI_SOURCE_DIR) + "/agent/notify/message/testdata/default_texts.json");
  size_t texts = 0;
  for (const Json& message : Json::parse(file)) {
    const Notification notification = NotificationFromJson(message["data"]);
    for (const auto& [name, expected] : message["texts"].items()) {
      const std::string& which = name;
      CAPTURE(which);
      CHECK(Call(name, notification) == expected.get<std::string>());
      ++texts;
    }
    const Json& details = message["pagerduty_details"];
    CHECK(Call("pagerduty.default.instances", notification, ".Alerts.Firing") == details["firing"]);
    CHECK(Call("pagerduty.default.instances", notification, ".Alerts.Resolved") == details["resolved"]);
  }
  CHECK(texts > 40);
}

TEST_CASE("every template that a configuration of Alertmanager names by default is there") {
  for (const char* name : {"__alertmanager",
                           "__alertmanagerURL",
                           "__subject",
                           "__description",
                           "slack.default.callbackid",
                           "slack.default.pretext",
                           "slack.default.iconemoji",
                           "slack.default.iconurl",
                           "slack.default.footer",
                           "wechat.default.message",
                           "wechat.default.to_user",
                           "wechat.default.to_party",
                           "wechat.default.to_tag",
                           "wechat.default.agent_id",
                           "pushover.default.title",
                           "pushover.default.message",
                           "pushover.default.url",
                           "sns.default.subject",
                           "sns.default.message",
                           "discord.default.content",
                           "msteams.default.summary",
                           "msteams.default.title",
                           "msteams.default.text",
                           "msteamsv2.default.title",
                           "msteamsv2.default.text",
                           "jira.default.summary",
                           "jira.default.description",
                           "jira.default.priority",
                           "rocketchat.default.title",
                           "rocketchat.default.alias",
                           "rocketchat.default.text",
                           "rocketchat.default.emoji",
                           "rocketchat.default.iconurl",
                           "rocketchat.default.titlelink",
                           "mattermost.default.text",
                           "email.default.subject",
                           "email.default.html",
                           "email.default.text",
                           "sms.default.message"}) {
    CAPTURE(name);
    CHECK_FALSE(Call(name, LevelNotification()).starts_with("error"));
  }
}

TEST_CASE("the subject of a level's message names the level, that of others does not") {
  Notification notification = LevelNotification();
  CHECK(Call("__subject", notification) == "[FIRING:1 L2] HostDown (web-1 high)");
  notification.escalation.reset();
  CHECK(Call("__subject", notification) == "[FIRING:1] HostDown (web-1 high)");
  notification.alerts[0].resolved = true;
  CHECK(Call("email.default.subject", notification) == "[RESOLVED] HostDown (web-1 high)");
}

TEST_CASE("a level's message says on every medium who is called and where to acknowledge") {
  for (const char* name : {"slack.default.text", "telegram.default.message", "discord.default.message",
                           "msteamsv2.default.text", "opsgenie.default.description", "pushover.default.message",
                           "email.default.text", "mattermost.default.text", "webex.default.message"}) {
    CAPTURE(name);
    const std::string text = Call(name, LevelNotification());
    CHECK(text.find("L2 cross-team, policy high, to be answered within 15m. Acknowledge: "
                    "https://ack.test/e/01JD?a=ack&l=L2") != std::string::npos);
  }
  CHECK(Call("sms.default.message", LevelNotification()) ==
        "[FIRING:1 L2] HostDown (web-1 high): web-1 is <down> https://ack.test/e/01JD?a=ack&l=L2");
}

TEST_CASE("the text of a mail says what, since when, where, and where to look") {
  CHECK(Call("email.default.text", LevelNotification()) == R"([FIRING:1 L2] HostDown (web-1 high)

L2 cross-team, policy high, to be answered within 15m. Acknowledge: https://ack.test/e/01JD?a=ack&l=L2

web-1 is <down>
since 2026-11-21 10:08:46 UTC, 15m 0s
  alertname: HostDown
  instance: web-1
  severity: high
Runbook: https://wiki.test/down
Why: http://bekci.test/graph?g0.expr=up+%3D%3D+0

All alerts: http://bekci.test/#/alerts?receiver=cross-team
)");
}

TEST_CASE("the HTML of a mail is whole, escaped, small and needs nothing from outside") {
  const Notification notification = LevelNotification();
  const MessageData data(notification);
  const auto html = Templates().ExpandHtml("{{ template \"email.default.html\" . }}", data);
  REQUIRE_MESSAGE(html.ok(), html.status().message());
  for (const char* part :
       {"<!DOCTYPE html>", "1 firing", "web-1 is &lt;down&gt;", "15m 0s", "<b>L2</b> cross-team",
        "href=\"https://ack.test/e/01JD?a=ack&amp;l=L2\"", "href=\"https://wiki.test/down\"", ">Runbook</a>",
        ">Why</a>", "#b3261e", "href=\"http://bekci.test/#/alerts?receiver=cross-team\"", "</html>"}) {
    CAPTURE(part);
    CHECK(html->find(part) != std::string::npos);
  }
  for (const char* part : {"ZgotmplZ", "<down>", "<img", "<script", "<link", "url(", "<no value>"}) {
    CAPTURE(part);
    CHECK(html->find(part) == std::string::npos);
  }
  CHECK(html->size() < 6000);
}

TEST_CASE("a runbook that is no address does not become a link that runs") {
  Notification notification = LevelNotification();
  notification.alerts[0].annotations["runbook_url"] = "javascript:alert(1)";
  const MessageData data(notification);
  const auto html = Templates().ExpandHtml("{{ template \"email.default.html\" . }}", data);
  REQUIRE(html.ok());
  CHECK(html->find("javascript") == std::string::npos);
  CHECK(html->find("href=\"#ZgotmplZ\"") != std::string::npos);
}

}  // namespace
}  // namespace bekci::notify::message::default_templates_test
