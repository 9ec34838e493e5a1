// What pages a person or opens a ticket: pagerduty, opsgenie, victorops, pushover, sns, incidentio, jira.
#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/routing/drafts.h"
#include "agent/notify/routing/option_rows.h"
#include "agent/notify/routing/receiver_kinds.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Values;

// --- pagerduty

constexpr Option kImage[] = {
    Text("src", "Where the picture is."),
    Text("alt", "What is said where it cannot be shown."),
    Text("href", "Where it leads."),
};
constexpr Option kLink[] = {Text("href", "Where it leads."), Text("text", "What it says.")};
constexpr std::string_view kPagerdutyClient = R"({{ template "pagerduty.default.client" . }})";
const Option kPagerduty[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("service_key", "The key of an integration of type Prometheus (Events API v1)."),
    SecretFile("service_key_file", "File that holds it; read at each use."),
    Secret("routing_key", "The key of an integration of type Events API v2."),
    SecretFile("routing_key_file", "File that holds it; read at each use."),
    Text("url", "Where events are sent; global pagerduty_url where it is not given."),
    Text("client", kPagerdutyClient, "Who says so."),
    Text("client_url", R"({{ template "pagerduty.default.clientURL" . }})", "A link to who says so."),
    Text("description", R"({{ template "pagerduty.default.description" .}})", "What has happened."),
    Tree("details", "Further things to say: a mapping, every text in it a template."),
    Sections("images", kImage, "Pictures."),
    Sections("links", kLink, "Links."),
    Text("source", "Where it happened; the client where it is not given."),
    Text("severity", "error", "How bad it is: critical, error, warning or info."),
    Text("class", "What kind of thing it is."),
    Text("component", "Which part is concerned."),
    Text("group", "What belongs together."),
    GoDuration("timeout", "", "How long an answer may take."),
};
constexpr UrlKey kUrlOnly[] = {{"url"}};
constexpr Exclusive kPagerdutyExclusive[] = {{"service_key", "service_key_file"}, {"routing_key", "routing_key_file"}};
constexpr FromGlobal kPagerdutyGlobals[] = {{{"url", ""}, {"pagerduty_url", ""}, "no global PagerDuty URL set"}};
constexpr std::pair<std::string_view, std::string_view> kDetails[] = {
    {"firing", R"({{ template "pagerduty.default.instances" .Alerts.Firing }})"},
    {"num_firing", "{{ .Alerts.Firing | len }}"},
    {"num_resolved", "{{ .Alerts.Resolved | len }}"},
    {"resolved", R"({{ template "pagerduty.default.instances" .Alerts.Resolved }})"},
};

void PreparePagerduty(const Draft& draft) {
  Node details;
  details.kind = Node::Kind::kMapping;
  details.mark = draft.node->mark;
  const Node* given = draft.node->Find("details");
  if (given != nullptr && !given->is_null()) {
    if (!given->is_mapping()) draft.errors->Add(given->mark, "details: expected a mapping");
    details = *given;
    details.kind = Node::Kind::kMapping;
  }
  for (const auto& [name, text] : kDetails) {
    if (details.Find(name) == nullptr) Put(&details, name, TextNode(text, details.mark));
  }
  std::sort(details.entries.begin(), details.entries.end(),
            [](const auto& a, const auto& b) { return a.first.scalar < b.first.scalar; });
  Put(draft.node, "details", std::move(details));
  if (Says(*draft.node, "source")) return;
  const std::string client = TextOf(*draft.node, "client");
  Put(draft.node, "source", TextNode(client.empty() ? kPagerdutyClient : client, draft.node->mark));
}

void CheckPagerduty(const Values& values, config::Errors* errors) {
  for (const std::string_view key : {"service_key", "service_key_file", "routing_key", "routing_key_file"}) {
    if (!values.String(key).empty()) return;
  }
  errors->Add(values.mark(), "missing service or routing key in PagerDuty config");
}

// --- opsgenie

