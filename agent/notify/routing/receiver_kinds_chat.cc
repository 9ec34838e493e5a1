// Team chats with attachments: slack, and those that took its shape: rocketchat, mattermost.
#include "agent/base/text.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

// --- slack

constexpr Option kField[] = {
    Text("title", "Its title."),
    Text("value", "Its text."),
    Flag("short", "", "Whether two of them fit beside each other; as short_fields where it is not given."),
};
constexpr Option kConfirm[] = {
    Text("text", "What is asked."),
    Text("title", "The title."),
    Text("ok_text", "What the button for yes says."),
    Text("dismiss_text", "What the button for no says."),
};
constexpr Option kAction[] = {
    Text("type", "button."),
    Text("text", "What it says."),
    Text("url", "Where it leads."),
    Text("style", "primary or danger."),
    Text("name", "What it is called where it is answered."),
    Text("value", "What it says there."),
    Section("confirm", kConfirm, "Asks again before it acts."),
};
const Option kSlack[] = {
    SendResolved("false"),
    HttpConfig(),
    Secret("api_url", "The incoming webhook; global slack_api_url where it is not given."),
    SecretFile("api_url_file", "File that holds it; read at each use."),
    Secret("app_token", "The token of a bot, with which chat.postMessage is used instead of a webhook."),
    SecretFile("app_token_file", "File that holds it; read at each use."),
    Text("app_url", "Where the bot posts; global slack_app_url where it is not given."),
    Text("channel", "Where it is posted."),
    Text("username", R"({{ template "slack.default.username" . }})", "As whom."),
    Text("color", R"({{ if eq .Status "firing" }}danger{{ else }}good{{ end }})", "The colour of the bar at its left."),
    Text("title", R"({{ template "slack.default.title" . }})", "The title."),
    Text("title_link", R"({{ template "slack.default.titlelink" . }})", "Where the title leads."),
    Text("pretext", R"({{ template "slack.default.pretext" . }})", "What stands before the attachment."),
    Text("text", R"({{ template "slack.default.text" . }})", "What stands in it."),
    Text("message_text", "The text of the message itself, beside the attachment."),
    Sections("fields", kField, "A table in the attachment."),
    Flag("short_fields", "false", "Whether two fields fit beside each other."),
    Text("footer", R"({{ template "slack.default.footer" . }})", "What stands below it."),
    Text("fallback", R"({{ template "slack.default.fallback" . }})", "What is shown where attachments are not."),
    Text("callback_id", R"({{ template "slack.default.callbackid" . }})", "What answers of buttons are called."),
    Text("icon_emoji", R"({{ template "slack.default.iconemoji" . }})", "The sender's picture, as an emoji."),
    Text("icon_url", R"({{ template "slack.default.iconurl" . }})", "The sender's picture."),
    Text("image_url", "A picture."),
    Text("thumb_url", "A small picture."),
    Flag("link_names", "false", "Whether names in the text become links."),
    Texts("mrkdwn_in", "Which parts have markup; not given: fallback, pretext and text."),
    Sections("actions", kAction, "Buttons."),
    Flag("update_message", "", "Whether the group's message is updated instead of posting another; needs a bot."),
    GoDuration("timeout", "", "How long an answer may take."),
};
constexpr UrlKey kSlackUrls[] = {{"api_url"}, {"app_url"}};
constexpr Exclusive kSlackExclusive[] = {{"api_url", "api_url_file"}, {"app_token", "app_token_file"}};
constexpr std::string_view kSlackNewer[] = {"app_url"};

bool SaysAny(const Node& node, std::string_view first, std::string_view second) {
  return Says(node, first) || Says(node, second);
}

void CopyPair(const Node& from, std::string_view global, std::string_view key, Node* to) {
  for (const std::string_view suffix : {"", "_file"}) {
    const std::string name = std::string(global).append(suffix);
    if (Says(from, name)) Put(to, std::string(key).append(suffix), *from.Find(name));
  }
}

