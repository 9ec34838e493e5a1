// Promises of receiver_kinds.h: what each kind needs, takes from the global section and refuses.
#include "agent/notify/routing/receiver_kinds.h"

#include <doctest/doctest.h>

#include <set>

#include "agent/base/text.h"
#include "agent/notify/routing/load_for_tests.h"

namespace bekci::notify::routing::receiver_kinds_test {
namespace {

// The first integration of a receiver with `configs`. The configuration is kept alive by the caller.
const IntegrationConfig& First(const Config& config) {
  REQUIRE(config->receivers.size() == 1);
  REQUIRE_FALSE(config->receivers[0].integrations.empty());
  return config->receivers[0].integrations[0];
}

TEST_CASE("there are eighteen kinds, each with a help for every key and no key twice") {
  CHECK(ReceiverKinds().size() == 18);
  const auto check = [](std::span<const config::Option> options) {
    std::set<std::string_view> keys;
    for (const config::Option& option : options) {
      CAPTURE(option.key);
      CHECK_FALSE(option.help.empty());
      CHECK(keys.insert(option.key).second);
    }
  };
  check(GlobalOptions());
  for (const ReceiverKind& kind : ReceiverKinds()) {
    CAPTURE(kind.name);
    CHECK(kind.list_key == std::string(kind.name) + "_configs");
    check(kind.options);
    config::Errors errors;
    config::Check(config::Node(), kind.options, &errors);  // aborts on a default that does not fit its option
  }
}

TEST_CASE("what the rows of a kind name are keys of its table") {
  const auto has = [](std::span<const config::Option> options, std::string_view key) {
    for (const config::Option& option : options) {
      if (key.empty() || option.key == key) return true;
    }
    return false;
  };
  for (const ReceiverKind& kind : ReceiverKinds()) {
    CAPTURE(kind.name);
    for (const UrlKey& url : kind.urls) CHECK(has(kind.options, url.key));
    for (const std::string_view key : kind.newer) CHECK(has(kind.options, key));
    for (const Exclusive& pair : kind.exclusive)
      CHECK((has(kind.options, pair.first) && has(kind.options, pair.second)));
    for (const Needs& needs : kind.needs) CHECK((has(kind.options, needs.keys[0]) && has(kind.options, needs.keys[1])));
    for (const FromGlobal& row : kind.from_global) {
      for (const std::string_view key : row.keys) CHECK(has(kind.options, key));
      for (const std::string_view key : row.globals) CHECK(has(GlobalOptions(), key));
    }
  }
  for (const UrlKey& url : GlobalUrls()) CHECK(has(GlobalOptions(), url.key));
  for (const std::string_view key : GlobalNewer()) CHECK(has(GlobalOptions(), key));
}

TEST_CASE("what a receiver does not say comes from the global section") {
  const Config mail = Load(WithReceiver("email_configs: [{to: a@b, auth_password_file: pw, smarthost: ''}]",
                                        "{smtp_smarthost: 'm:25', smtp_from: f@b, smtp_auth_username: u, "
                                        "smtp_auth_password: p, smtp_require_tls: false, smtp_hello: h, "
                                        "smtp_tls_config: {server_name: s}}"),
                           "/etc/am/am.yml");
  const config::Values& email = First(mail).values;
  CHECK(email.String("smarthost") == "m:25");
  CHECK(email.String("from") == "f@b");
  CHECK(email.String("hello") == "h");
  CHECK(email.String("auth_username") == "u");
  CHECK(email.String("auth_password").empty());
  CHECK(email.String("auth_password_file") == "/etc/am/pw");
  CHECK_FALSE(email.Bool("require_tls"));
  CHECK(email.Section("tls_config").String("server_name") == "s");
  CHECK(email.String("html") == R"({{ template "email.default.html" . }})");
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(email.StringMap("headers") ==
        Pairs{{"From", "f@b"}, {"Subject", R"({{ template "email.default.subject" . }})"}, {"To", "a@b"}});

  const Config opsgenie =
      Load(WithReceiver("opsgenie_configs: [{api_url: 'http://o/x', responders: [{id: 1, type: USER}]}]",
                        "{opsgenie_api_key_file: key}"),
           "/etc/am/am.yml");
  CHECK(First(opsgenie).values.String("api_url") == "http://o/x/");
  CHECK(First(opsgenie).values.String("api_key_file") == "/etc/am/key");
  CHECK(First(opsgenie).values.Sections("responders")[0].String("type") == "user");

  const Config pagerduty =
      Load(WithReceiver("pagerduty_configs: [{service_key: k, client: c, details: {a: {b: [1]}, firing: x}}]"));
  CHECK(First(pagerduty).values.String("url") == "https://events.pagerduty.com/v2/enqueue");
  CHECK(First(pagerduty).values.String("source") == "c");
  const config::Node* details = First(pagerduty).values.Tree("details");
  REQUIRE(details != nullptr);
  CHECK(details->entries.size() == 5);
  CHECK(details->Find("firing")->scalar == "x");
  CHECK(details->Find("num_firing")->scalar == "{{ .Alerts.Firing | len }}");
}

TEST_CASE("a receiver's http_config replaces the global one wholly, but for the proxy of msteamsv2") {
  const std::string global =
      "{http_config: {proxy_url: 'http://p:1', follow_redirects: false, basic_auth: {username: u}}}";
  const Config plain = Load(WithReceiver("webhook_configs: [{url: 'http://x'}]", global));
  CHECK(First(plain).http.basic_auth);
  CHECK_FALSE(First(plain).http.fetcher.follow_redirects);
  CHECK(First(plain).http.fetcher.proxies.for_http.has_value());
  const Config own =
      Load(WithReceiver("webhook_configs: [{url: 'http://x', http_config: {enable_http2: true}}]", global));
  CHECK_FALSE(First(own).http.basic_auth);
  CHECK(First(own).http.fetcher.follow_redirects);
  CHECK_FALSE(First(own).http.fetcher.proxies.for_http.has_value());
  const Config teams =
      Load(WithReceiver("msteamsv2_configs: [{webhook_url: 'http://x', http_config: {enable_http2: true}}]", global));
  CHECK_FALSE(First(teams).http.basic_auth);
  CHECK(First(teams).http.fetcher.proxies.for_http.has_value());
}

TEST_CASE("Slack uses a bot where there is a token, and a webhook or authorization of its own before that") {
  const std::string kWebhook = "slack_api_url: 'https://hook'";
  const std::string kBot = "slack_app_token: t";
  const struct {
    std::string slack;
    std::string global;
    const char* api_url;
    const char* token;
  } rows[] = {
      {"{}", kWebhook, "https://hook", ""},
      {"{}", kBot, "https://slack.com/api/chat.postMessage", "t"},
      {"{app_token: own}", kWebhook, "https://slack.com/api/chat.postMessage", "own"},
      {"{app_url: 'http://a/'}", kBot, "http://a/", "t"},
      {"{api_url: 'https://own'}", kBot, "https://own", ""},
      {"{http_config: {authorization: {credentials: x}}}", kBot, "https://slack.com/api/chat.postMessage", ""},
  };
  for (const auto& row : rows) {
    CAPTURE(row.slack);
    const Config config = Load(WithReceiver("slack_configs: [" + row.slack + "]", "{" + row.global + "}"));
    CHECK(First(config).values.String("api_url") == row.api_url);
    CHECK(First(config).values.String("app_token") == row.token);
  }
}

TEST_CASE("durations of receivers are Go's") {
  const Config config = Load(WithReceiver("pushover_configs: [{user_key: u, token: t, retry: 1.5m, ttl: 90s}]"));
  CHECK(First(config).values.Duration("retry") == base::seconds(90));
  CHECK(First(config).values.Duration("expire") == base::hours(1));
  CHECK(First(config).values.Duration("ttl") == base::seconds(90));
  for (const char* const timeout : {"1d", "10", "-5s"}) {
    CAPTURE(timeout);
    CHECK_FALSE(
        TryLoad(WithReceiver("webhook_configs: [{url: 'http://x', timeout: " + std::string(timeout) + "}]")).ok());
  }
}

struct Refused {
  const char* configs;
  const char* error;
  const char* global = "{}";
};

void CheckRefused(std::span<const Refused> rows) {
  for (const Refused& row : rows) {
    CAPTURE(row.configs);
    const auto config = TryLoad(WithReceiver(row.configs, row.global));
    REQUIRE_FALSE(config.ok());
    CHECK_MESSAGE(config.status().message().find(row.error) != std::string::npos, config.status().message());
    CHECK(config.status().message().find("s3cret") == std::string::npos);
  }
}

TEST_CASE("webhooks and mails that cannot work are refused") {
  const Refused rows[] = {
      {"webhook_configs: [{}]", "missing URL in webhook config"},
      {"webhook_configs: [{url: 'http://x', url_file: y}]", "at most one of url & url_file must be configured"},
      {"webhook_configs: [{url: 'ftp://s3cret/y'}]", "unsupported scheme \"ftp\" for URL"},
      {"webhook_configs: [{url: 's3cret'}]", "unsupported scheme \"\" for URL"},
      {"webhook_configs: [{url: 'http:///s3cret'}]", "missing host for URL"},
      {"webhook_configs: [{url: 'http://h s3cret/'}]", "invalid character in host"},
      {"webhook_configs: [{url: 'http://h:s3cret/'}]", "invalid port"},
      {"webhook_configs: [{url: 'http://{{ .x /s3cret'}]", "url:"},
      {"webhook_configs: [{url: 'http://x', max_alerts: -1}]", "out of range"},
      {"webhook_configs: [{url: 'http://x', urll: 1}]", "unknown key \"urll\", did you mean \"url\"?"},
      {"webhook_configs: [{url: 'http://x', http_config: {basic_auth: {username: a}, authorization: {credentials: "
       "s3cret}}}]",
       "basic_auth"},
      {"webhook_configs: [{url: 'http://x', http_config: {tls_config: {min_version: TLS9}}}]", "TLS9"},
      {"email_configs: [{}]", "\"to\" is missing"},
      {"email_configs: [{to: ''}]", "missing to address in email config"},
      {"email_configs: [{to: a@b}]", "no global SMTP smarthost set"},
      {"email_configs: [{to: a@b, smarthost: 'x:25'}]", "no global SMTP from set"},
      {"email_configs: [{to: a@b, from: c, smarthost: x}]", "missing port in address"},
      {"email_configs: [{to: a@b, from: c, smarthost: 'x:'}]", "port cannot be empty"},
      {"email_configs: [{to: a@b, from: c, smarthost: '::1:25'}]", "too many colons"},
      {"email_configs: [{to: a@b, from: c, smarthost: 'x:25', headers: {Subject: x, subject: y}}]",
       "duplicate header \"Subject\" in email config"},
      {"email_configs: [{to: a@b, from: c, smarthost: 'x:25', auth_password: s3cret, auth_password_file: x}]",
       "at most one of auth_password & auth_password_file"},
      {"email_configs: [{to: a@b, from: c, smarthost: 'x:25', threading: {thread_by_date: weekly}}]", "weekly"},
      {"email_configs: [{to: a@b, from: c, smarthost: 'x:25', tls_config: {cert: s3cret}}]", "cert needs key_file"},
  };
  CheckRefused(rows);
}

TEST_CASE("pages that cannot work are refused") {
  const Refused rows[] = {
      {"pagerduty_configs: [{}]", "missing service or routing key in PagerDuty config"},
      {"pagerduty_configs: [{routing_key: s3cret, routing_key_file: x}]",
       "at most one of routing_key & routing_key_file"},
      {"pagerduty_configs: [{routing_key: s3cret, details: [a]}]", "details: expected a mapping"},
      {"opsgenie_configs: [{}]", "no global OpsGenie API Key set either inline or in a file"},
      {"opsgenie_configs: [{}]", "at most one of opsgenie_api_key & opsgenie_api_key_file",
       "{opsgenie_api_key: s3cret, opsgenie_api_key_file: x}"},
      {"opsgenie_configs: [{api_key: s3cret, responders: [{type: team}]}]", "at least one of id, username or name"},
      {"opsgenie_configs: [{api_key: s3cret, responders: [{id: x, type: dog}]}]", "does not match valid options"},
      {"opsgenie_configs: [{api_key: s3cret, responders: [{id: x, type: '{{ if }}'}]}]", "type:"},
      {"victorops_configs: [{routing_key: x}]", "no global VictorOps API Key set"},
      {"victorops_configs: [{api_key: s3cret}]", "missing Routing key in VictorOps config"},
      {"victorops_configs: [{api_key: s3cret, routing_key: x, custom_fields: {entity_state: x}}]",
       "contains custom field entity_state which cannot be used"},
      {"pushover_configs: [{token: s3cret}]", "missing user key in Pushover config"},
      {"pushover_configs: [{user_key: s3cret}]", "missing token in Pushover config"},
      {"pushover_configs: [{user_key: u, token: s3cret, html: true, monospace: true}]",
       "at most one of monospace & html"},
      {"sns_configs: [{}]", "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"},
      {"sns_configs: [{topic_arn: a, sigv4: {access_key: x}}]", "must provide a AWS SigV4 Access key and Secret Key"},
      {"incidentio_configs: [{url: 'http://x'}]", "at least one of alert_source_token"},
      {"incidentio_configs: [{alert_source_token: s3cret}]", "one of url or url_file must be configured"},
      {"jira_configs: [{project: p, issue_type: b}]", "no global Jira Cloud URL set"},
      {"jira_configs: [{api_url: 'http://j', issue_type: b}]", "missing project in jira_config"},
      {"jira_configs: [{api_url: 'http://j', project: p}]", "missing issue_type in jira_config"},
      {"jira_configs: [{api_url: 'http://j', project: p, issue_type: b, summary: [a]}]", "summary: expected a text"},
  };
  CheckRefused(rows);
}

TEST_CASE("chats and messengers that cannot work are refused") {
  const Refused rows[] = {
      {"slack_configs: [{}]", "no global Slack API URL set either inline or in a file"},
      {"slack_configs: [{api_url: 'http://x', api_url_file: y}]", "at most one of api_url & api_url_file"},
      {"slack_configs: [{api_url: 'http://x', app_token: s3cret}]",
       "at most one of app_token/app_token_file & api_url"},
      {"slack_configs: [{api_url: 'http://x', update_message: true}]", "update_message needs a bot"},
      {"slack_configs: [{api_url: 'http://x', fields: [{title: a}]}]", "missing value in Slack field configuration"},
      {"slack_configs: [{api_url: 'http://x', fields: [{value: a}]}]", "missing title in Slack field configuration"},
      {"slack_configs: [{api_url: 'http://x', actions: [{text: a, url: b}]}]", "missing type in Slack action"},
      {"slack_configs: [{api_url: 'http://x', actions: [{type: a, url: b}]}]", "missing text in Slack action"},
      {"slack_configs: [{api_url: 'http://x', actions: [{type: a, text: b}]}]", "missing name or url in Slack action"},
      {"slack_configs: [{api_url: 'http://x', actions: [{type: a, text: b, name: c, confirm: {}}]}]",
       "missing text in Slack confirmation"},
      {"slack_configs: [{}]", "at most one of slack_app_token/slack_app_token_file & slack_api_url",
       "{slack_app_token: s3cret, slack_api_url: 'http://x'}"},
      {"rocketchat_configs: [{}]", "no global Rocketchat Token set"},
      {"rocketchat_configs: [{token: s3cret}]", "no global Rocketchat TokenID set"},
      {"mattermost_configs: [{}]", "no global Mattermost Webhook URL set"},
      {"telegram_configs: [{bot_token: s3cret}]", "missing chat_id"},
      {"telegram_configs: [{bot_token: s3cret, chat_id: 0}]", "missing chat_id"},
      {"telegram_configs: [{bot_token: s3cret, chat_id: abc}]", "whole number"},
      {"telegram_configs: [{chat_id: 1}]", "missing bot_token"},
      {"telegram_configs: [{bot_token: s3cret, chat_id: 1, parse_mode: html}]",
       "unknown parse_mode on telegram_config"},
      {"discord_configs: [{}]", "one of webhook_url or webhook_url_file must be configured"},
      {"webex_configs: [{room_id: x}]", "missing webex_configs.http_config.authorization"},
      {"webex_configs: [{http_config: {authorization: {credentials: s3cret}}}]", "missing room_id on webex_config"},
      {"wechat_configs: [{api_secret: s3cret}]", "no global Wechat CorpID set"},
      {"wechat_configs: [{corp_id: x}]", "no global Wechat Api Secret set"},
      {"wechat_configs: [{corp_id: x, api_secret: s3cret, message_type: html}]", "does not match valid options"},
      {"msteams_configs: [{}]", "one of webhook_url or webhook_url_file must be configured"},
      {"msteamsv2_configs: [{webhook_url: 'http://x', summary: y}]", "unknown key \"summary\""},
  };
  CheckRefused(rows);
}

}  // namespace
}  // namespace bekci::notify::routing::receiver_kinds_test
