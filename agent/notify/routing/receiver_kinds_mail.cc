// webhook and email: what every Alertmanager can send to without an account anywhere.
#include <algorithm>

#include "agent/base/text.h"
#include "agent/client/http_options.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing {
namespace {

using config::Node;

const Option kWebhook[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("url", "Where notifications are posted; may hold template syntax."),
    SecretFile("url_file", "File that holds it; read at each use."),
    Number("max_alerts", "0", "At most so many alerts in a notification; 0: all.", 0, 1e9),
    GoDuration("timeout", "", "How long an answer may take; not given: as long as there is time for the notification."),
    Tree("payload", "What is sent instead of the usual body: any YAML, every text in it a template."),
};
constexpr UrlKey kWebhookUrls[] = {{"url", true}};
constexpr Exclusive kWebhookExclusive[] = {{"url", "url_file"}};
constexpr Needs kWebhookNeeds[] = {
    {{"url", "url_file"}, "missing URL in webhook config: one of url or url_file must be configured"}};

constexpr std::string_view kThreadDates[] = {"none", "daily"};
constexpr Option kThreading[] = {
    Flag("enabled", "false", "Whether all mails of a group of alerts are one thread."),
    Choice("thread_by_date", "daily", kThreadDates, "daily begins a new thread each day, none never does."),
};
const Option kEmail[] = {
    SendResolved("false"),
    Needed("to", "Who gets it: one address or several with commas between them."),
    Text("from", "Who sends it; global smtp_from where it is not given."),
    Text("hello", "The name of this host for the mail server; global smtp_hello where it is not given."),
    Text("smarthost", "HOST:PORT of the mail server; global smtp_smarthost where it is not given."),
    Text("auth_username", "The user's name for the mail server."),
    Secret("auth_password", "The password for PLAIN and LOGIN."),
    SecretFile("auth_password_file", "File that holds it; read at each use."),
    Secret("auth_secret", "The secret for CRAM-MD5."),
    SecretFile("auth_secret_file", "File that holds it; read at each use."),
    Text("auth_identity", "On whose behalf (PLAIN)."),
    TextMap("headers", "Further headers, and Subject, From, To where they shall differ; texts are templates."),
    Text("html", R"({{ template "email.default.html" . }})", "The body in HTML; nothing: there is none."),
    Text("text", "The body in plain text; nothing: there is none."),
    Flag("require_tls", "",
         "Whether to refuse a server without STARTTLS; global smtp_require_tls where it is not given."),
    Flag("force_implicit_tls", "",
         "Whether TLS begins with the connection; not given: on port 465, or as global smtp_force_implicit_tls says."),
    TlsConfig("tls_config"),
    Section("threading", kThreading, "Whether the mails of a group are one thread."),
};
constexpr Exclusive kEmailExclusive[] = {{"auth_password", "auth_password_file"}, {"auth_secret", "auth_secret_file"}};
constexpr Needs kEmailNeeds[] = {{{"to", ""}, "missing to address in email config"}};
constexpr FromGlobal kEmailGlobals[] = {
    {{"smarthost", ""}, {"smtp_smarthost", ""}, "no global SMTP smarthost set"},
    {{"from", ""}, {"smtp_from", ""}, "no global SMTP from set"},
    {{"hello", ""}, {"smtp_hello", ""}, ""},
    {{"auth_username", ""}, {"smtp_auth_username", ""}, ""},
    {{"auth_password", "auth_password_file"}, {"smtp_auth_password", "smtp_auth_password_file"}, ""},
    {{"auth_secret", "auth_secret_file"}, {"smtp_auth_secret", "smtp_auth_secret_file"}, ""},
    {{"auth_identity", ""}, {"smtp_auth_identity", ""}, ""},
    {{"require_tls", ""}, {"smtp_require_tls", ""}, ""},
    {{"force_implicit_tls", ""}, {"smtp_force_implicit_tls", ""}, ""},
    {{"tls_config", ""}, {"smtp_tls_config", ""}, ""},
};

// X-Some-Header, as Go's textproto writes names.
std::string CanonicalName(std::string_view name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    const bool lower_case = c >= 'a' && c <= 'z';
    const bool upper_case = c >= 'A' && c <= 'Z';
    if (upper && lower_case) {
      out += static_cast<char>(c - 'a' + 'A');
    } else if (!upper && upper_case) {
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += c;
    }
    upper = c == '-';
  }
  return out;
}

// Header names get their usual form; From, To and Subject are always there.
void PrepareEmail(const Draft& draft) {
  Node headers;
  headers.kind = Node::Kind::kMapping;
  headers.mark = draft.node->mark;
  if (const Node* given = draft.node->Find("headers"); given != nullptr && given->is_mapping()) {
    headers.mark = given->mark;
    for (const auto& [key, value] : given->entries) {
      const std::string name = CanonicalName(key.scalar);
      if (headers.Find(name) != nullptr) {
        draft.errors->Add(key.mark, "duplicate header " + base::Quoted(name) + " in email config");
      }
      Put(&headers, name, value);
    }
  }
  const std::string from =
      TextOf(*draft.node, "from").empty() ? TextOf(draft.global, "smtp_from") : TextOf(*draft.node, "from");
  const std::pair<std::string_view, std::string> defaults[] = {
      {"From", from}, {"Subject", R"({{ template "email.default.subject" . }})"}, {"To", TextOf(*draft.node, "to")}};
  for (const auto& [name, text] : defaults) {
    if (headers.Find(name) == nullptr) Put(&headers, name, TextNode(text, headers.mark));
  }
  std::sort(headers.entries.begin(), headers.entries.end(),
            [](const auto& a, const auto& b) { return a.first.scalar < b.first.scalar; });
  Put(draft.node, "headers", std::move(headers));
}

void CheckEmail(const config::Values& values, config::Errors* errors) {
  const std::string wrong = WrongHostPort(values.String("smarthost"));
  if (!wrong.empty()) errors->Add(values.MarkOf("smarthost"), "smarthost: " + wrong);
  client::ReadTlsOptions(values.Section("tls_config"), errors);
}

void CheckWebhook(const config::Values& values, config::Errors* errors) {
  const Node* payload = values.Tree("payload");
  if (payload != nullptr && payload->is_scalar() && payload->scalar.empty()) {
    errors->Add(values.MarkOf("payload"), "payload: it is empty; leave it out to send the usual body");
  }
}

constexpr std::string_view kNewWebhookKeys[] = {"timeout"};

}  // namespace

std::span<const ReceiverKind> MailKinds() {
  static const ReceiverKind kKinds[] = {
      {.name = "webhook",
       .list_key = "webhook_configs",
       .options = kWebhook,
       .urls = kWebhookUrls,
       .exclusive = kWebhookExclusive,
       .needs = kWebhookNeeds,
       .check = CheckWebhook,
       .newer = kNewWebhookKeys},
      {.name = "email",
       .list_key = "email_configs",
       .options = kEmail,
       .exclusive = kEmailExclusive,
       .needs = kEmailNeeds,
       .from_global = kEmailGlobals,
       .prepare = PrepareEmail,
       .check = CheckEmail},
  };
  return kKinds;
}

}  // namespace bekci::notify::routing
