#include "agent/notify/receivers/email.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/client/http_secrets.h"
#include "agent/notify/receivers/digest.h"
#include "agent/notify/receivers/http_integration.h"
#include "agent/notify/receivers/mail_address.h"
#include "agent/notify/receivers/mail_message.h"

namespace bekci::notify::receivers {
namespace {

constexpr base::Duration kTimeout = base::seconds(60);
constexpr uint16_t kImplicitTlsPort = 465;

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool IsHelloName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' ||
           c == '_' || c == '[' || c == ']' || c == ':';
  });
}

base::Result<SmtpServer> ServerOf(const Settings& settings) {
  SmtpServer server;
  const std::string smarthost = settings.Text("smarthost");
  auto address = net::ParseTargetAddress(smarthost, 25);
  if (!address.ok()) return std::move(address).status().WithContext("smarthost");
  server.host = address->host;
  server.port = address->port;
  server.hello = settings.IsSet("hello") ? settings.Text("hello") : "localhost";
  if (!IsHelloName(server.hello)) return base::Invalid("hello: " + base::Quoted(server.hello) + " is no host name");
  const bool implicit = settings.Flag("force_implicit_tls", server.port == kImplicitTlsPort);
  const bool required = settings.Flag("require_tls", true);
  server.tls = implicit ? SmtpTls::kImplicit : required ? SmtpTls::kStartTls : SmtpTls::kNone;
  if (const auto tls = settings.Section("tls_config")) {
    server.tls_options = {tls->Text("ca_file"),
                          tls->Text("cert_file"),
                          tls->Text("key_file"),
                          tls->Text("server_name"),
                          tls->Flag("insecure_skip_verify"),
                          tls->Text("min_version"),
                          tls->Text("max_version")};
    server.ca_pem = tls->Text("ca");
    server.cert_pem = tls->Text("cert");
    server.key_pem = tls->Text("key");
  }
  return server;
}

class Email final : public Integration {
 public:
  Email(const routing::IntegrationConfig& config, SmtpServer server, const Parts& parts)
      : parts_(parts),
        values_(config.values),
        settings_(values_),
        send_resolved_(config.send_resolved),
        server_(std::move(server)) {}

  std::string_view kind() const override { return "email"; }

  Delivery Deliver(const message::Notification& notification, base::MonotonicTime deadline) override {
    if (!HasWords(notification, send_resolved_)) return Failure(Outcome::kNothing, "", "");
    auto mail = MailOf(notification);
    if (!mail.ok()) return Failure(Outcome::kPermanent, "clientError", Excerpt(mail.status().message(), 400));
    Delivery delivery = Send(*mail, std::min(deadline, parts_.clock.Monotonic() + kTimeout));
    if (IsSuccess(delivery.outcome)) delivery.detail = "to " + base::Join(mail->to, ", ") + delivery.detail;
    return delivery;
  }

 private:
  Delivery Send(const SmtpMail& mail, base::MonotonicTime deadline) {
    SmtpLogin login{.username = settings_.Text("auth_username"), .password = {}, .identity = {}};
    auto password = client::ReadSecret(parts_.fs, settings_.Secret("auth_password"));
    auto secret = client::ReadSecret(parts_.fs, settings_.Secret("auth_secret"));
    for (const auto* source : {&password, &secret}) {
      if (!source->ok()) return Failure(Outcome::kAuthError, "authError", source->status().message());
    }
    login.identity = settings_.Text("auth_identity");
    login.cram_md5 = password->empty();
    login.password = login.cram_md5 ? *secret : *password;
    if (login.password.empty()) login.username.clear();
    SmtpServer server = server_;
    // A password is not for everybody on the way.
    const bool open = server.tls == SmtpTls::kNone && !IsLoopback(server.host);
    if (open && !login.username.empty() && !login.cram_md5) server.tls = SmtpTls::kStartTls;
    auto result = SendBySmtp(server, login, mail, deadline, parts_.clock);
    // With both given: a server that knows neither PLAIN nor LOGIN may know the other way.
    if (result.ok() && result->denied && !result->logging_in && !login.cram_md5 && !secret->empty()) {
      login.cram_md5 = true;
      login.password = *secret;
      result = SendBySmtp(server, login, mail, deadline, parts_.clock);
    }
    if (!result.ok()) return Failure(Outcome::kPermanent, "other", result.status().message());
    Delivery delivery = JudgeMail(*result);
    delivery.detail = Redacted(std::move(delivery.detail), {*password, *secret, Base64(*password)});
    return delivery;
  }