constexpr Option kResponder[] = {
    Text("id", "Its id."),
    Text("name", "Its name."),
    Text("username", "Its user name."),
    Text("type", "team, teams, user, escalation, schedule, or a template."),
};
const Option kOpsgenie[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("api_key", "The key; global opsgenie_api_key where it is not given."),
    SecretFile("api_key_file", "File that holds it; read at each use."),
    Text("api_url", "Where alerts are sent; global opsgenie_api_url where it is not given."),
    Text("message", R"({{ template "opsgenie.default.message" . }})", "What has happened, in 130 characters."),
    Text("description", R"({{ template "opsgenie.default.description" . }})", "The same at length."),
    Text("source", R"({{ template "opsgenie.default.source" . }})", "Where it comes from."),
    TextMap("details", "Further things to say."),
    Text("entity", "What is concerned."),
    Sections("responders", kResponder, "Who shall see to it."),
    Text("actions", "What can be done, with commas between."),
    Text("tags", "Tags, with commas between."),
    Text("note", "A note."),
    Text("priority", "P1 to P5."),
    Flag("update_alerts", "", "Whether message and description of an open alert are updated."),
};
constexpr UrlKey kApiUrl[] = {{"api_url"}};
constexpr Exclusive kApiKeys[] = {{"api_key", "api_key_file"}};
constexpr FromGlobal kOpsgenieGlobals[] = {
    {{"api_url", ""}, {"opsgenie_api_url", ""}, "no global OpsGenie URL set", true},
    {{"api_key", "api_key_file"},
     {"opsgenie_api_key", "opsgenie_api_key_file"},
     "no global OpsGenie API Key set either inline or in a file"},
};

void PrepareOpsgenie(const Draft& draft) {
  const Node* responders = draft.node->Find("responders");
  if (responders == nullptr || !responders->is_sequence()) return;
  Node lowered = *responders;
  for (Node& responder : lowered.items) {
    const std::string type = TextOf(responder, "type");
    if (!type.empty() && type.find("{{") == std::string::npos) {
      Put(&responder, "type", TextNode(base::ToLower(type), responder.mark));
    }
  }
  Put(draft.node, "responders", std::move(lowered));
}

void CheckOpsgenie(const Values& values, config::Errors* errors) {
  constexpr std::string_view kTypes[] = {"team", "teams", "user", "escalation", "schedule"};
  for (const Values& responder : values.Sections("responders")) {
    const std::string& type = responder.String("type");
    std::string words;
    for (const std::string_view key : {"id", "name", "username"}) words += responder.String(key);
    const std::string who = "opsGenieConfig responder {" + words + " " + type + "} ";
    if (words.empty()) {
      errors->Add(responder.mark(), who + "has to have at least one of id, username or name specified");
    }
    const bool is_template = type.find("{{") != std::string::npos;
    const std::string wrong = is_template ? WrongTemplate(type) : std::string();
    if (!wrong.empty()) errors->Add(responder.MarkOf("type"), "type: " + wrong);
    if (!is_template && std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes)) {
      errors->Add(responder.MarkOf("type"),
                  who + "type does not match valid options ^(team|teams|user|escalation|schedule)$");
    }
  }
}

// --- victorops

const Option kVictorops[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("api_key", "The key; global victorops_api_key where it is not given."),
    SecretFile("api_key_file", "File that holds it; read at each use."),
    Text("api_url", "Where alerts are sent; global victorops_api_url where it is not given."),
    Text("routing_key", "Who shall see to it."),
    Text("message_type", "CRITICAL", "CRITICAL, WARNING or INFO."),
    Text("state_message", R"({{ template "victorops.default.state_message" . }})", "What has happened, at length."),
    Text("entity_display_name", R"({{ template "victorops.default.entity_display_name" . }})", "The same in short."),
    Text("monitoring_tool", R"({{ template "victorops.default.monitoring_tool" . }})", "Who says so."),
    TextMap("custom_fields", "Further things to say."),
};
constexpr Needs kVictoropsNeeds[] = {{{"routing_key", ""}, "missing Routing key in VictorOps config"}};
constexpr FromGlobal kVictoropsGlobals[] = {
    {{"api_url", ""}, {"victorops_api_url", ""}, "no global VictorOps URL set", true},
    {{"api_key", "api_key_file"}, {"victorops_api_key", "victorops_api_key_file"}, "no global VictorOps API Key set"},
};

void CheckVictorops(const Values& values, config::Errors* errors) {
  constexpr std::string_view kTaken[] = {"routing_key",     "message_type", "state_message", "entity_display_name",
                                         "monitoring_tool", "entity_id",    "entity_state"};
  for (const auto& [name, value] : values.StringMap("custom_fields")) {
    if (std::find(std::begin(kTaken), std::end(kTaken), name) == std::end(kTaken)) continue;
    errors->Add(values.MarkOf("custom_fields"),
                "victorOps config contains custom field " + name +
                    " which cannot be used as it conflicts with the fixed/static fields");
  }
}

// --- pushover