// A bot's token wins over a webhook of the global section; a webhook or an authorization of its own over a bot's of the
// global section. With a bot, api_url is where it posts.
void PrepareSlack(const Draft& draft) {
  Node* const node = draft.node;
  const bool own_header = SaysAuthorization(node->Find("http_config"));
  const bool own_url = SaysAny(*node, "api_url", "api_url_file");
  const bool own_token = SaysAny(*node, "app_token", "app_token_file");
  if (!Says(*node, "app_url")) Put(node, "app_url", *draft.global.Find("slack_app_url"));
  const Node app_url = *node->Find("app_url");
  if (own_url) {
    if (own_token && TextOf(*node, "api_url") != app_url.scalar) {
      draft.errors->Add(node->mark,
                        "at most one of app_token/app_token_file & api_url/api_url_file must be configured");
    }
    return;
  }
  if (!own_token && !own_header) CopyPair(draft.global, "slack_app_token", "app_token", node);
  if (SaysAny(*node, "app_token", "app_token_file")) {
    Put(node, "api_url", app_url);
  } else if (SaysAny(draft.global, "slack_api_url", "slack_api_url_file")) {
    CopyPair(draft.global, "slack_api_url", "api_url", node);
  } else if (own_header) {
    Put(node, "api_url", app_url);
  } else {
    draft.errors->Add(
        node->mark,
        "no global Slack API URL set either inline or in a file, and no app token: api_url, app_token, or "
        "global slack_api_url or slack_app_token must be configured");
  }
}

void CheckConfirm(const Values& action, config::Errors* errors) {
  if (!action.IsSetInFile("confirm")) return;
  const Values& confirm = action.Section("confirm");
  if (confirm.String("text").empty()) {
    errors->Add(confirm.mark(), "missing text in Slack confirmation configuration");
  }
}

void CheckFields(const Values& values, std::string_view what, config::Errors* errors) {
  for (const Values& field : values.Sections("fields")) {
    for (const std::string_view key : {"title", "value"}) {
      if (field.String(key).empty()) {
        errors->Add(field.mark(), "missing " + std::string(key) + " in " + std::string(what) + " field configuration");
      }
    }
  }
}

void CheckSlack(const Values& values, config::Errors* errors) {
  CheckFields(values, "Slack", errors);
  for (const Values& action : values.Sections("actions")) {
    for (const std::string_view key : {"type", "text"}) {
      if (action.String(key).empty()) {
        errors->Add(action.mark(), "missing " + std::string(key) + " in Slack action configuration");
      }
    }
    if (action.String("url").empty() && action.String("name").empty()) {
      errors->Add(action.mark(), "missing name or url in Slack action configuration");
    }
    CheckConfirm(action, errors);
  }
  const bool bot = !values.String("app_token").empty() || !values.String("app_token_file").empty() ||
                   values.String("api_url") == values.String("app_url");
  if (values.Bool("update_message") && !bot) {
    errors->Add(values.MarkOf("update_message"),
                "update_message needs a bot: set app_token or app_token_file; messages of incoming webhooks cannot be "
                "updated");
  }
}

// --- rocketchat

constexpr Option kRocketAction[] = {
    Text("type", "button."),
    Text("text", "What it says."),
    Text("url", "Where it leads."),
    Text("msg", "What is posted when it is pressed."),
};
const Option kRocketchat[] = {
    SendResolved("false"),
    HttpConfig(),
    Text("api_url", "Where Rocket.Chat is; global rocketchat_api_url where it is not given."),
    Secret("token", "The token of the sender; global rocketchat_token where it is not given."),
    SecretFile("token_file", "File that holds it; read at each use."),
    Secret("token_id", "The sender's id; global rocketchat_token_id where it is not given."),
    SecretFile("token_id_file", "File that holds it; read at each use."),
    Text("channel", "Where it is posted."),
    Text("color", R"({{ if eq .Status "firing" }}red{{ else }}green{{ end }})", "The colour of the bar at its left."),
    Text("title", R"({{ template "rocketchat.default.title" . }})", "The title."),
    Text("title_link", R"({{ template "rocketchat.default.titlelink" . }})", "Where the title leads."),
    Text("text", R"({{ template "rocketchat.default.text" . }})", "The text."),
    Sections("fields", kField, "A table."),
    Flag("short_fields", "false", "Whether two fields fit beside each other."),
    Text("emoji", R"({{ template "rocketchat.default.emoji" . }})", "The sender's picture, as an emoji."),
    Text("icon_url", R"({{ template "rocketchat.default.iconurl" . }})", "The sender's picture."),
    Text("image_url", "A picture."),
    Text("thumb_url", "A small picture."),
    Flag("link_names", "false", "Whether names in the text become links."),
    Sections("actions", kRocketAction, "Buttons."),
};
constexpr UrlKey kApiUrl[] = {{"api_url"}};
constexpr Exclusive kRocketchatExclusive[] = {{"token", "token_file"}, {"token_id", "token_id_file"}};
constexpr FromGlobal kRocketchatGlobals[] = {
    {{"api_url", ""}, {"rocketchat_api_url", ""}, "no global Rocketchat API URL set"},
    {{"token", "token_file"},
     {"rocketchat_token", "rocketchat_token_file"},
     "no global Rocketchat Token set either inline or in a file"},
    {{"token_id", "token_id_file"},
     {"rocketchat_token_id", "rocketchat_token_id_file"},
     "no global Rocketchat TokenID set either inline or in a file"},
};