  base::Result<std::string> Expanded(const std::string& key, const std::string& text,
                                     const message::Notification& notification) const {
    if (text.empty()) return std::string();
    return parts_.texts.Expand(text, notification).WithContext(key);
  }

  base::Result<SmtpMail> MailOf(const message::Notification& notification) const {
    SmtpMail mail;
    ASSIGN_OR_RETURN(const std::string from, Expanded("from", settings_.Text("from"), notification));
    ASSIGN_OR_RETURN(const std::string to, Expanded("to", settings_.Text("to"), notification));
    ASSIGN_OR_RETURN(const auto senders, ParseMailAddresses(from).WithContext("from"));
    if (senders.size() != 1) return base::Invalid("from: must be exactly one address");
    ASSIGN_OR_RETURN(const auto recipients, ParseMailAddresses(to).WithContext("to"));
    mail.from = senders.front().address;
    for (const MailAddress& one : recipients) {
      if (std::find(mail.to.begin(), mail.to.end(), one.address) == mail.to.end()) mail.to.push_back(one.address);
    }
    MailMessage message;
    RETURN_IF_ERROR(AddHeaders(notification, from, to, &message));
    RETURN_IF_ERROR(AddParts(notification, &message));
    message.boundary = Hex(Sha256(NameOf(notification) + message.text + message.html)).substr(0, 60);
    mail.data = RenderMail(message);
    return mail;
  }

  base::Status AddHeaders(const message::Notification& notification, const std::string& from, const std::string& to,
                          MailMessage* message) const {
    auto headers = settings_.Map("headers");
    const auto has = [&](std::string_view name) {
      return std::any_of(headers.begin(), headers.end(),
                         [&](const auto& header) { return base::EqualsIgnoreCase(header.first, name); });
    };
    if (!has("Subject")) headers.emplace_back("Subject", R"({{ template "email.default.subject" . }})");
    if (!has("To")) headers.emplace_back("To", to);
    if (!has("From")) headers.emplace_back("From", from);
    for (const auto& [name, text] : headers) {
      if (base::EqualsIgnoreCase(name, "MIME-Version") || base::EqualsIgnoreCase(name, "Content-Type")) continue;
      ASSIGN_OR_RETURN(const std::string value, Expanded("headers." + name, text, notification));
      const bool addresses = base::EqualsIgnoreCase(name, "To") || base::EqualsIgnoreCase(name, "From") ||
                             base::EqualsIgnoreCase(name, "Cc") || base::EqualsIgnoreCase(name, "Reply-To");
      const auto list = ParseMailAddresses(value);
      message->headers.emplace_back(name, addresses && list.ok() ? MailAddressesText(*list) : HeaderText(value));
    }
    if (!has("Message-Id")) {
      const std::string domain = IsHelloName(parts_.host_name) ? parts_.host_name : "localhost";
      message->headers.emplace_back("Message-Id", "<" + NameOf(notification) + "@" + domain + ">");
    }
    if (!has("Date")) message->headers.emplace_back("Date", MailDate(parts_.clock.Now()));
    message->headers.emplace_back("Auto-Submitted", "auto-generated");
    AddThread(notification, message);
    return base::OkStatus();
  }