const Option kPushover[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("user_key", "The key of a user or group."),
    SecretFile("user_key_file", "File that holds it; read at each use."),
    Secret("token", "The token of the application."),
    SecretFile("token_file", "File that holds it; read at each use."),
    Text("title", R"({{ template "pushover.default.title" . }})", "The title."),
    Text("message", R"({{ template "pushover.default.message" . }})", "The message."),
    Text("url", R"({{ template "pushover.default.url" . }})", "A link."),
    Text("url_title", "What the link says."),
    Text("device", "The device; nothing: all of the user."),
    Text("sound", "The sound; nothing: the user's."),
    Text("priority", R"({{ if eq .Status "firing" }}2{{ else }}0{{ end }})", "-2 to 2; 2 repeats until acknowledged."),
    GoDuration("retry", "1m", "Priority 2: how often it is repeated."),
    GoDuration("expire", "1h", "Priority 2: for how long."),
    GoDuration("ttl", "", "After how long the message goes by itself; 0: never."),
    Flag("html", "", "Whether the message is HTML."),
    Flag("monospace", "", "Whether the message is shown in letters of one width."),
};
constexpr Exclusive kPushoverExclusive[] = {{"user_key", "user_key_file"}, {"token", "token_file"}};
constexpr Needs kPushoverNeeds[] = {
    {{"user_key", "user_key_file"},
     "missing user key in Pushover config: one of user_key or user_key_file must be configured"},
    {{"token", "token_file"}, "missing token in Pushover config: one of token or token_file must be configured"},
};

void CheckPushover(const Values& values, config::Errors* errors) {
  if (!values.Bool("html") || !values.Bool("monospace")) return;
  errors->Add(values.MarkOf("monospace"), "at most one of monospace & html must be configured");
}

// --- sns

constexpr Option kSigv4[] = {
    Text("region", "The region."),
    Text("access_key", "The key's id."),
    Secret("secret_key", "The key."),
    Text("profile", "The profile of the AWS files."),
    Text("role_arn", "The role to take."),
    Text("external_id", "The id that the role asks for."),
    Flag("use_fips_sts_endpoint", "", "Whether roles are taken at a FIPS endpoint."),
};
const Option kSns[] = {
    SendResolved("true"),
    HttpConfig(),
    Text("api_url", "Where messages are sent; nothing: the region's own address."),
    Section("sigv4", kSigv4, "How requests are signed."),
    Text("topic_arn", "The topic."),
    Text("phone_number", "The phone."),
    Text("target_arn", "The endpoint of a device."),
    Text("subject", R"({{ template "sns.default.subject" . }})", "The subject of mails."),
    Text("message", R"({{ template "sns.default.message" . }})", "The message."),
    TextMap("attributes", "Attributes of the message."),
};

void CheckSns(const Values& values, config::Errors* errors) {
  int targets = 0;
  for (const std::string_view key : {"topic_arn", "phone_number", "target_arn"}) {
    if (!values.String(key).empty()) ++targets;
  }
  if (targets != 1) {
    errors->Add(values.mark(), "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config");
  }
  const Values& sigv4 = values.Section("sigv4");
  if (sigv4.String("access_key").empty() == sigv4.String("secret_key").empty()) return;
  errors->Add(sigv4.mark(),
              "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config");
}

// --- incidentio

const Option kIncidentio[] = {
    SendResolved("true"),
    HttpConfig(),
    Secret("url", "Where alerts are sent."),
    SecretFile("url_file", "File that holds it; read at each use."),
    Secret("alert_source_token", "The token of the alert source."),
    SecretFile("alert_source_token_file", "File that holds it; read at each use."),
    Number("max_alerts", "0", "At most so many alerts in a notification; 0: all.", 0, 1e9),
    GoDuration("timeout", "", "How long an answer may take."),
};
constexpr Exclusive kIncidentioExclusive[] = {{"url", "url_file"}, {"alert_source_token", "alert_source_token_file"}};
constexpr Needs kIncidentioNeeds[] = {{{"url", "url_file"}, "one of url or url_file must be configured"}};

void CheckIncidentio(const Values& values, config::Errors* errors) {
  const bool token = !values.String("alert_source_token").empty() || !values.String("alert_source_token_file").empty();
  const bool header = SaysAuthorization(values.node().Find("http_config"));
  if (token == header) {
    errors->Add(values.mark(), token ? "cannot specify alert_source_token in incidentio_config and "
                                       "http_config.authorization at the same time"
                                     : "at least one of alert_source_token, alert_source_token_file or "
                                       "http_config.authorization must be configured");
  }
}

