// Messages without attachments: telegram, discord, webex, wechat, msteams, msteamsv2.
#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

constexpr UrlKey kApiUrl[] = {{"api_url"}};
constexpr UrlKey kWebhookUrl[] = {{"webhook_url"}};
constexpr Exclusive kWebhookUrls[] = {{"webhook_url", "webhook_url_file"}};
constexpr Needs kWebhookNeeds[] = {
    {{"webhook_url", "webhook_url_file"}, "one of webhook_url or webhook_url_file must be configured"}};

// --- telegram

const Option kTelegram[] = {
    SendResolved("true"),
    HttpConfig(),
    Text("api_url", "Where the Bot API is; global telegram_api_url where it is not given."),
    Secret("bot_token", "The token of the bot; global telegram_bot_token where it is not given."),
    SecretFile("bot_token_file", "File that holds it; read at each use."),
    Number("chat_id", "", "The chat: a number, negative for groups.", 0, 0),
    SecretFile("chat_id_file", "File that holds it; read at each use."),
    Number("message_thread_id", "", "The topic in a forum.", 0, 0),
    Text("message", R"({{ template "telegram.default.message" . }})", "The message."),
    Flag("disable_notifications", "", "Whether the message comes without a sound."),
    Text("parse_mode", "HTML", "How the message is read: HTML, Markdown, MarkdownV2, or nothing: as it is."),
};
constexpr Exclusive kTelegramExclusive[] = {{"bot_token", "bot_token_file"}, {"chat_id", "chat_id_file"}};
constexpr FromGlobal kTelegramGlobals[] = {
    {{"api_url", ""}, {"telegram_api_url", ""}, "no global Telegram API URL set"},
    {{"bot_token", "bot_token_file"},
     {"telegram_bot_token", "telegram_bot_token_file"},
     "missing bot_token or bot_token_file on telegram_config"},
};

void CheckTelegram(const Values& values, config::Errors* errors) {
  if (values.Integer("chat_id") == 0 && values.String("chat_id_file").empty()) {
    errors->Add(values.mark(), "missing chat_id or chat_id_file on telegram_config");
  }
  constexpr std::string_view kModes[] = {"", "Markdown", "MarkdownV2", "HTML"};
  if (std::find(std::begin(kModes), std::end(kModes), values.String("parse_mode")) != std::end(kModes)) return;
  errors->Add(values.MarkOf("parse_mode"),
              "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string");
}

// --- discord

const Option kDiscord[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("webhook_url", "The webhook of a channel."),
    SecretFile("webhook_url_file", "File that holds it; read at each use."),
    Text("title", R"({{ template "discord.default.title" . }})", "The title."),
    Text("message", R"({{ template "discord.default.message" . }})", "What stands in the embed."),
    Text("content", R"({{ template "discord.default.content" . }})", "What stands before it."),
    Text("username", "As whom."),
    Text("avatar_url", "The sender's picture."),
};
constexpr std::string_view kDiscordNewer[] = {"content"};

// --- webex

const Option kWebex[] = {
    SendResolved("true"),
    HttpConfig(),
    Text("api_url", "Where messages are sent; global webex_api_url where it is not given."),
    Text("message", R"({{ template "webex.default.message" . }})", "The message."),
    Text("room_id", "The room."),
};
constexpr Needs kWebexNeeds[] = {{{"room_id", ""}, "missing room_id on webex_config"}};
constexpr FromGlobal kWebexGlobals[] = {{{"api_url", ""}, {"webex_api_url", ""}, "no global Webex URL set"}};

void PrepareWebex(const Draft& draft) {
  if (SaysAuthorization(draft.node->Find("http_config"))) return;
  draft.errors->Add(draft.node->mark, "missing webex_configs.http_config.authorization");
}

// --- wechat

