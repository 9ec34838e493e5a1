// Mail against a peer that follows a script: what is said to it, and what is made of its answers. A whole server, with
// TLS and logins, is in tests/e2e/test_mail.py.
#include "agent/notify/receivers/email.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "agent/base/text.h"
#include "agent/notify/receivers/test_support.h"

namespace bekci::notify::receivers::email_test {
namespace {

// Answers each line of the client by the first row whose text begins it; "" hangs up, "..." says nothing for ever.
class ScriptedServer {
 public:
  using Script = std::vector<std::pair<std::string, std::string>>;

  explicit ScriptedServer(Script script) : script_(std::move(script)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_, 4) == 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string smarthost() const { return "127.0.0.1:" + std::to_string(port_); }
  // After the mail: what the client said, all connections.
  std::string heard() {
    base::MutexLock lock(mutex_);
    return heard_;
  }

 private:
  void Serve() {
    for (;;) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      Talk(fd);
      close(fd);
    }
  }

  void Talk(int fd) {
    Say(fd, "220 mx.example.test ESMTP");
    std::string buffer;
    bool in_data = false;
    char piece[4096];
    for (;;) {
      const ssize_t n = recv(fd, piece, sizeof piece, 0);
      if (n <= 0) return;
      buffer.append(piece, static_cast<size_t>(n));
      for (size_t end = buffer.find("\r\n"); end != std::string::npos; end = buffer.find("\r\n")) {
        const std::string line = buffer.substr(0, end);
        buffer.erase(0, end + 2);
        {
          base::MutexLock lock(mutex_);
          heard_ += line + "\n";
        }
        if (in_data && line != ".") continue;
        const std::string answer = AnswerTo(line);
        if (answer.empty()) return;
        if (answer != "...") Say(fd, answer);
        in_data = line == "DATA" && answer.starts_with("354");
      }
    }
  }

  std::string AnswerTo(const std::string& line) const {
    for (const auto& [begin, answer] : script_) {
      if (line.starts_with(begin)) return answer;
    }
    if (line.starts_with("EHLO")) return "250-mx.example.test\r\n250 8BITMIME";
    if (line == "DATA") return "354 go on";
    if (line == "QUIT") return "221 bye";
    return "250 ok";
  }

