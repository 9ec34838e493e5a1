#include "agent/notify/receivers/own_kinds.h"

#include <array>

#include "agent/client/http_options.h"

namespace bekci::notify::receivers {
namespace {

using config::Option;
using config::Type;

constexpr std::string_view kPlainText =
    R"({{ template "__subject" . }}{{ range .Alerts.Firing }}
{{ .Annotations.summary }}{{ end }})";
constexpr std::string_view kTitle = R"({{ template "__subject" . }})";

constexpr Option kSendResolved = {.key = "send_resolved",
                                  .type = Type::kBool,
                                  .default_text = "true",
                                  .help = "Whether it is told that alerts are resolved."};
const Option kHttpConfig = {.key = "http_config",
                            .type = Type::kSection,
                            .help = "How it is asked: authentication, TLS, proxies.",
                            .section = client::HttpOptionRows()};
constexpr Option kTimeout = {
    .key = "timeout", .type = Type::kDuration, .default_text = "15s", .help = "Of one attempt.", .min = 1, .max = 600};
constexpr Option kTransliterate = {.key = "transliterate",
                                   .type = Type::kBool,
                                   .default_text = "true",
                                   .help =
                                       "Write letters that a text message has no room for without their marks: "
                                       "one such letter halves the length of a part."};
constexpr Option kMaxParts = {.key = "max_parts",
                              .type = Type::kInteger,
                              .default_text = "2",
                              .help = "What does not fit into so many parts is cut.",
                              .min = 1,
                              .max = 10};

constexpr Option Secret(std::string_view key, std::string_view help) {
  return {.key = key, .help = help, .secret = true};
}
constexpr Option SecretFile(std::string_view key) {
  return {.key = key, .type = Type::kSecretFile, .help = "File that holds it; read at each use."};
}

const Option kTwilioOptions[] = {
    kSendResolved,
    kHttpConfig,
    kTimeout,
    {.key = "account_sid", .help = "The account, AC and 32 digits.", .required = true},
    Secret("auth_token", "The account's token."),
    SecretFile("auth_token_file"),
    {.key = "api_key_sid", .help = "An API key, SK and 32 digits, instead of the account's token."},
    Secret("api_key_secret", "Its secret."),
    SecretFile("api_key_secret_file"),
    {.key = "to", .help = "The number, +905551234567; a template.", .required = true},
    {.key = "from", .help = "The number or name it comes from."},
    {.key = "messaging_service_sid", .help = "A messaging service instead of `from`."},
    {.key = "message", .default_text = kPlainText, .help = "The text."},
    kMaxParts,
    kTransliterate,
    {.key = "validity_period",
     .type = Type::kDuration,
     .default_text = "10m",
     .help = "Twilio drops what it could not hand over by then, so that nobody is woken late.",
     .min = 1,
     .max = 36'000},
    {.key = "status_callback", .help = "An URL that Twilio tells what became of it."},
    {.key = "api_url", .default_text = "https://api.twilio.com/", .help = "Where Twilio is."},
};

constexpr std::string_view kFormats[] = {"form", "json", "query"};
constexpr Option kSuccessJson[] = {
    {.key = "pointer", .help = "Where in the answer, as a JSON pointer: /status.", .required = true},
    {.key = "value", .help = "What has to stand there."},
};
constexpr auto kAnswerRows = std::to_array<Option>({
    {.key = "success_codes", .type = Type::kStrings, .help = "Status codes of success, [200-299] when not given."},
    {.key = "retry_codes",
     .type = Type::kStrings,
     .help = "Status codes worth another try, [408, 425, 429, 500-599] when not given."},
    {.key = "success_json",
     .type = Type::kSection,
     .help = "What a good answer has inside, for services that say 200 whatever happens.",
     .section = kSuccessJson},
    {.key = "success_text", .help = "A text that every good answer has in it."},
});

const Option kSmsOptions[] = {
    kSendResolved,
    kHttpConfig,
    kTimeout,
    Secret("url", "Where the gateway is asked; path and query may be templates."),
    SecretFile("url_file"),
    {.key = "format",
     .type = Type::kChoice,
     .default_text = "form",
     .help = "Whether the fields go as a form, as JSON, or in the query of a GET.",
     .choices = kFormats},
    {.key = "to", .help = "The number; a template.", .required = true},
    {.key = "from", .help = "The number or name it comes from."},
    {.key = "message", .default_text = kPlainText, .help = "The text."},
    kMaxParts,
    kTransliterate,
    {.key = "to_field", .default_text = "to", .help = "What the gateway calls the number."},
    {.key = "from_field", .default_text = "from", .help = "What it calls the sender."},
    {.key = "text_field", .default_text = "text", .help = "What it calls the text."},
    {.key = "fields", .type = Type::kStringMap, .help = "Further fields; templates."},
    {.key = "secret_field", .help = "What it calls its key."},
    Secret("secret", "The key."),
    SecretFile("secret_file"),
    kAnswerRows[0],
    kAnswerRows[1],
    kAnswerRows[2],
    kAnswerRows[3],
};

constexpr std::string_view kMethods[] = {"POST", "PUT", "PATCH", "GET", "DELETE"};
const Option kHttpOptions[] = {
    kSendResolved,
    kHttpConfig,
    kTimeout,
    {.key = "method", .type = Type::kChoice, .default_text = "POST", .help = "The method.", .choices = kMethods},
    Secret("url", "Where; path and query may be templates."),
    SecretFile("url_file"),
    {.key = "allow_dynamic_host",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Let templates choose the host too: labels then decide whom bekci asks."},
    {.key = "headers", .type = Type::kStringMap, .help = "Further header fields; templates."},
    {.key = "content_type", .default_text = "application/json", .help = "What the body is."},
    {.key = "body", .help = "The body as a text; a template. Neither body nor json: the webhook's payload."},
    {.key = "json", .type = Type::kTree, .help = "The body as a tree; every text in it is a template."},
    {.key = "max_alerts",
     .type = Type::kInteger,
     .default_text = "0",
     .help = "At most so many alerts in the webhook's payload; 0: all.",
     .min = 0,
     .max = 1e9},
    Secret("signature_secret", "Sign the body with it: X-Agent-Signature."),
    SecretFile("signature_secret_file"),
    kAnswerRows[0],
    kAnswerRows[1],
    kAnswerRows[2],
    kAnswerRows[3],
};

const Option kNtfyOptions[] = {
    kSendResolved,
    kHttpConfig,
    kTimeout,
    {.key = "server", .default_text = "https://ntfy.sh/", .help = "The server."},
    Secret("topic", "The topic: who knows it can read along."),
    SecretFile("topic_file"),
    Secret("token", "An access token."),
    SecretFile("token_file"),
    {.key = "title", .default_text = kTitle, .help = "The title."},
    {.key = "message", .default_text = kPlainText, .help = "The text."},
    {.key = "priority", .default_text = R"({{ if eq .Status "firing" }}5{{ else }}3{{ end }})", .help = "1 to 5."},
    {.key = "tags", .type = Type::kStrings, .help = "Tags; templates."},
    {.key = "click", .default_text = "{{ .ExternalURL }}", .help = "What opens at a tap."},
};

const OwnKind kOwnKinds[] = {
    {"twilio", "twilio_configs", kTwilioOptions},
    {"sms", "sms_configs", kSmsOptions},
    {"http", "http_configs", kHttpOptions},
    {"ntfy", "ntfy_configs", kNtfyOptions},
};

constexpr Option kReceiverRows[] = {
    {.key = "name", .help = "The receiver's name.", .required = true},
    {.key = "twilio_configs", .type = Type::kTree, .help = "Text messages by Twilio."},
    {.key = "sms_configs", .type = Type::kTree, .help = "Text messages by any gateway."},
    {.key = "http_configs", .type = Type::kTree, .help = "Any API that takes a request."},
    {.key = "ntfy_configs", .type = Type::kTree, .help = "Push messages by ntfy."},
};

constexpr std::string_view kBeatMethods[] = {"GET", "POST", "HEAD"};
const Option kHeartbeatRows[] = {
    {.key = "name", .help = "Its name, for logs and pages.", .required = true},
    kHttpConfig,
    Secret("url", "What is asked while all is well."),
    SecretFile("url_file"),
    Secret("failing_url", "What is asked while bekci sees that it is not; else it is silent then."),
    SecretFile("failing_url_file"),
    {.key = "method", .type = Type::kChoice, .default_text = "GET", .help = "The method.", .choices = kBeatMethods},
    {.key = "interval", .type = Type::kDuration, .default_text = "1m", .help = "How often.", .min = 5, .max = 86'400},
    {.key = "timeout", .type = Type::kDuration, .default_text = "10s", .help = "Of one beat.", .min = 1, .max = 60},
};

routing::IntegrationConfig ReadOne(const OwnKind& kind, size_t index, const config::Node& node,
                                   const std::string& base_directory, config::Errors* errors) {
  routing::IntegrationConfig config;
  config.kind = kind.name;
  config.index = index;
  config.values = config::Check(node, kind.options, errors, base_directory);
  config.send_resolved = config.values.Bool("send_resolved");
  config.http = client::ReadHttpOptions(config.values.Section("http_config"), errors);
  config.mark = node.mark;
  return config;
}

}  // namespace

std::span<const OwnKind> OwnKinds() {
  return kOwnKinds;
}

std::span<const config::Option> OwnReceiverRows() {
  return kReceiverRows;
}

std::vector<routing::IntegrationConfig> ReadOwnIntegrations(const config::Values& receiver,
                                                            const std::string& base_directory, config::Errors* errors) {
  std::vector<routing::IntegrationConfig> integrations;
  for (const OwnKind& kind : kOwnKinds) {
    const config::Node* const list = receiver.Tree(kind.list_key);
    if (list == nullptr || list->is_null()) continue;
    if (!list->is_sequence()) {
      errors->Add(list->mark, std::string(kind.list_key) + ": expected a list");
      continue;
    }
    for (size_t i = 0; i < list->items.size(); ++i) {
      integrations.push_back(ReadOne(kind, i, list->items[i], base_directory, errors));
    }
  }
  return integrations;
}

routing::IntegrationConfig ReadHook(const config::Values& hook) {
  routing::IntegrationConfig config;
  config.kind = "hook";
  config.send_resolved = false;
  config.values = hook;
  config.mark = hook.mark();
  return config;
}

std::span<const config::Option> HeartbeatRows() {
  return kHeartbeatRows;
}

}  // namespace bekci::notify::receivers
