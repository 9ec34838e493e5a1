// What single media do beyond the shared table: errors inside good answers, messages brought up to date, second tries,
// lengths, signatures.
#include <doctest/doctest.h>

#include "agent/base/text.h"
#include "agent/notify/message/sms_text.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/receivers/digest.h"
#include "agent/notify/receivers/heartbeat.h"
#include "agent/notify/receivers/json.h"
#include "agent/notify/receivers/own_kinds.h"
#include "agent/notify/receivers/test_support.h"

namespace bekci::notify::receivers::media_test {
namespace {

struct Medium {
  Medium(std::string_view kind, const std::string& yaml) { Make(kind, yaml); }
  void Make(std::string_view kind, std::string yaml) {
    for (size_t at = yaml.find("URL"); at != std::string::npos; at = yaml.find("URL"))
      yaml.replace(at, 3, vendor.url());
    integration = MakeOf(kind, yaml, test.parts);
  }
  Delivery Send(const message::Notification& notification, std::vector<Answer> answers) {
    vendor.Says(std::move(answers));
    return DeliverNow(*integration, notification);
  }
  JsonAnswer Body(size_t i) const { return JsonAnswer(vendor.Asked().at(i).body); }

  TestParts test;
  Vendor vendor;
  std::unique_ptr<Integration> integration;
};

constexpr const char* kRefused = R"({"ok":false,"error":"channel_not_found"})";

}  // namespace

TEST_CASE("Slack's webhook must say ok, and Slack's API must mean it") {
  Medium slack("slack", "{api_url: URL/services/x, channel: c}");
  CHECK(slack.Send(Firing(), {{200, "ok"}}).outcome == Outcome::kDelivered);
  const Delivery odd = slack.Send(Firing(), {{200, "<html>welcome</html>"}});
  CHECK(odd.outcome == Outcome::kPermanent);
  CHECK(odd.detail == "Slack did not say ok: <html>welcome</html>");
  CHECK(slack.Send(Firing(), {{410, "channel_is_archived"}}).outcome == Outcome::kPermanent);

  slack.Make("slack", "{app_token: xoxb-1234, app_url: URL/api/chat.postMessage, channel: c}");
  CHECK(slack.Send(Firing(), {{200, kRefused}}).outcome == Outcome::kPermanent);
  CHECK(slack.vendor.Last().Header("Authorization") == "Bearer xoxb-1234");
  CHECK(slack.Send(Firing(), {{200, R"({"ok":false,"error":"ratelimited"})"}}).outcome == Outcome::kRateLimited);
  CHECK(slack.Send(Firing(), {{200, R"({"ok":false,"error":"invalid_auth"})"}}).outcome == Outcome::kAuthError);
  CHECK(slack.Send(Firing(), {{200, R"({"ok":false,"error":"fatal_error"})"}}).outcome == Outcome::kRetryable);
}

TEST_CASE("with update_message one message follows its group, and a level speaks below it") {
  Medium slack("slack",
               "{app_token: xoxb-1234, app_url: URL/api/chat.postMessage, channel: ops, update_message: true}");
  message::Notification notification = Firing();
  const Answer posted = {200, R"({"ok":true,"channel":"C1","ts":"17.5"})"};
  const Delivery first = slack.Send(notification, {posted});
  CHECK(first.kept == message::TextMap{{"channel", "C1"}, {"ts", "17.5"}});
  CHECK(slack.vendor.Last().path == "/api/chat.postMessage");

  notification.kept = first.kept;
  (void)slack.Send(notification, {posted});
  CHECK(slack.vendor.Last().path == "/api/chat.update");
  CHECK(slack.Body(0).Text("/channel") == "C1");
  CHECK(slack.Body(0).Text("/ts") == "17.5");

  message::Notification level = OfLevel();
  level.kept = first.kept;
  const Delivery reply = slack.Send(level, {posted});
  CHECK(reply.kept.empty());
  CHECK(slack.Body(0).Text("/thread_ts") == "17.5");
  CHECK(slack.Body(0).IsTrue("/reply_broadcast"));

  const Answer gone = {200, R"({"ok":false,"error":"message_not_found"})"};
  const Delivery again = slack.Send(notification, {gone, {200, R"({"ok":true,"channel":"C1","ts":"99"})"}});
  CHECK(again.kept.at("ts") == "99");

  message::Notification over = Resolved();
  over.kept = first.kept;
  CHECK(slack.Send(over, {posted}).forget_kept);
}

TEST_CASE("labels make no mentions and no links in Slack, what was written for Slack does") {
  Medium slack("slack", "{api_url: URL, channel: c, title: '{{ severity }}', text: '{{ summary }}'}");
  message::Notification notification = Firing();
  message::Alert& alert = notification.alerts.front();
  alert.labels = model::Labels({{"alertname", "A"}, {"severity", "<!channel> & co"}});
  alert.annotations["summary"] = "<https://wiki|runbook> of <!channel> & co";
  (void)slack.Send(notification, {{200, "ok"}});
  CHECK(slack.Body(0).Text("/attachments/0/title") == "&lt;!channel&gt; &amp; co");
  CHECK(slack.Body(0).Text("/attachments/0/text") == "<https://wiki|runbook> of &lt;!channel&gt; &amp; co");
}

TEST_CASE("a button that reaches us names the incident, else it is a link") {
  Medium slack("slack", "{api_url: URL, channel: c}");
  (void)slack.Send(OfLevel(), {{200, "ok"}});
  CHECK(slack.Body(0).Text("/attachments/0/actions/0/url") == kAckUrl);
  slack.test.parts.slack_buttons = true;
  (void)slack.Send(OfLevel(), {{200, "ok"}});
  CHECK(slack.Body(0).Count("/attachments") == 2);
  CHECK(slack.Body(0).Text("/attachments/1/blocks/0/elements/0/value") == "01JD");

  Medium telegram("telegram", "{api_url: URL, bot_token: t0ken, chat_id: 1, message: m}");
  (void)telegram.Send(OfLevel(), {{200, R"({"ok":true})"}});
  CHECK(telegram.Body(0).Text("/reply_markup/inline_keyboard/0/0/url") == kAckUrl);
  telegram.test.parts.telegram_buttons = true;
  (void)telegram.Send(OfLevel(), {{200, R"({"ok":true})"}});
  CHECK(telegram.Body(0).Text("/reply_markup/inline_keyboard/0/0/callback_data") == "ack:01JD");
}

TEST_CASE("a button whose presses reach us needs no link; without a way back and without a link there is none") {
  message::Notification notification = OfLevel();
  notification.escalation->ack_url.clear();
  Medium slack("slack", "{api_url: URL, channel: c}");
  Medium telegram("telegram", "{api_url: URL, bot_token: t0ken, chat_id: 1, message: m}");
  for (const bool way_back : {false, true}) {
    slack.test.parts.slack_buttons = telegram.test.parts.telegram_buttons = way_back;
    (void)slack.Send(notification, {{200, "ok"}});
    CHECK(slack.Body(0).Text("/attachments/1/blocks/0/elements/0/value") == (way_back ? "01JD" : ""));
    (void)telegram.Send(notification, {{200, R"({"ok":true})"}});
    CHECK(telegram.Body(0).Text("/reply_markup/inline_keyboard/0/0/callback_data") == (way_back ? "ack:01JD" : ""));
  }
}

TEST_CASE("Telegram: markup that cannot be read goes again as text, a group that moved is followed") {
  Medium telegram("telegram",
                  "{api_url: URL, bot_token: '1:abcdef', chat_id: '-5', message: '<b>x &amp; y</b>', "
                  "parse_mode: HTML}");
  const Answer unreadable = {400, R"({"ok":false,"description":"Bad Request: can't parse entities: x"})"};
  const Answer moved = {400, R"({"ok":false,"description":"group upgraded","parameters":{"migrate_to_chat_id":-100}})"};
  const Answer good = {200, R"({"ok":true,"result":{"message_id":8}})"};
  const Delivery plain = telegram.Send(Firing(), {unreadable, good});
  CHECK(plain.outcome == Outcome::kDelivered);
  CHECK(plain.detail == "8");
  CHECK(telegram.Body(0).Text("/parse_mode") == "HTML");
  CHECK(telegram.Body(1).Text("/parse_mode").empty());
  CHECK(telegram.Body(1).Text("/text") == "x & y");

  CHECK(telegram.Send(Firing(), {moved, good}).outcome == Outcome::kDelivered);
  CHECK(telegram.Body(1).Text("/chat_id") == "-100");
  (void)telegram.Send(Firing(), {good});
  CHECK(telegram.Body(0).Text("/chat_id") == "-100");
  // Who reads presses of buttons knows it too, of this API alone.
  const MovedChats& known = *telegram.test.parts.moved_chats;
  CHECK(known.Of(telegram.vendor.url(), "-5") == "-100");
  CHECK(known.Of(kTelegramApi, "-5").empty());

  const Answer no_button = {400, R"({"ok":false,"description":"Bad Request: BUTTON_URL_INVALID"})"};
  CHECK(telegram.Send(OfLevel(), {no_button, good}).outcome == Outcome::kDelivered);
  CHECK(telegram.Body(1).Text("/reply_markup/inline_keyboard/0/0/url").empty());
  CHECK(telegram.Body(1).Text("/text").ends_with(std::string("Acknowledge: ") + kAckUrl));
  CHECK(telegram.Send(Firing(), {{400, R"({"ok":false,"description":"chat not found"})"}}).outcome ==
        Outcome::kPermanent);
  CHECK(telegram.vendor.Asked().size() == 1);
}

TEST_CASE("texts are cut to exactly what a medium takes") {
  struct Row {
    std::string_view kind;
    std::string yaml;
    std::string_view pointer;
    size_t limit;
  };
  const Row rows[] = {
      {"telegram", "{api_url: URL, bot_token: abcdef, chat_id: 1, message: '{{ long }}'}", "/text", 4096},
      {"telegram", "{api_url: URL, bot_token: abcdef, chat_id: 1, message: '{{ long }}', parse_mode: HTML}", "/text",
       4096},
      {"discord", "{webhook_url: URL, title: '{{ long }}'}", "/embeds/0/title", 256},
      {"discord", "{webhook_url: URL, message: '{{ long }}'}", "/embeds/0/description", 4096},
      {"discord", "{webhook_url: URL, content: '{{ long }}'}", "/content", 2000},
      {"opsgenie", "{api_url: URL, api_key: k, message: '{{ long }}'}", "/message", 130},
      {"pagerduty", "{url: URL, routing_key: k, description: '{{ long }}'}", "/payload/summary", 1024},
      {"slack", "{api_url: URL, channel: c, title: '{{ long }}'}", "/attachments/0/title", 1024},
  };
  for (const Row& row : rows) {
    CAPTURE(row.kind);
    CAPTURE(row.pointer);
    Medium medium(row.kind, row.yaml);
    for (const size_t extra : {0u, 1u}) {
      std::string text;
      for (size_t i = 0; i < row.limit + extra; ++i) text += "\xC5\x9F";  // one letter of two bytes
      medium.test.texts.words = {{"long", text}};
      (void)medium.Send(Firing(), {});
      const std::string sent = medium.Body(0).Text(row.pointer);
      CHECK(message::CharacterCount(sent) == row.limit);
      CHECK(sent.ends_with(extra == 0 ? "\xC5\x9F" : "\xE2\x80\xA6"));
    }
  }
}

TEST_CASE("an event too large for PagerDuty goes without its details, a card for Teams with less text") {
  Medium pagerduty("pagerduty", "{url: URL, routing_key: k, description: d, details: {all: '{{ long }}'}}");
  pagerduty.test.texts.words = {{"long", std::string(520'000, 'x')}};
  (void)pagerduty.Send(Firing(), {{202}});
  CHECK(pagerduty.Body(0).Text("/payload/custom_details/error").find("512KB") != std::string::npos);
  CHECK(pagerduty.Body(0).Text("/payload/summary") == "d");

  Medium teams("msteamsv2", "{webhook_url: URL, title: t, text: '{{ long }}'}");
  teams.test.texts.words = {{"long", std::string(60'000, '<')}};
  (void)teams.Send(OfLevel(), {{202}});
  CHECK(teams.vendor.Last().body.size() <= 28 << 10);
  CHECK(teams.vendor.Last().body.size() > 20 << 10);
  CHECK(teams.Body(0).Text("/attachments/0/content/actions/0/url") == kAckUrl);
}

TEST_CASE("PagerDuty's old API has its own words, and says by 403 that it is too much") {
  Medium old("pagerduty", "{url: URL/generic/create_event.json, service_key: s3rvice, description: d}");
  CHECK(old.Send(Firing(), {{200, R"({"status":"success"})"}}).outcome == Outcome::kDelivered);
  CHECK(old.Body(0).Text("/event_type") == "trigger");
  CHECK(old.Body(0).Text("/service_key") == "s3rvice");
  CHECK(old.Send(Firing(), {{403}}).outcome == Outcome::kRateLimited);
}

TEST_CASE("Opsgenie: an update is three requests, and a failure of any is one of all") {
  Medium opsgenie("opsgenie",
                  "{api_url: URL, api_key: k3y1, message: m, description: d, update_alerts: true, "
                  "responders: [{name: 'a, b', type: teams}, {username: u, type: user}], tags: 'x, y'}");
  CHECK(opsgenie.Send(Firing(), {{202}, {202}, {202}}).outcome == Outcome::kAccepted);
  REQUIRE(opsgenie.vendor.Asked().size() == 3);
  CHECK(opsgenie.Body(0).Text("/responders/1/name") == "b");
  CHECK(opsgenie.Body(0).Text("/responders/2/username") == "u");
  CHECK(opsgenie.Body(0).Text("/tags/1") == "y");
  CHECK(opsgenie.vendor.Asked()[1].method == "PUT");
  CHECK(opsgenie.Body(1).Text("/message") == "m");
  CHECK(opsgenie.Body(2).Text("/description") == "d");
  CHECK(opsgenie.Send(Firing(), {{202}, {500}, {202}}).outcome == Outcome::kRetryable);
  CHECK(opsgenie.vendor.Asked().size() == 2);
}

TEST_CASE("the webhook names its message for ever, and its URL goes nowhere else whatever labels say") {
  Medium webhook("webhook", "{url: 'URL/{{ severity }}', max_alerts: 3}");
  (void)webhook.Send(Firing(), {});
  CHECK(webhook.vendor.Last().path == "/page");
  CHECK(webhook.vendor.Last().Header("Idempotency-Key") == "01JD/0/team/x/0");
  CHECK(webhook.vendor.Last().body == "{\"receiver\":\"team\",\"alerts\":1,\"max\":3}\n");

  message::Notification sly = Firing();
  sly.alerts.front().labels = model::Labels({{"severity", "@evil.example.test/"}});
  webhook.Make("webhook", "{url: 'http://good.example.test{{ severity }}'}");
  CHECK(webhook.Send(sly, {}).outcome != Outcome::kDelivered);
  sly.alerts.front().labels = model::Labels({{"severity", "a b"}});
  webhook.Make("webhook", "{url: 'URL/{{ severity }}'}");
  CHECK(webhook.Send(sly, {}).outcome == Outcome::kPermanent);

  webhook.Make("webhook", "{url: URL/, payload: {text: 'now {{ severity }}'}}");
  (void)webhook.Send(Firing(), {});
  CHECK(webhook.vendor.Last().body == "{\"text\":\"now page\"}\n");
  (void)webhook.Send(OfLevel(), {});
}

TEST_CASE("generic HTTP: methods, signatures, and errors inside good answers") {
  Medium http("http",
              "{url: URL/x, method: PUT, body: 'b {{ severity }}', content_type: text/plain, headers: {X-Me: "
              "'{{ severity }}'}, signature_secret: k3y, success_codes: [200, '202-203'], retry_codes: [404], "
              "success_json: {pointer: /status, value: sent}}");
  CHECK(http.Send(Firing(), {{200, R"({"status":"sent"})"}}).outcome == Outcome::kDelivered);
  const net::HttpRequest asked = http.vendor.Last();
  CHECK(asked.method == "PUT");
  CHECK(asked.body == "b page");
  CHECK(asked.Header("X-Me") == "page");
  const std::string signature(asked.Header("X-Agent-Signature"));
  const std::string time = signature.substr(2, signature.find(',') - 2);
  CHECK(signature == "t=" + time + ",v1=" + Hex(HmacSha256("k3y", time + ".b page")));

  CHECK(http.Send(Firing(), {{200, R"({"status":"error"})"}}).outcome == Outcome::kPermanent);
  CHECK(http.Send(Firing(), {{204}}).outcome == Outcome::kPermanent);
  CHECK(http.Send(Firing(), {{404}}).outcome == Outcome::kRetryable);
  CHECK(http.Send(Firing(), {{500}}).outcome == Outcome::kPermanent);
  CHECK(http.Send(Firing(), {{429}}).outcome == Outcome::kRateLimited);

  const auto dynamic = MakeIntegration(ConfigOf("http", "{url: 'http://{{ severity }}/'}"), http.test.parts);
  CHECK(dynamic.status().message().find("allow_dynamic_host") != std::string::npos);
}

TEST_CASE("text messages: a form, a query or JSON for any gateway, and Twilio's own codes") {
  Medium sms("sms",
             "{url: URL/send, to: '+905', message: 'ş {{ severity }}', fields: {user: me}, secret: k3yk3y, "
             "secret_field: pass, success_text: '00'}");
  CHECK(sms.Send(Firing(), {{200, "00 17"}}).outcome == Outcome::kDelivered);
  CHECK(sms.vendor.Last().body == "to=%2B905&text=s+page&user=me&pass=k3yk3y");
  const Delivery refused = sms.Send(Firing(), {{200, "30 k3yk3y is wrong"}});
  CHECK(refused.outcome == Outcome::kPermanent);
  CHECK(refused.detail.find("30 <secret> is wrong") != std::string::npos);
  sms.Make("sms", "{url: 'URL/send?u=1', format: query, to: '5', message: m, to_field: gsm}");
  (void)sms.Send(Firing(), {});
  CHECK(sms.vendor.Last().method == "GET");
  CHECK(sms.vendor.Last().Query("gsm") == "5");
  CHECK(sms.vendor.Last().Query("u") == "1");

  Medium twilio("twilio", "{api_url: URL, account_sid: AC1, auth_token: t0ken1, from: '+1', to: '+90', message: m}");
  const auto code = [](int number) { return R"({"code":)" + std::to_string(number) + R"(,"message":"x"})"; };
  CHECK(twilio.Send(Firing(), {{400, code(21211)}}).outcome == Outcome::kPermanent);
  CHECK(twilio.Send(Firing(), {{400, code(21611)}}).outcome == Outcome::kRateLimited);
  CHECK(twilio.Send(Firing(), {{400, code(20003)}}).outcome == Outcome::kAuthError);
  const Delivery lost = twilio.Send(Firing(), {{500, "{}"}});
  CHECK(lost.outcome == Outcome::kAmbiguous);
  CHECK(!lost.deduplicates);
  CHECK(twilio.Send(Firing(), {{201, R"({"sid":"SM9"})"}}).detail == "SM9");
  CHECK(twilio.vendor.Last().path == "/2010-04-01/Accounts/AC1/Messages.json");
  CHECK(twilio.vendor.Last().body.find("ValidityPeriod=600") != std::string::npos);
}

TEST_CASE("a text message keeps its link, whatever has to go") {
  Medium sms("sms", "{url: URL/, to: '1', message: '{{ long }}', max_parts: 2, transliterate: false}");
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xC5\x9F";
  sms.test.texts.words = {{"long", text}};
  (void)sms.Send(OfLevel(), {});
  std::vector<std::pair<std::string, std::string>> form;
  REQUIRE(net::ParseForm(sms.vendor.Last().body, &form));
  CHECK(form.at(1).second.ends_with(kAckUrl));
  CHECK(message::SizeOfSms(form.at(1).second).parts <= 2);
}

TEST_CASE("WeChat: a token is got once, and again when it has ended") {
  Medium wechat("wechat",
                "{api_url: URL/cgi-bin/, corp_id: c, api_secret: s3cret, message: m, to_user: '@all', agent_id: "
                "'7'}");
  const Answer token = {200, R"({"errcode":0,"access_token":"tok-1"})"};
  const Answer good = {200, R"({"errcode":0})"};
  const Answer ended = {200, R"({"errcode":42001,"errmsg":"access_token expired"})"};
  CHECK(wechat.Send(Firing(), {token, good}).outcome == Outcome::kDelivered);
  CHECK(wechat.vendor.Asked()[0].Query("corpsecret") == "s3cret");
  CHECK(wechat.vendor.Asked()[1].Query("access_token") == "tok-1");
  CHECK(wechat.Send(Firing(), {good}).outcome == Outcome::kDelivered);
  CHECK(wechat.Send(Firing(), {ended, token, good}).outcome == Outcome::kDelivered);
  CHECK(wechat.Send(Firing(), {ended, token, ended}).outcome == Outcome::kAuthError);
  CHECK(wechat.Send(Firing(), {{200, R"({"errcode":81013,"errmsg":"no user"})"}}).outcome == Outcome::kPermanent);
}

TEST_CASE("Jira: an issue is made once, found again, resolved and reopened") {
  Medium jira("jira",
              "{api_url: URL/rest/api/2/, project: OPS, issue_type: Bug, summary: s, description: d, "
              "resolve_transition: Done, reopen_transition: Back, reopen_duration: 1h, labels: [a b], fields: "
              "{customfield_1: '{{ severity }}'}}");
  const Answer none = {200, R"({"issues":[]})"};
  const auto found = [](const char* status) {
    return Answer{200, R"({"issues":[{"key":"OPS-1","fields":{"status":{"statusCategory":{"key":")" +
                           std::string(status) + R"("}}}}]})"};
  };
  const Answer transitions = {200, R"({"transitions":[{"id":"11","name":"Back"},{"id":"31","name":"Done"}]})"};
  CHECK(jira.Send(Firing(), {none, {201, R"({"key":"OPS-1"})"}}).detail == "OPS-1");
  CHECK(jira.Body(0).Text("/jql").find("project=\"OPS\" and labels=\"ALERT{") != std::string::npos);
  CHECK(jira.Body(1).Text("/fields/project/key") == "OPS");
  CHECK(jira.Body(1).Text("/fields/labels/0") == "a_b");
  CHECK(jira.Body(1).Text("/fields/customfield_1") == "page");

  CHECK(jira.Send(Resolved(), {found("new"), {204}, transitions, {204}}).outcome == Outcome::kDelivered);
  CHECK(jira.vendor.Asked()[1].method == "PUT");
  CHECK(jira.vendor.Asked()[2].method == "GET");
  CHECK(jira.Body(3).Text("/transition/id") == "31");
  CHECK(jira.Send(Firing(), {found("done"), {204}, transitions, {204}}).outcome == Outcome::kDelivered);
  CHECK(jira.Body(3).Text("/transition/id") == "11");
  CHECK(jira.Send(Firing(), {found("new"), {204}}).outcome == Outcome::kDelivered);
  CHECK(jira.vendor.Asked().size() == 2);
  CHECK(jira.Send(Resolved(), {none}).outcome == Outcome::kNothing);
  const Delivery stuck = jira.Send(Resolved(), {found("new"), {204}, {200, R"({"transitions":[]})"}});
  CHECK(stuck.detail == "the issue OPS-1 has no transition \"Done\" where it stands");
}

TEST_CASE("answers with status 200 that are none") {
  Medium rocket("rocketchat", "{api_url: URL, token: abcdef, token_id: i}");
  CHECK(rocket.Send(Firing(), {{200, R"({"success":false,"error":"no room"})"}}).detail == "Rocket.Chat: no room");
  Medium pushover("pushover", "{api_url: URL, token: abcdef, user_key: u, priority: '2', retry: 1s, expire: 9h}");
  CHECK(pushover.Send(Firing(), {{200, R"({"status":0,"errors":["user is invalid"]})"}}).outcome ==
        Outcome::kPermanent);
  CHECK(pushover.vendor.Last().body.find("retry=30&expire=10800") != std::string::npos);
  Medium victorops("victorops", "{api_url: URL, api_key: abcdef, routing_key: r}");
  CHECK(victorops.Send(Firing(), {{200, R"({"result":"failure","message":"m"})"}}).outcome == Outcome::kPermanent);
  Medium sns("sns",
             "{api_url: URL, topic_arn: 'arn:aws:sns:eu-west-1:1:t', sigv4: {access_key: A, secret_key: abcdef}}");
  CHECK(sns.Send(Firing(), {{400, "<Code>Throttling</Code>"}}).outcome == Outcome::kRateLimited);
  CHECK(sns.vendor.Last().Header("Authorization").find("/eu-west-1/sns/aws4_request") != std::string_view::npos);
}

TEST_CASE("a mattermost post has its attachment, a configuration that cannot work is refused with its place") {
  Medium post("mattermost",
              "{webhook_url: URL, text: x, title: t, color: red, fields: [{title: a, value: b, short: true}]}");
  (void)post.Send(Firing(), {});
  CHECK(post.Body(0).Text("/attachments/0/title") == "t");
  CHECK(post.Body(0).Text("/attachments/0/fields/0/short") == "true");
  const auto bad = MakeIntegration(ConfigOf("discord", "{webhook_url: 'discord.example.test'}"), post.test.parts);
  CHECK(bad.status().message().starts_with("alertmanager.yml:1: webhook_url: it is no URL"));
  CHECK(bad.status().message().find("discord.example") == std::string::npos);
}

TEST_CASE("a heartbeat beats when told, and says that something fails only where it has a place for it") {
  TestParts test;
  Vendor vendor;
  const auto make = [&](const std::string& yaml) {
    const auto node = config::ParseYaml(yaml, "escalation.yml");
    config::Errors errors;
    return Heartbeat::Make(config::Check(*node, HeartbeatRows(), &errors), test.parts);
  };
  const base::MonotonicTime deadline = test.clock.Monotonic() + base::seconds(10);
  auto quiet = make("{name: hc, url: " + vendor.url() + "/uuid-1}");
  REQUIRE(quiet.ok());
  CHECK((*quiet)->interval() == base::minutes(1));
  CHECK((*quiet)->Beat(Heartbeat::State::kAlive, "", deadline).outcome == Outcome::kDelivered);
  CHECK(vendor.Last().path == "/uuid-1");
  CHECK((*quiet)->Beat(Heartbeat::State::kFailing, "", deadline).outcome == Outcome::kNothing);
  auto loud = make("{name: hc, method: POST, url: " + vendor.url() + "/u, failing_url: " + vendor.url() + "/u/fail}");
  CHECK((*loud)->Beat(Heartbeat::State::kFailing, "rules are late", deadline).outcome == Outcome::kDelivered);
  CHECK(vendor.Last().path == "/u/fail");
  CHECK(vendor.Last().body == "rules are late");
  CHECK(make("{name: hc}").status().message() == "escalation.yml:1: give url or url_file");
}

TEST_CASE("our own kinds are read from a receiver's lists, with every mistake told") {
  const auto node = config::ParseYaml(
      "name: sms\ntwilio_configs:\n- {account_sid: A, auth_token: t, from: '1', to: '2'}\nsms_configs:\n- {url: x, "
      "too: y}\n",
      "escalation.yml");
  config::Errors errors;
  const config::Values receiver = config::Check(*node, OwnReceiverRows(), &errors);
  const auto integrations = ReadOwnIntegrations(receiver, "/etc", &errors);
  REQUIRE(integrations.size() == 2);
  CHECK(integrations[0].kind == "twilio");
  CHECK(integrations[0].send_resolved);
  CHECK(base::Join(errors.lines(), "\n").find("escalation.yml:5") != std::string::npos);
  CHECK(base::Join(errors.lines(), "\n").find("too") != std::string::npos);
}

}  // namespace bekci::notify::receivers::media_test