  void AddThread(const message::Notification& notification, MailMessage* message) const {
    const auto threading = settings_.Section("threading");
    if (!threading || !threading->Flag("enabled")) return;
    std::string day;
    if (threading->Text("thread_by_date") != "none") {
      const auto days = std::chrono::floor<std::chrono::days>(
          std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(parts_.clock.Now().ms)));
      day = std::to_string(days.time_since_epoch().count());
    }
    const std::string root = "<alert-" + GroupHash(notification) + "-" + day + "@bekci>";
    message->headers.emplace_back("References", root);
    message->headers.emplace_back("In-Reply-To", root);
  }

  base::Status AddParts(const message::Notification& notification, MailMessage* message) const {
    ASSIGN_OR_RETURN(message->text, Expanded("text", settings_.Text("text"), notification));
    const std::string html = settings_.Text("html");
    if (!html.empty()) {
      ASSIGN_OR_RETURN(message->html, parts_.texts.ExpandHtml(html, notification).WithContext("html"));
    }
    const std::string ack = notification.escalation && notification.firing() ? notification.escalation->ack_url : "";
    if (ack.empty() || notification.escalation->state == "acked") return base::OkStatus();
    // Templates of one's own may know nothing of acknowledging. `/e/<id>?` stands in every form of the link.
    const std::string trace = ack.substr(0, ack.find('&'));
    if (!message->text.empty() && message->text.find(trace) == std::string::npos) {
      message->text += "\n\nAcknowledge: " + ack + "\n";
    }
    if (!message->html.empty() && message->html.find(trace) == std::string::npos) AddHtmlLink(ack, &message->html);
    return base::OkStatus();
  }

  static void AddHtmlLink(const std::string& url, std::string* html) {
    std::string escaped;
    for (const char c : url) {
      escaped += c == '&' ? "&amp;" : c == '"' ? "&#34;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    const std::string link = "<p><a href=\"" + escaped + "\">Acknowledge</a></p>";
    const size_t end = html->rfind("</body>");
    html->insert(end == std::string::npos ? html->size() : end, link);
  }

  // The same at every attempt at this message, where it has a name; else by chance.
  std::string NameOf(const message::Notification& notification) const {
    const std::string& id = notification.delivery_id;
    return id.empty() ? parts_.random.Hex(16) : Hex(Sha256(id)).substr(0, 32);
  }

  const Parts& parts_;
  const config::Values values_;
  const Settings settings_;
  const bool send_resolved_;
  const SmtpServer server_;
};

std::string RefusedText(const SmtpResult& result) {
  std::string text;
  for (const auto& [address, code] : result.refused) {
    text += (text.empty() ? "" : ", ") + address + " (" + std::to_string(code) + ")";
  }
  return text;
}

// By an answer of the server, which there is.
Outcome OutcomeOfCode(const SmtpResult& result) {
  if (result.code >= 530 && result.code <= 538) return Outcome::kAuthError;
  const bool any_later = std::any_of(result.refused.begin(), result.refused.end(),
                                     [](const auto& refused) { return refused.second < 500; });
  return result.code < 500 || any_later ? Outcome::kRetryable : Outcome::kPermanent;
}

std::string_view ReasonOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAuthError:
      return "authError";
    case Outcome::kPermanent:
      return "clientError";
    default:
      return "serverError";
  }
}

}  // namespace

Delivery JudgeMail(const SmtpResult& result) {
  Delivery delivery;
  delivery.status = result.code;
  if (result.accepted) {
    if (!result.refused.empty()) delivery.detail = "; refused: " + RefusedText(result);
    return delivery;
  }
  delivery.detail = result.answer.empty() ? result.words : result.words + ": " + result.answer;
  if (!result.refused.empty()) delivery.detail = "refused: " + RefusedText(result) + ": " + result.answer;
  if (result.no_tls) {
    delivery.outcome = Outcome::kPermanent;
    delivery.reason = "other";
    delivery.detail = "the server offers no TLS (STARTTLS), and without it nothing is sent";
  } else if (result.denied) {
    delivery.outcome =
        result.logging_in && result.code >= 400 && result.code < 500 ? Outcome::kRetryable : Outcome::kAuthError;
    delivery.reason = ReasonOf(delivery.outcome);
    if (!result.logging_in) delivery.detail = "the server offers no way to log in that fits the configuration";
  } else if (result.code >= 400) {
    delivery.outcome = OutcomeOfCode(result);
    delivery.reason = ReasonOf(delivery.outcome);
  } else {
    delivery.outcome = result.data_sent ? Outcome::kAmbiguous : Outcome::kRetryable;
    delivery.reason = result.timed_out ? "contextDeadlineExceeded" : "other";
    if (result.data_sent) delivery.detail = "all was sent, no answer came: " + result.words;
  }
  return delivery;
}

base::Result<std::unique_ptr<Integration>> MakeEmail(const routing::IntegrationConfig& config, const Parts& parts) {
  const Settings settings(config.values);
  ASSIGN_OR_RETURN(SmtpServer server, ServerOf(settings));
  return std::unique_ptr<Integration>(std::make_unique<Email>(config, std::move(server), parts));
}

}  // namespace bekci::notify::receivers