// --- jira

constexpr std::string_view kJiraApis[] = {"auto", "cloud", "datacenter"};
const Option kJira[] = {
    SendResolved("true"),
    HttpConfig(),
    Text("api_url", "Where Jira is; global jira_api_url where it is not given."),
    Choice("api_type", "auto", kJiraApis, "Which Jira it is: auto, cloud or datacenter."),
    Text("project", "The key of the project."),
    Tree("summary", R"(The title: a template, or {template: ..., enable_update: true}; jira.default.summary.)"),
    Tree("description", R"(The description, likewise; jira.default.description.)"),
    Texts("labels", "Labels of the issue."),
    Text("priority", R"({{ template "jira.default.priority" . }})", "The priority of the issue."),
    Text("issue_type", "The type of the issue: Bug, Task."),
    Text("reopen_transition", "The transition that opens an issue again."),
    Text("resolve_transition", "The transition that resolves an issue."),
    Text("wont_fix_resolution", "Issues with this resolution are not opened again."),
    {.key = "reopen_duration", .type = Type::kDuration, .help = "For how long a resolved issue is opened again."},
    Tree("fields", "Further fields: a mapping, every text in it a template."),
    Tree("custom_fields", "The older name of fields."),
};
constexpr Needs kJiraNeeds[] = {{{"project", ""}, "missing project in jira_config"},
                                {{"issue_type", ""}, "missing issue_type in jira_config"}};
constexpr FromGlobal kJiraGlobals[] = {{{"api_url", ""}, {"jira_api_url", ""}, "no global Jira Cloud URL set"}};

void PrepareJira(const Draft& draft) {
  for (const std::string_view key : {"summary", "description"}) {
    const Node* given = draft.node->Find(key);
    if (given == nullptr || given->is_null()) {
      Put(draft.node, key, TextNode("{{ template \"jira.default." + std::string(key) + "\" . }}", draft.node->mark));
    } else if (given->is_mapping()) {
      constexpr Option kField[] = {Text("template", "The text."),
                                   Flag("enable_update", "", "Whether that of an open issue is updated.")};
      config::Check(*given, kField, draft.errors);
    } else if (!given->is_scalar()) {
      draft.errors->Add(given->mark, std::string(key) + ": expected a text");
    }
  }
  for (const std::string_view key : {"fields", "custom_fields"}) {
    const Node* given = draft.node->Find(key);
    if (given != nullptr && !given->is_null() && !given->is_mapping()) {
      draft.errors->Add(given->mark, std::string(key) + ": expected a mapping");
    }
  }
}

}  // namespace

std::span<const ReceiverKind> PagingKinds() {
  static const ReceiverKind kKinds[] = {
      {.name = "pagerduty",
       .list_key = "pagerduty_configs",
       .options = kPagerduty,
       .urls = kUrlOnly,
       .exclusive = kPagerdutyExclusive,
       .from_global = kPagerdutyGlobals,
       .prepare = PreparePagerduty,
       .check = CheckPagerduty},
      {.name = "opsgenie",
       .list_key = "opsgenie_configs",
       .options = kOpsgenie,
       .urls = kApiUrl,
       .exclusive = kApiKeys,
       .from_global = kOpsgenieGlobals,
       .prepare = PrepareOpsgenie,
       .check = CheckOpsgenie},
      {.name = "victorops",
       .list_key = "victorops_configs",
       .options = kVictorops,
       .urls = kApiUrl,
       .exclusive = kApiKeys,
       .needs = kVictoropsNeeds,
       .from_global = kVictoropsGlobals,
       .check = CheckVictorops},
      {.name = "pushover",
       .list_key = "pushover_configs",
       .options = kPushover,
       .exclusive = kPushoverExclusive,
       .needs = kPushoverNeeds,
       .check = CheckPushover},
      {.name = "sns", .list_key = "sns_configs", .options = kSns, .check = CheckSns},
      {.name = "incidentio",
       .list_key = "incidentio_configs",
       .options = kIncidentio,
       .urls = kUrlOnly,
       .exclusive = kIncidentioExclusive,
       .needs = kIncidentioNeeds,
       .check = CheckIncidentio},
      {.name = "jira",
       .list_key = "jira_configs",
       .options = kJira,
       .urls = kApiUrl,
       .needs = kJiraNeeds,
       .from_global = kJiraGlobals,
       .prepare = PrepareJira},
  };
  return kKinds;
}

}  // namespace bekci::notify::routing
