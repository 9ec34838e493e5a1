#include "agent/notify/receivers/test_support.h"

#include <algorithm>

#include "agent/client/http_options.h"
#include "agent/config/node.h"
#include "agent/notify/receivers/own_kinds.h"
#include "agent/wire/json_writer.h"

namespace bekci::notify::receivers {
namespace {

using config::Option;
using config::Type;

constexpr Option Text(std::string_view key) {
  return {.key = key};
}
constexpr Option Of(std::string_view key, Type type) {
  return {.key = key, .type = type};
}

constexpr Option kThreading[] = {Of("enabled", Type::kBool), {.key = "thread_by_date", .default_text = "daily"}};
constexpr Option kTls[] = {Text("ca_file"), Text("server_name"), Of("insecure_skip_verify", Type::kBool)};

// Every key of every kind as a text or a tree: the media read whatever type a table gives. (agent/notify/routing has
// the real tables, which say more.)
std::vector<Option> AllKeys() {
  static constexpr std::string_view kTexts[] = {"url",
                                                "url_file",
                                                "api_url",
                                                "app_url",
                                                "app_token",
                                                "app_token_file",
                                                "api_url_file",
                                                "channel",
                                                "username",
                                                "color",
                                                "title",
                                                "title_link",
                                                "pretext",
                                                "text",
                                                "message_text",
                                                "fallback",
                                                "callback_id",
                                                "footer",
                                                "icon_emoji",
                                                "icon_url",
                                                "image_url",
                                                "thumb_url",
                                                "link_names",
                                                "short_fields",
                                                "update_message",
                                                "routing_key",
                                                "routing_key_file",
                                                "service_key",
                                                "client",
                                                "client_url",
                                                "description",
                                                "severity",
                                                "class",
                                                "component",
                                                "group",
                                                "source",
                                                "api_key",
                                                "api_key_file",
                                                "message",
                                                "entity",
                                                "tags",
                                                "note",
                                                "priority",
                                                "update_alerts",
                                                "state_message",
                                                "entity_display_name",
                                                "monitoring_tool",
                                                "message_type",
                                                "user_key",
                                                "token",
                                                "url_title",
                                                "device",
                                                "sound",
                                                "retry",
                                                "expire",
                                                "ttl",
                                                "html",
                                                "monospace",
                                                "bot_token",
                                                "bot_token_file",
                                                "chat_id",
                                                "parse_mode",
                                                "disable_notifications",
                                                "message_thread_id",
                                                "webhook_url",
                                                "content",
                                                "avatar_url",
                                                "room_id",
                                                "summary",
                                                "project",
                                                "issue_type",
                                                "reopen_transition",
                                                "resolve_transition",
                                                "wont_fix_resolution",
                                                "reopen_duration",
                                                "token_id",
                                                "emoji",
                                                "topic_arn",
                                                "target_arn",
                                                "phone_number",
                                                "subject",
                                                "alert_source_token",
                                                "max_alerts",
                                                "timeout",
                                                "corp_id",
                                                "api_secret",
                                                "to_user",
                                                "agent_id",
                                                "to",
                                                "from",
                                                "hello",
                                                "smarthost",
                                                "auth_username",
                                                "auth_password",
                                                "auth_password_file",
                                                "auth_secret",
                                                "auth_identity",
                                                "require_tls",
                                                "force_implicit_tls"};
  static constexpr std::string_view kTrees[] = {"payload", "fields",     "actions",    "details",
                                                "links",   "images",     "responders", "custom_fields",
                                                "labels",  "attributes", "sigv4"};
  std::vector<Option> options;
  for (const std::string_view key : kTexts) options.push_back(Text(key));
  for (const std::string_view key : kTrees) options.push_back(Of(key, Type::kTree));
  options.push_back({.key = "send_resolved", .type = Type::kBool, .default_text = "true"});
  options.push_back({.key = "headers", .type = Type::kStringMap});
  options.push_back({.key = "threading", .type = Type::kSection, .section = kThreading});
  options.push_back({.key = "tls_config", .type = Type::kSection, .section = kTls});
  options.push_back({.key = "http_config", .type = Type::kSection, .section = client::HttpOptionRows()});
  return options;
}

std::span<const Option> TableOf(std::string_view kind) {
  for (const OwnKind& own : OwnKinds()) {
    if (own.name == kind) return own.options;
  }
  static const std::vector<Option> kAll = AllKeys();
  return kAll;
}

}  // namespace

base::Result<std::string> TestTexts::Expand(const std::string& text, const message::Notification& notification) const {
  std::string out = text;
  auto all = words;
  if (!notification.alerts.empty()) {
    all.emplace_back("severity", notification.alerts.front().labels.Get("severity"));
    for (const auto& [name, value] : notification.alerts.front().annotations) all.emplace_back(name, value);
  }
  for (const auto& [name, value] : all) {
    const std::string place = "{{ " + name + " }}";
    for (size_t at = out.find(place); at != std::string::npos; at = out.find(place, at + value.size())) {
      out.replace(at, place.size(), value);
    }
  }
  if (out.find("{{") != std::string::npos) return base::Invalid("no word for " + out);
  return out;
}

base::Result<std::string> TestTexts::ExpandHtml(const std::string& text,
                                                const message::Notification& notification) const {
  return Expand(text, notification);
}

std::string TestTexts::WebhookBody(const message::Notification& notification, uint64_t max_alerts,
                                   bool with_escalation) const {
  std::string body = R"({"receiver":")" + notification.receiver + R"(","alerts":)" +
                     std::to_string(notification.alerts.size()) + R"(,"max":)" + std::to_string(max_alerts);
  if (with_escalation && notification.escalation) body += R"(,"escalation":{})";
  return body + "}\n";
}

base::Result<std::string> TestTexts::CustomPayload(const config::Node& payload,
                                                   const message::Notification& notification) const {
  std::string json;
  if (payload.is_mapping()) {
    for (const auto& [key, value] : payload.entries) {
      ASSIGN_OR_RETURN(const std::string inner, CustomPayload(value, notification));
      json += (json.empty() ? "" : ",") + ("\"" + key.scalar + "\":" + inner);
    }
    return "{" + json + "}";
  }
  ASSIGN_OR_RETURN(const std::string text, Expand(payload.scalar, notification));
  wire::AppendJsonString(&json, text);
  return json;
}

Vendor::Vendor(const net::TlsOptions& tls) : tls_(!tls.cert_file.empty()) {
  net::ServerOptions options;
  options.listen_addresses = {"127.0.0.1:0"};
  options.tls = tls;
  options.handler_threads = 2;
  auto started = net::StartServer(
      options, [this](const net::HttpRequest& request) { return Handle(request); }, log_);
  REQUIRE_MESSAGE(started.ok(), started.status().message());
  server_ = std::move(*started);
}

void Vendor::Says(std::vector<Answer> answers) {
  base::MutexLock lock(mutex_);
  answers_ = std::move(answers);
  asked_.clear();
}

std::string Vendor::url() const {
  return (tls_ ? "https://" : "http://") + server_->addresses().front();
}

std::vector<net::HttpRequest> Vendor::Asked() const {
  base::MutexLock lock(mutex_);
  return asked_;
}

net::HttpRequest Vendor::Last() const {
  base::MutexLock lock(mutex_);
  REQUIRE(!asked_.empty());
  return asked_.back();
}

net::HttpResponse Vendor::Handle(const net::HttpRequest& request) {
  base::MutexLock lock(mutex_);
  asked_.push_back(request);
  net::HttpResponse response;
  if (asked_.size() <= answers_.size()) {
    const Answer& answer = answers_[asked_.size() - 1];
    response.status = answer.status;
    response.body = answer.body;
    response.headers = answer.headers;
  }
  return response;
}

TestParts::TestParts()
    : parts{.clock = clock,
            .fs = fs,
            .random = random,
            .texts = texts,
            .user_agent = "bekci/1.2.3",
            .host_name = "web-1.example.test"} {}

routing::IntegrationConfig ConfigOf(std::string_view kind, const std::string& yaml) {
  const auto node = config::ParseYaml(yaml, "alertmanager.yml");
  REQUIRE_MESSAGE(node.ok(), node.status().message());
  config::Errors errors;
  routing::IntegrationConfig config;
  config.kind = kind;
  config.values = config::Check(*node, TableOf(kind), &errors);
  config.send_resolved = config.values.Bool("send_resolved");
  config.http = client::ReadHttpOptions(config.values.Section("http_config"), &errors);
  config.mark = node->mark;
  REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
  return config;
}

std::unique_ptr<Integration> MakeOf(std::string_view kind, const std::string& yaml, const Parts& parts) {
  auto made = MakeIntegration(ConfigOf(kind, yaml), parts);
  REQUIRE_MESSAGE(made.ok(), made.status().message());
  return std::move(*made);
}

message::Notification Firing() {
  message::Notification notification;
  notification.receiver = "team";
  notification.group_key = R"({}:{alertname="A"})";
  notification.reason = message::Reason::kFirst;
  message::Alert alert;
  alert.labels = model::Labels({{"alertname", "A"}, {"severity", "page"}});
  alert.annotations = {{"summary", "it burns"}};
  alert.starts_at = {1'795'258'667'000};
  notification.alerts = {alert};
  notification.group_labels = model::Labels({{"alertname", "A"}});
  notification.external_url = "http://bekci.example.test";
  notification.delivery_id = "01JD/0/team/x/0";
  return notification;
}

message::Notification Resolved() {
  message::Notification notification = Firing();
  notification.alerts.front().resolved = true;
  notification.alerts.front().ends_at = {1'795'258'700'000};
  return notification;
}

message::Notification OfLevel() {
  message::Notification notification = Firing();
  message::Escalation escalation;
  escalation.id = "01JD";
  escalation.policy = "high";
  escalation.level = "L2";
  escalation.state = "active";
  escalation.reason = "due";
  escalation.ack_url = kAckUrl;
  notification.escalation = std::move(escalation);
  return notification;
}

Delivery DeliverNow(Integration& integration, const message::Notification& notification, base::Duration within) {
  static const base::RealClock clock;
  return integration.Deliver(notification, clock.Monotonic() + within);
}

}  // namespace bekci::notify::receivers