const Option kWechat[] = {
    SendResolved("false"),
    HttpConfig(),
    Secret("api_secret", "The secret of the application; global wechat_api_secret where it is not given."),
    SecretFile("api_secret_file", "File that holds it; read at each use."),
    Text("corp_id", "The company; global wechat_api_corp_id where it is not given."),
    Text("message", R"({{ template "wechat.default.message" . }})", "The message."),
    Text("api_url", "Where messages are sent; global wechat_api_url where it is not given."),
    Text("to_user", R"({{ template "wechat.default.to_user" . }})", "Users."),
    Text("to_party", R"({{ template "wechat.default.to_party" . }})", "Departments."),
    Text("to_tag", R"({{ template "wechat.default.to_tag" . }})", "Tags."),
    Text("agent_id", R"({{ template "wechat.default.agent_id" . }})", "The application."),
    Text("message_type", "text", "text or markdown."),
};
constexpr Exclusive kWechatExclusive[] = {{"api_secret", "api_secret_file"}};
constexpr FromGlobal kWechatGlobals[] = {
    {{"api_url", ""}, {"wechat_api_url", ""}, "no global Wechat URL set", true},
    {{"api_secret", "api_secret_file"},
     {"wechat_api_secret", "wechat_api_secret_file"},
     "no global Wechat Api Secret set either inline or in a file"},
    {{"corp_id", ""}, {"wechat_api_corp_id", ""}, "no global Wechat CorpID set"},
};

void CheckWechat(const Values& values, config::Errors* errors) {
  const std::string& type = values.String("message_type");
  if (type.empty() || type == "text" || type == "markdown") return;
  errors->Add(values.MarkOf("message_type"),
              "weChat message type " + base::Quoted(type) + " does not match valid options ^(text|markdown)$");
}

// --- msteams, msteamsv2

const Option kMsteams[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("webhook_url", "The connector of a channel."),
    SecretFile("webhook_url_file", "File that holds it; read at each use."),
    Text("title", R"({{ template "msteams.default.title" . }})", "The title."),
    Text("summary", R"({{ template "msteams.default.summary" . }})", "What is shown in lists."),
    Text("text", R"({{ template "msteams.default.text" . }})", "The text."),
};
const Option kMsteamsv2[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("webhook_url", "The address of the flow."),
    SecretFile("webhook_url_file", "File that holds it; read at each use."),
    Text("title", R"({{ template "msteamsv2.default.title" . }})", "The title."),
    Text("text", R"({{ template "msteamsv2.default.text" . }})", "The text."),
};

// The one kind whose own http_config keeps the proxy of the global one.
void PrepareMsteamsv2(const Draft& draft) {
  const Node* own = draft.node->Find("http_config");
  const Node* global = draft.global.Find("http_config");
  if (own == nullptr || !own->is_mapping() || Says(*own, "proxy_url")) return;
  if (global == nullptr || !Says(*global, "proxy_url")) return;
  Node http = *own;
  Put(&http, "proxy_url", *global->Find("proxy_url"));
  Put(draft.node, "http_config", std::move(http));
}

}  // namespace

std::span<const ReceiverKind> MessengerKinds() {
  static const ReceiverKind kKinds[] = {
      {.name = "telegram",
       .list_key = "telegram_configs",
       .options = kTelegram,
       .urls = kApiUrl,
       .exclusive = kTelegramExclusive,
       .from_global = kTelegramGlobals,
       .check = CheckTelegram},
      {.name = "discord",
       .list_key = "discord_configs",
       .options = kDiscord,
       .urls = kWebhookUrl,
       .exclusive = kWebhookUrls,
       .needs = kWebhookNeeds,
       .newer = kDiscordNewer},
      {.name = "webex",
       .list_key = "webex_configs",
       .options = kWebex,
       .urls = kApiUrl,
       .needs = kWebexNeeds,
       .from_global = kWebexGlobals,
       .prepare = PrepareWebex},
      {.name = "wechat",
       .list_key = "wechat_configs",
       .options = kWechat,
       .urls = kApiUrl,
       .exclusive = kWechatExclusive,
       .from_global = kWechatGlobals,
       .check = CheckWechat},
      {.name = "msteams",
       .list_key = "msteams_configs",
       .options = kMsteams,
       .urls = kWebhookUrl,
       .exclusive = kWebhookUrls,
       .needs = kWebhookNeeds},
      {.name = "msteamsv2",
       .list_key = "msteamsv2_configs",
       .options = kMsteamsv2,
       .urls = kWebhookUrl,
       .exclusive = kWebhookUrls,
       .needs = kWebhookNeeds,
       .prepare = PrepareMsteamsv2},
  };
  return kKinds;
}

}  // namespace bekci::notify::routing