  static void Say(int fd, const std::string& line) {
    const std::string text = line + "\r\n";
    (void)send(fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  const Script script_;
  int listener_;
  int port_;
  base::Mutex mutex_;
  std::string heard_ GUARDED_BY(mutex_);
  std::thread thread_;
};

std::string Yaml(const ScriptedServer& server, const std::string& more = "") {
  return "{smarthost: '" + server.smarthost() +
         "', from: 'Bekci <b@example.test>', to: 'a@example.test, c@example.test', hello: web-1, require_tls: false, "
         "text: 'burning: {{ summary }}', html: '<p>{{ summary }}</p>', headers: {Subject: '{{ summary }}'}" +
         more + "}";
}

Delivery Send(const ScriptedServer& server, const std::string& more = "", base::Duration within = base::seconds(20)) {
  TestParts test;
  return DeliverNow(*MakeOf("email", Yaml(server, more), test.parts), Firing(), within);
}

}  // namespace

TEST_CASE("a mail is said as RFC 5321 has it, and taken") {
  ScriptedServer server(ScriptedServer::Script{});
  TestParts test;
  message::Notification notification = OfLevel();
  notification.alerts.front().annotations["summary"] = "k\xC3\xB6t\xC3\xBC\r\nBcc: evil@example.test";
  const auto email = MakeOf("email", Yaml(server, ", threading: {enabled: true, thread_by_date: none}"), test.parts);
  const Delivery delivery = DeliverNow(*email, notification);
  CHECK(delivery.outcome == Outcome::kDelivered);
  CHECK(delivery.detail == "to a@example.test, c@example.test");
  const std::string heard = server.heard();
  CAPTURE(heard);
  CHECK(heard.starts_with("EHLO web-1\nMAIL FROM:<b@example.test>"));
  CHECK(heard.find("RCPT TO:<a@example.test>\nRCPT TO:<c@example.test>\nDATA\n") != std::string::npos);
  CHECK(heard.find("Subject: =?utf-8?q?k=C3=B6t=C3=BC__Bcc=3A_evil=40example=2Etest?=\n") == std::string::npos);
  CHECK(heard.find("Subject: =?utf-8?q?k=C3=B6t=C3=BC__Bcc=3A_evil=40example.test?=\n") != std::string::npos);
  CHECK(heard.substr(0, heard.find("\n\n")).find("\nBcc:") == std::string::npos);
  CHECK(heard.find("From: \"Bekci\" <b@example.test>\n") != std::string::npos);
  CHECK(heard.find("@web-1.example.test>\n") != std::string::npos);
  CHECK(heard.find("Auto-Submitted: auto-generated\n") != std::string::npos);
  const size_t root = heard.find("References: <alert-");
  REQUIRE(root != std::string::npos);
  CHECK(heard.find("In-Reply-To: " + heard.substr(root + 12, heard.find('\n', root) - root - 12)) != std::string::npos);
  CHECK(heard.find("Acknowledge: https://bekci.example.test/e/01JD?a=3Dack") != std::string::npos);
  CHECK(heard.find("text/plain") < heard.find("text/html"));
}

TEST_CASE("every attempt at a message has the same name, another message another") {
  ScriptedServer server(ScriptedServer::Script{});
  TestParts test;
  const auto email = MakeOf("email", Yaml(server), test.parts);
  const auto name_of = [&](const message::Notification& notification) {
    (void)DeliverNow(*email, notification);
    const std::string heard = server.heard();
    const size_t at = heard.rfind("Message-Id: ");
    return heard.substr(at, heard.find('\n', at) - at);
  };
  message::Notification other = Firing();
  other.delivery_id += "1";
  const std::string first = name_of(Firing());
  CHECK(name_of(Firing()) == first);
  CHECK(name_of(other) != first);
}

TEST_CASE("a recipient that is refused does not lose the others") {
  ScriptedServer server(ScriptedServer::Script{{"RCPT TO:<a@", "550 no such user"}});
  const Delivery delivery = Send(server);
  CHECK(delivery.outcome == Outcome::kDelivered);
  CHECK(delivery.detail == "to a@example.test, c@example.test; refused: a@example.test (550)");
}

TEST_CASE("the server's codes say whether it is worth another try") {
  struct Row {
    std::string_view command;
    std::string_view answer;
    Outcome outcome;
    std::string_view reason;
  };
  const Row rows[] = {
      {"MAIL", "451 later", Outcome::kRetryable, "serverError"},
      {"MAIL", "550 never", Outcome::kPermanent, "clientError"},
      {"MAIL", "530 authenticate first", Outcome::kAuthError, "authError"},
      {"RCPT", "421 too busy", Outcome::kRetryable, "serverError"},
      {"RCPT", "550 nobody", Outcome::kPermanent, "clientError"},
      {"DATA", "452 full", Outcome::kRetryable, "serverError"},
      {".", "554 spam", Outcome::kPermanent, "clientError"},
      {".", "451 later", Outcome::kRetryable, "serverError"},
      {"RCPT", "", Outcome::kRetryable, "other"},
      {".", "", Outcome::kAmbiguous, "other"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.command);
    CAPTURE(row.answer);
    ScriptedServer server(ScriptedServer::Script{{std::string(row.command), std::string(row.answer)}});
    const Delivery delivery = Send(server);
    CHECK(OutcomeName(delivery.outcome) == OutcomeName(row.outcome));
    CHECK(delivery.reason == row.reason);
  }
}

TEST_CASE("a server that is silent costs no more than the deadline, also at the very end") {
  base::RealClock clock;
  for (const char* command : {"EHLO", "RCPT", "."}) {
    CAPTURE(command);
    ScriptedServer server(ScriptedServer::Script{{command, "..."}});
    const base::MonotonicTime begin = clock.Monotonic();
    const Delivery delivery = Send(server, "", base::milliseconds(1000));
    CHECK(clock.Monotonic() - begin < base::seconds(5));
    CHECK(delivery.outcome == (command[0] == '.' ? Outcome::kAmbiguous : Outcome::kRetryable));
    CHECK(delivery.reason == "contextDeadlineExceeded");
  }
  ScriptedServer rude(ScriptedServer::Script{{"QUIT", "..."}});
  const base::MonotonicTime begin = clock.Monotonic();
  CHECK(Send(rude).outcome == Outcome::kDelivered);
  CHECK(clock.Monotonic() - begin < base::seconds(10));
}

TEST_CASE("without TLS nothing is said where TLS is demanded, and no password to anybody but this host") {
  ScriptedServer server(ScriptedServer::Script{});
  TestParts test;
  std::string yaml = Yaml(server);
  yaml.replace(yaml.find("require_tls: false"), 18, "require_tls: true");
  const Delivery delivery = DeliverNow(*MakeOf("email", yaml, test.parts), Firing());
  CHECK(delivery.outcome == Outcome::kPermanent);
  CHECK(delivery.detail.find("offers no TLS") != std::string::npos);
  CHECK(server.heard().find("MAIL") == std::string::npos);
}

TEST_CASE("a server without a login that fits says so, and no secret is told") {
  ScriptedServer none(ScriptedServer::Script{{"EHLO", "250-mx\r\n250 AUTH GSSAPI"}});
  const std::string login = ", auth_username: u, auth_password: pa55word";
  const Delivery no_way = Send(none, login);
  CHECK(no_way.outcome == Outcome::kAuthError);
  CHECK(no_way.reason == "authError");
  ScriptedServer refusing(
      ScriptedServer::Script{{"EHLO", "250-mx\r\n250 AUTH PLAIN LOGIN"}, {"AUTH", "535 wrong: pa55word"}});
  const Delivery refused = Send(refusing, login);
  CHECK(refused.outcome == Outcome::kAuthError);
  CHECK(refused.detail.find("pa55word") == std::string::npos);
  CHECK(refusing.heard().find("AUTH PLAIN AHUAcGE1NXdvcmQ=") != std::string::npos);
  ScriptedServer later(ScriptedServer::Script{{"EHLO", "250-mx\r\n250 AUTH PLAIN"}, {"AUTH", "454 try again"}});
  CHECK(Send(later, login).outcome == Outcome::kRetryable);
  // Both ways given, and the server knows only the other one.
  ScriptedServer cram(
      {{"EHLO", "250-mx\r\n250 AUTH CRAM-MD5"}, {"AUTH CRAM-MD5", "334 PDEyMzRAbXg+"}, {"dS", "235 welcome"}});
  CHECK(Send(cram, login + ", auth_secret: s3cret").outcome == Outcome::kDelivered);
}

TEST_CASE("what can never be sent is refused when it is made, or when its templates are known") {
  TestParts test;
  CHECK(!MakeIntegration(ConfigOf("email", "{smarthost: mx.test, hello: 'a b'}"), test.parts).ok());
  const auto email = MakeOf("email", "{smarthost: '127.0.0.1:1', from: b@x.test, to: '{{ summary }}'}", test.parts);
  const Delivery delivery = DeliverNow(*email, Firing());
  CHECK(delivery.outcome == Outcome::kPermanent);
  CHECK(delivery.detail == "to: \"it burns\" is no mail address");
}

// Run by tests/e2e/test_mail.py, which starts the server.
TEST_CASE("the mail server that the environment names does with a mail what the environment says" * doctest::skip()) {
  const char* const yaml = getenv("BEKCI_TEST_EMAIL");
  const char* const outcome = getenv("BEKCI_TEST_OUTCOME");
  REQUIRE(yaml != nullptr);
  REQUIRE(outcome != nullptr);
  base::RealFileSystem disk;
  TestParts test;
  const Parts parts = {.clock = test.clock,
                       .fs = disk,
                       .random = test.random,
                       .texts = test.texts,
                       .user_agent = {},
                       .host_name = "web-1.example.test"};
  const Delivery delivery = DeliverNow(*MakeOf("email", yaml, parts), OfLevel(), base::seconds(30));
  CHECK_MESSAGE(OutcomeName(delivery.outcome) == outcome, delivery.detail);
  MESSAGE("detail: " << delivery.detail);
}

}  // namespace bekci::notify::receivers::email_test