void CheckRocketchat(const Values& values, config::Errors* errors) {
  CheckFields(values, "Rocketchat", errors);
}

// --- mattermost

constexpr Option kAttachment[] = {
    Text("fallback", "What is shown where attachments are not."),
    Text("color", "The colour of the bar at its left."),
    Text("pretext", "What stands before it."),
    Text("text", "What stands in it."),
    Text("author_name", "Who says so."),
    Text("author_link", "Where the author's name leads."),
    Text("author_icon", "The author's picture."),
    Text("title", "The title."),
    Text("title_link", "Where the title leads."),
    Sections("fields", kField, "A table."),
    Text("thumb_url", "A small picture."),
    Text("footer", "What stands below it."),
    Text("footer_icon", "A picture there."),
    Text("image_url", "A picture."),
};
constexpr Option kProps[] = {Text("card", "What stands in the side bar.")};
constexpr Option kPriority[] = {
    Text("priority", "standard, important or urgent."),
    Flag("requested_ack", "", "Whether readers are asked to acknowledge."),
    Flag("persistent_notifications", "", "Whether they are told until they do."),
};
const Option kMattermost[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("webhook_url", "The incoming webhook; global mattermost_webhook_url where it is not given."),
    SecretFile("webhook_url_file", "File that holds it; read at each use."),
    Text("channel", "Where it is posted; nothing: as the webhook says."),
    Text("username", R"({{ template "mattermost.default.username" . }})", "As whom."),
    Text("text", R"({{ template "mattermost.default.text" . }})", "The text."),
    Text("icon_url", "The sender's picture."),
    Text("icon_emoji", "The sender's picture, as an emoji."),
    Text("fallback", R"({{ template "mattermost.default.fallback" . }})", "What is shown where attachments are not."),
    Text("color", R"({{ template "mattermost.default.color" . }})", "The colour of the bar at its left."),
    Text("pretext", "What stands before the attachment."),
    Text("author_name", "Who says so."),
    Text("author_link", "Where the author's name leads."),
    Text("author_icon", "The author's picture."),
    Text("title", R"({{ template "mattermost.default.title" . }})", "The title."),
    Text("title_link", R"({{ template "mattermost.default.titlelink" . }})", "Where the title leads."),
    Sections("fields", kField, "A table."),
    Text("thumb_url", "A small picture."),
    Text("footer", "What stands below it."),
    Text("footer_icon", "A picture there."),
    Text("image_url", "A picture."),
    Text("type", "Mattermost's type of the post."),
    Sections("attachments", kAttachment, "Attachments in place of the one made of the keys above."),
    Section("props", kProps, "Further properties of the post."),
    Section("priority", kPriority, "How much the post matters."),
};
constexpr UrlKey kWebhookUrl[] = {{"webhook_url"}};
constexpr Exclusive kWebhookUrls[] = {{"webhook_url", "webhook_url_file"}};
constexpr FromGlobal kMattermostGlobals[] = {
    {{"webhook_url", "webhook_url_file"},
     {"mattermost_webhook_url", "mattermost_webhook_url_file"},
     "no global Mattermost Webhook URL set either inline or in a file"},
};

void CheckMattermost(const Values& values, config::Errors* errors) {
  CheckFields(values, "Mattermost", errors);
}

}  // namespace

std::span<const ReceiverKind> ChatKinds() {
  static const ReceiverKind kKinds[] = {
      {.name = "slack",
       .list_key = "slack_configs",
       .options = kSlack,
       .urls = kSlackUrls,
       .exclusive = kSlackExclusive,
       .prepare = PrepareSlack,
       .check = CheckSlack,
       .newer = kSlackNewer},
      {.name = "rocketchat",
       .list_key = "rocketchat_configs",
       .options = kRocketchat,
       .urls = kApiUrl,
       .exclusive = kRocketchatExclusive,
       .from_global = kRocketchatGlobals,
       .check = CheckRocketchat},
      {.name = "mattermost",
       .list_key = "mattermost_configs",
       .options = kMattermost,
       .urls = kWebhookUrl,
       .exclusive = kWebhookUrls,
       .from_global = kMattermostGlobals,
       .check = CheckMattermost},
  };
  return kKinds;
}

}  // namespace bekci::notify::routing
