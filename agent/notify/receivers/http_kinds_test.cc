// The table that all media over HTTP share: what each makes of success, refusals, limits, servers in trouble, redirects
// and answers that never end; and the bodies that Alertmanager's captures show.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "agent/net/test_certificates.h"
#include "agent/net/url.h"
#include "agent/notify/receivers/kinds.h"
#include "agent/notify/receivers/test_support.h"

namespace bekci::notify::receivers::http_kinds_test {
namespace {

// A configuration of each kind that asks `URL`, and the answer that its vendor gives when all is well.
struct Case {
  std::string_view kind;
  std::string yaml;  // URL: the vendor's
  Answer good;
  Outcome outcome = Outcome::kDelivered;
};

const Case kCases[] = {
    {"webhook", "{url: URL/hook/s3cret-tok}", {204}},
    {"incidentio", "{url: URL/inc, alert_source_token: s3cret-tok}", {202}, Outcome::kAccepted},
    {"slack", "{api_url: URL/services/s3cret-tok, channel: ops}", {200, "ok"}},
    {"pagerduty",
     "{url: URL/v2/enqueue, routing_key: s3cret-tok, description: d}",
     {202, R"({"dedup_key":"k"})"},
     Outcome::kAccepted},
    {"opsgenie", "{api_url: URL, api_key: s3cret-tok, message: m}", {202, R"({"requestId":"r"})"}, Outcome::kAccepted},
    {"victorops", "{api_url: URL, api_key: s3cret-tok, routing_key: r}", {200, R"({"result":"success"})"}},
    {"pushover",
     "{api_url: URL/1/messages.json, token: s3cret-tok, user_key: u, message: m}",
     {200, R"({"status":1})"}},
    {"telegram",
     "{api_url: URL, bot_token: 's3cret-tok', chat_id: '42', message: m, parse_mode: HTML}",
     {200, R"({"ok":true,"result":{"message_id":7}})"}},
    {"discord", "{webhook_url: URL/api/webhooks/1/s3cret-tok, title: t, message: m}", {200, R"({"id":"9"})"}},
    {"webex", "{api_url: URL, room_id: r, message: m, http_config: {authorization: {credentials: s3cret-tok}}}", {200}},
    {"msteams", "{webhook_url: URL/s3cret-tok, title: t, text: x}", {200, "1"}},
    {"msteamsv2", "{webhook_url: URL/s3cret-tok, title: t, text: x}", {202}, Outcome::kAccepted},
    {"rocketchat", "{api_url: URL, token: s3cret-tok, token_id: i, title: t}", {200, R"({"success":true})"}},
    {"mattermost", "{webhook_url: URL/hooks/s3cret-tok, text: x}", {200, "ok"}},
    {"sns",
     "{api_url: URL, topic_arn: 'arn:aws:sns:eu-west-1:1:t', message: m, sigv4: {access_key: AK, secret_key: "
     "s3cret-tok}}",
     {200}},
    {"twilio",
     "{api_url: URL, account_sid: AC1, auth_token: s3cret-tok, from: '+1', to: '+90', message: m}",
     {201, R"({"sid":"SM1"})"},
     Outcome::kAccepted},
    {"sms", "{url: URL/send, secret: s3cret-tok, secret_field: key, to: '+90', message: m}", {200}},
    {"http", "{url: URL/x, signature_secret: s3cret-tok, body: b}", {200}},
    {"ntfy", "{server: URL, topic: s3cret-tok, title: t, message: m, priority: '5', click: c}", {200, R"({"id":"n"})"}},
};

std::string At(std::string yaml, const std::string& url) {
  for (size_t at = yaml.find("URL"); at != std::string::npos; at = yaml.find("URL", at + url.size())) {
    yaml.replace(at, 3, url);
  }
  return yaml;
}

// Kinds whose vendor means something of its own by a status.
bool MeansOther(std::string_view kind, int status) {
  const bool gone_401 = kind == "discord" || kind.starts_with("msteams");
  const bool gone_403 = kind == "slack" || kind == "telegram" || kind.starts_with("msteams");
  if (status == 401) return gone_401;
  if (status == 403) return gone_403;
  return false;
}

Answer Status(int status) {
  return {status, "no s3cret-tok", {}};
}

// A listener that never says a word, or closes.
class Silent {
 public:
  Silent() {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(fd_, 64) == 0);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Silent() { close(fd_); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int fd_;
  int port_;
};

}  // namespace

TEST_CASE("every medium knows its vendor's success, and says who it is") {
  TestParts test;
  Vendor vendor;
  for (const Case& row : kCases) {
    CAPTURE(row.kind);
    const auto integration = MakeOf(row.kind, At(row.yaml, vendor.url()), test.parts);
    vendor.Says({row.good});
    const Delivery delivery = DeliverNow(*integration, Firing());
    CHECK(OutcomeName(delivery.outcome) == OutcomeName(row.outcome));
    CHECK(delivery.reason.empty());
    REQUIRE(vendor.Asked().size() == 1);
    CHECK(vendor.Last().Header("User-Agent") == "bekci/1.2.3");
    CHECK(delivery.detail.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("refusals, limits and trouble are told apart, and no secret is in what is said of them") {
  TestParts test;
  Vendor vendor;
  struct Row {
    int status;
    Outcome outcome;
    std::string_view reason;
  };
  static constexpr Row kRows[] = {
      {400, Outcome::kPermanent, "clientError"},   {401, Outcome::kAuthError, "authError"},
      {403, Outcome::kAuthError, "authError"},     {404, Outcome::kPermanent, "clientError"},
      {408, Outcome::kRetryable, "clientError"},   {425, Outcome::kRetryable, "clientError"},
      {429, Outcome::kRateLimited, "rateLimited"}, {502, Outcome::kRetryable, "serverError"},
      {503, Outcome::kRetryable, "serverError"},
  };
  for (const Case& row : kCases) {
    const auto integration = MakeOf(row.kind, At(row.yaml, vendor.url()), test.parts);
    for (const Row& expected : kRows) {
      CAPTURE(row.kind);
      CAPTURE(expected.status);
      vendor.Says({Status(expected.status)});
      const Delivery delivery = DeliverNow(*integration, Firing());
      Outcome outcome = MeansOther(row.kind, expected.status) ? Outcome::kPermanent : expected.outcome;
      // Twilio may have sent the message before it failed.
      if (row.kind == "twilio" && expected.status >= 500) outcome = Outcome::kAmbiguous;
      CHECK(OutcomeName(delivery.outcome) == OutcomeName(outcome));
      CHECK(delivery.reason == expected.reason);
      CHECK(delivery.status == expected.status);
      CHECK_MESSAGE(delivery.detail.find("s3cret") == std::string::npos, delivery.detail);
      CHECK(vendor.Asked().size() == 1);
    }
  }
}

TEST_CASE("a wait that the vendor asks for is kept, at most a quarter of an hour") {
  TestParts test;
  Vendor vendor;
  for (const Case& row : kCases) {
    CAPTURE(row.kind);
    const auto integration = MakeOf(row.kind, At(row.yaml, vendor.url()), test.parts);
    vendor.Says({{429, "", {{"Retry-After", "7"}}},
                 {429, "", {{"Retry-After", "86400"}}},
                 {429, "", {{"Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"}}},
                 {429}});
    CHECK(DeliverNow(*integration, Firing()).retry_after == base::seconds(7));
    CHECK(DeliverNow(*integration, Firing()).retry_after == base::minutes(15));
    CHECK(DeliverNow(*integration, Firing()).retry_after == base::Duration::zero());
    CHECK(DeliverNow(*integration, Firing()).retry_after == base::Duration::zero());
  }
  const auto telegram = MakeOf("telegram", At(kCases[7].yaml, vendor.url()), test.parts);
  vendor.Says({{429, R"({"ok":false,"error_code":429,"parameters":{"retry_after":33}})"}});
  CHECK(DeliverNow(*telegram, Firing()).retry_after == base::seconds(33));
  const auto discord = MakeOf("discord", At(kCases[8].yaml, vendor.url()), test.parts);
  vendor.Says({{429, R"({"message":"slow","retry_after":1.25,"global":false})"}});
  CHECK(DeliverNow(*discord, Firing()).retry_after == base::milliseconds(1250));
}

TEST_CASE("a redirect is not followed, and nothing goes to where it points") {
  TestParts test;
  Vendor vendor, other;
  for (const Case& row : kCases) {
    CAPTURE(row.kind);
    const auto integration = MakeOf(row.kind, At(row.yaml, vendor.url()), test.parts);
    vendor.Says({{307, "", {{"Location", other.url() + "/"}}}});
    const Delivery delivery = DeliverNow(*integration, Firing());
    CHECK(delivery.outcome == Outcome::kPermanent);
    CHECK(delivery.detail.find("redirects are not followed") != std::string::npos);
  }
  CHECK(other.Asked().empty());
}

TEST_CASE("an answer without end is read up to 64 KiB, and its status counts") {
  TestParts test;
  Vendor vendor;
  const std::string huge(10 << 20, 'x');
  const auto integration = MakeOf("webhook", At("{url: URL/hook}", vendor.url()), test.parts);
  vendor.Says({{200, huge}, {500, huge}, {204}});
  CHECK(DeliverNow(*integration, Firing()).outcome == Outcome::kDelivered);
  const Delivery failed = DeliverNow(*integration, Firing());
  CHECK(failed.outcome == Outcome::kRetryable);
  CHECK(failed.detail.size() < 700);
  CHECK(DeliverNow(*integration, Firing()).outcome == Outcome::kDelivered);
}

TEST_CASE("when all was sent and nothing came back, only who can tell a repetition is asked again") {
  TestParts test;
  const Silent silent;
  for (const Case& row : kCases) {
    CAPTURE(row.kind);
    const auto integration = MakeOf(row.kind, At(row.yaml, silent.url()), test.parts);
    const Delivery delivery = DeliverNow(*integration, Firing(), base::milliseconds(50));
    CHECK(delivery.outcome == Outcome::kAmbiguous);
    CHECK(delivery.reason == "contextDeadlineExceeded");
    const bool tells = row.kind == "webhook" || row.kind == "pagerduty" || row.kind == "opsgenie" ||
                       row.kind == "victorops" || row.kind == "incidentio" || row.kind == "http";
    CHECK(delivery.deduplicates == tells);
  }
}

TEST_CASE("nobody at the other end, or no certificate that we trust, is worth another try") {
  TestParts test;
  const auto nobody = MakeOf("webhook", "{url: 'http://127.0.0.1:1/'}", test.parts);
  const Delivery refused = DeliverNow(*nobody, Firing());
  CHECK(refused.outcome == Outcome::kRetryable);
  CHECK(refused.reason == "other");

  const net::Files files;
  const net::Identity authority = net::MakeIdentity("authority", "DNS:authority");
  files.WriteCertificate("ca", authority);
  files.WriteServer(net::MakeIdentity("vendor", "IP:127.0.0.1", &authority));
  net::TlsOptions tls_options;
  tls_options.cert_file = files.Path("cert");
  tls_options.key_file = files.Path("key");
  Vendor vendor(tls_options);
  const std::string yaml = "{url: " + vendor.url() + "/hook, http_config: {tls_config: {";
  const auto outcome = [&](const std::string& tls) {
    return DeliverNow(*MakeOf("webhook", yaml + tls + "}}}", test.parts), Firing()).outcome;
  };
  CHECK(outcome("") == Outcome::kRetryable);
  CHECK(outcome("ca_file: " + files.Path("ca")) == Outcome::kDelivered);
  CHECK(outcome("server_name: else.example.test, ca_file: " + files.Path("ca")) == Outcome::kRetryable);
  CHECK(outcome("insecure_skip_verify: true") == Outcome::kDelivered);
}

TEST_CASE("a secret in a file is read at every use, and a file that is gone goes to the next receiver") {
  TestParts test;
  Vendor vendor;
  REQUIRE(test.fs.WriteFileAtomic("/key", "first\n").ok());
  const auto integration =
      MakeOf("opsgenie", At("{api_url: URL, api_key_file: /key, message: m}", vendor.url()), test.parts);
  CHECK(DeliverNow(*integration, Firing()).outcome == Outcome::kDelivered);
  CHECK(vendor.Last().Header("Authorization") == "GenieKey first");
  REQUIRE(test.fs.WriteFileAtomic("/key", "second").ok());
  CHECK(DeliverNow(*integration, Firing()).outcome == Outcome::kDelivered);
  CHECK(vendor.Last().Header("Authorization") == "GenieKey second");
  REQUIRE(test.fs.Remove("/key").ok());
  const Delivery gone = DeliverNow(*integration, Firing());
  CHECK(gone.outcome == Outcome::kAuthError);
  CHECK(vendor.Asked().size() == 2);
}

TEST_CASE("resolved alerts go only to those who want them") {
  TestParts test;
  Vendor vendor;
  const auto quiet = MakeOf("webhook", At("{url: URL/, send_resolved: false}", vendor.url()), test.parts);
  CHECK(DeliverNow(*quiet, Resolved()).outcome == Outcome::kNothing);
  CHECK(vendor.Asked().empty());
  const auto eager = MakeOf("webhook", At("{url: URL/}", vendor.url()), test.parts);
  CHECK(DeliverNow(*eager, Resolved()).outcome == Outcome::kDelivered);
}

TEST_CASE("several deliveries at once do not wait for each other's connection") {
  TestParts test;
  Vendor vendor;
  const auto integration = MakeOf("webhook", At("{url: URL/}", vendor.url()), test.parts);
  std::vector<std::thread> threads;
  std::atomic<int> delivered = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) delivered += DeliverNow(*integration, Firing()).outcome == Outcome::kDelivered;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(delivered == 80);
}

TEST_CASE("a text whose template fails is not sent half") {
  TestParts test;
  Vendor vendor;
  const auto integration =
      MakeOf("discord", At("{webhook_url: URL/1/2, title: '{{ nonsense }}', message: m}", vendor.url()), test.parts);
  const Delivery delivery = DeliverNow(*integration, Firing());
  CHECK(delivery.outcome == Outcome::kPermanent);
  CHECK(delivery.detail.starts_with("title: "));
  CHECK(vendor.Asked().empty());
}

TEST_CASE("bodies are, byte for byte, those that Alertmanager sends") {
  // The texts of these templates come out of the captured bodies themselves; what is held against them is all the rest:
  // names, order, escapes, hashes, colours, what is left out when it is empty.
  struct Row {
    std::string_view kind;
    std::string yaml;
    std::vector<std::pair<std::string, std::string>> words;  // and where in the body they stand
    std::string beyond = {};                                 // what this agent adds at the end
  };
  const Row rows[] = {
      {"slack",
       "{api_url: URL, channel: '#ops', username: Alertmanager, title: '{{ title }}', title_link: '{{ link }}', "
       "fallback: '{{ title }} | {{ link }}', color: '{{ color }}'}",
       {{"title", "/attachments/0/title"}, {"link", "/attachments/0/title_link"}, {"color", "/attachments/0/color"}}},
      {"pagerduty",
       "{url: URL, routing_key: rk, description: '{{ title }}', source: Alertmanager, client: Alertmanager, "
       "client_url: '{{ link }}', severity: error, details: {firing: '{{ firing }}', resolved: '{{ resolved }}', "
       "num_firing: '{{ n }}', num_resolved: '{{ m }}'}}",
       {{"title", "/payload/summary"},
        {"link", "/client_url"},
        {"firing", "/payload/custom_details/firing"},
        {"resolved", "/payload/custom_details/resolved"},
        {"n", "/payload/custom_details/num_firing"},
        {"m", "/payload/custom_details/num_resolved"}}},
      {"opsgenie",
       "{api_url: URL, api_key: k, message: '{{ title }}', description: '{{ d }}', source: '{{ link }}'}",
       {{"title", "/message"}, {"d", "/description"}, {"link", "/source"}}},
      {"victorops",
       "{api_url: URL, api_key: k, routing_key: team, entity_display_name: '{{ title }}', monitoring_tool: "
       "Alertmanager, state_message: '{{ d }}'}",
       {{"title", "/entity_display_name"}, {"d", "/state_message"}}},
      {"telegram",
       "{api_url: URL, bot_token: '123:abc', chat_id: '42', message: '{{ d }}', parse_mode: HTML}",
       {{"d", "/text"}}},
      {"discord",
       "{webhook_url: URL, title: '{{ title }}', message: '{{ d }}'}",
       {{"title", "/embeds/0/title"}, {"d", "/embeds/0/description"}},
       R"(,"allowed_mentions":{"parse":[]})"},
      {"webex", "{api_url: URL, room_id: r, message: '{{ d }}'}", {{"d", "/markdown"}}},
  };
  base::RealFileSystem disk;
  const auto file = disk.ReadFile(BEKCI_SOURCE_DIR "/agent/notify/receivers/testdata/alertmanager_bodies.json");
  REQUIRE(file.ok());
  const JsonAnswer captured(*file);
  TestParts test;
  Vendor vendor;
  for (const Row& row : rows) {
    for (const bool firing : {true, false}) {
      CAPTURE(row.kind);
      CAPTURE(firing);
      std::string body = captured.Text("/" + std::string(row.kind) + (firing ? "" : "_resolved"));
      if (body.empty()) continue;
      message::Notification notification = firing ? Firing() : Resolved();
      notification.group_key = R"({}:{alertname="SL"})";
      notification.alerts.front().labels = model::Labels({{"alertname", "SL"}, {"severity", "warning"}});
      test.texts.words.clear();
      for (const auto& [name, pointer] : row.words) test.texts.words.emplace_back(name, JsonAnswer(body).Text(pointer));
      const auto integration = MakeOf(row.kind, At(row.yaml, vendor.url()), test.parts);
      vendor.Says({});
      (void)DeliverNow(*integration, notification);
      body.insert(body.size() - 2, row.beyond);
      CHECK(vendor.Last().body == body);
      CHECK(vendor.Last().Header("Content-Type") == "application/json");
    }
  }
}

TEST_CASE("what is resolved is closed under the name it was opened with") {
  TestParts test;
  Vendor vendor;
  const auto pagerduty = MakeOf("pagerduty", At("{url: URL/v2/enqueue, routing_key: rk}", vendor.url()), test.parts);
  (void)DeliverNow(*pagerduty, Firing());
  const std::string opened = JsonAnswer(vendor.Last().body).Text("/dedup_key");
  (void)DeliverNow(*pagerduty, Resolved());
  CHECK(JsonAnswer(vendor.Last().body).Text("/dedup_key") == opened);
  CHECK(JsonAnswer(vendor.Last().body).Text("/event_action") == "resolve");

  const auto opsgenie = MakeOf("opsgenie", At("{api_url: URL/base/, api_key: k, source: s}", vendor.url()), test.parts);
  (void)DeliverNow(*opsgenie, Resolved());
  CHECK(vendor.Last().path == "/base/v2/alerts/" + opened + "/close");
  CHECK(vendor.Last().Query("identifierType") == "alias");
  CHECK(vendor.Last().body == "{\"source\":\"s\"}\n");

  message::Notification acked = OfLevel();
  acked.escalation->state = "acked";
  (void)DeliverNow(*pagerduty, acked);
  CHECK(JsonAnswer(vendor.Last().body).Text("/event_action") == "acknowledge");
  (void)DeliverNow(*opsgenie, acked);
  CHECK(vendor.Last().path == "/base/v2/alerts/" + opened + "/acknowledge");
}

TEST_CASE("a level's message carries the link to acknowledge on every medium") {
  TestParts test;
  Vendor vendor;
  for (const Case& row : kCases) {
    // These carry the payload, whose writer puts the link in, or a text of one's own.
    if (row.kind == "webhook" || row.kind == "incidentio" || row.kind == "http") continue;
    CAPTURE(row.kind);
    const auto integration = MakeOf(row.kind, At(row.yaml, vendor.url()), test.parts);
    vendor.Says({row.good, row.good});
    (void)DeliverNow(*integration, OfLevel());
    std::string body = net::Unescaped(vendor.Last().body);
    for (size_t at = body.find("\\u0026"); at != std::string::npos; at = body.find("\\u0026")) body.replace(at, 6, "&");
    CHECK_MESSAGE(body.find(kAckUrl) != std::string::npos, body);
    (void)DeliverNow(*integration, Firing());
    CHECK(vendor.Last().body.find("cknowledge") == std::string::npos);
  }
}

}  // namespace bekci::notify::receivers::http_kinds_test
