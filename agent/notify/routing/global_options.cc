// The keys under global:, with their defaults.
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing {
namespace {

const Option kOptions[] = {
    {.key = "resolve_timeout",
     .type = Type::kDuration,
     .default_text = "5m",
     .help = "After how long an alert without an end counts as resolved when it is not told again."},
    HttpConfig(),
    Text("smtp_from", "Who sends mails."),
    Text("smtp_hello", "localhost", "The name of this host for the mail server."),
    Text("smtp_smarthost", "HOST:PORT of the mail server."),
    Text("smtp_auth_username", "The user's name for the mail server."),
    Secret("smtp_auth_password", "The password for PLAIN and LOGIN."),
    SecretFile("smtp_auth_password_file", "File that holds it; read at each use."),
    Secret("smtp_auth_secret", "The secret for CRAM-MD5."),
    SecretFile("smtp_auth_secret_file", "File that holds it; read at each use."),
    Text("smtp_auth_identity", "On whose behalf (PLAIN)."),
    Flag("smtp_require_tls", "true", "Whether to refuse a mail server without STARTTLS."),
    TlsConfig("smtp_tls_config"),
    Flag("smtp_force_implicit_tls", "", "Whether TLS begins with the connection; not given: on port 465."),
    Secret("slack_api_url", "Slack's incoming webhook."),
    SecretFile("slack_api_url_file", "File that holds it; read at each use."),
    Secret("slack_app_token", "The token of a bot, with which chat.postMessage is used instead of a webhook."),
    SecretFile("slack_app_token_file", "File that holds it; read at each use."),
    Text("slack_app_url", "https://slack.com/api/chat.postMessage", "Where the bot posts."),
    Text("pagerduty_url", "https://events.pagerduty.com/v2/enqueue", "Where PagerDuty takes events."),
    Text("opsgenie_api_url", "https://api.opsgenie.com/", "Where Opsgenie is."),
    Secret("opsgenie_api_key", "The key for it."),
    SecretFile("opsgenie_api_key_file", "File that holds it; read at each use."),
    Text("wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/", "Where WeChat is."),
    Secret("wechat_api_secret", "The secret of the application."),
    SecretFile("wechat_api_secret_file", "File that holds it; read at each use."),
    Text("wechat_api_corp_id", "The company."),
    Text("victorops_api_url", "https://alert.victorops.com/integrations/generic/20131114/alert/",
         "Where VictorOps is."),
    Secret("victorops_api_key", "The key for it."),
    SecretFile("victorops_api_key_file", "File that holds it; read at each use."),
    Text("telegram_api_url", "https://api.telegram.org", "Where Telegram's Bot API is."),
    Secret("telegram_bot_token", "The token of the bot."),
    SecretFile("telegram_bot_token_file", "File that holds it; read at each use."),
    Text("webex_api_url", "https://webexapis.com/v1/messages", "Where Webex takes messages."),
    Text("jira_api_url", "Where Jira is."),
    Text("rocketchat_api_url", "https://open.rocket.chat/", "Where Rocket.Chat is."),
    Secret("rocketchat_token", "The token of the sender."),
    SecretFile("rocketchat_token_file", "File that holds it; read at each use."),
    Secret("rocketchat_token_id", "The sender's id."),
    SecretFile("rocketchat_token_id_file", "File that holds it; read at each use."),
    Secret("mattermost_webhook_url", "Mattermost's incoming webhook."),
    SecretFile("mattermost_webhook_url_file", "File that holds it; read at each use."),
};

constexpr UrlKey kUrls[] = {{"slack_api_url"},  {"slack_app_url"},      {"pagerduty_url"},         {"opsgenie_api_url"},
                            {"wechat_api_url"}, {"victorops_api_url"},  {"telegram_api_url"},      {"webex_api_url"},
                            {"jira_api_url"},   {"rocketchat_api_url"}, {"mattermost_webhook_url"}};

constexpr Exclusive kExclusive[] = {
    {"smtp_auth_password", "smtp_auth_password_file"},
    {"smtp_auth_secret", "smtp_auth_secret_file"},
    {"slack_api_url", "slack_api_url_file"},
    {"slack_app_token", "slack_app_token_file"},
    {"opsgenie_api_key", "opsgenie_api_key_file"},
    {"wechat_api_secret", "wechat_api_secret_file"},
    {"victorops_api_key", "victorops_api_key_file"},
    {"telegram_bot_token", "telegram_bot_token_file"},
    {"rocketchat_token", "rocketchat_token_file"},
    {"rocketchat_token_id", "rocketchat_token_id_file"},
    {"mattermost_webhook_url", "mattermost_webhook_url_file"},
};

constexpr std::string_view kNewer[] = {"slack_app_url", "rocketchat_api_url"};

}  // namespace

std::span<const Option> GlobalOptions() {
  return kOptions;
}
std::span<const UrlKey> GlobalUrls() {
  return kUrls;
}
std::span<const Exclusive> GlobalExclusive() {
  return kExclusive;
}
std::span<const std::string_view> GlobalNewer() {
  return kNewer;
}

}  // namespace bekci::notify::routing
