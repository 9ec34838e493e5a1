// Outgoing connections against real sockets: addresses, deadlines, refusals, TLS.
#include "agent/net/dialer.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/net/server.h"
#include "agent/net/test_certificates.h"

namespace bekci::net::dialer_test {
namespace {

using base::milliseconds;
using base::seconds;

const base::RealClock kClock;

base::MonotonicTime In(base::Duration duration) {
  return kClock.Monotonic() + duration;
}

TargetAddress Address(const std::string& text) {
  auto address = ParseTargetAddress(text, 0);
  REQUIRE_MESSAGE(address.ok(), address.status().message());
  return *address;
}

std::string ReadAll(Stream& stream) {
  std::string all;
  char buffer[4096];
  for (;;) {
    const auto got = stream.Read(buffer, In(seconds(10)));
    REQUIRE_MESSAGE(got.ok(), got.status().message());
    if (*got == 0) return all;
    all.append(buffer, *got);
  }
}

std::string TextOf(const std::string& path) {
  base::RealFileSystem fs;
  auto text = fs.ReadFile(path, 1 << 20);
  REQUIRE_MESSAGE(text.ok(), text.status().message());
  return *std::move(text);
}

ClientTlsOptions PemTexts(const std::string& ca, const std::string& cert, const std::string& key) {
  ClientTlsOptions tls;
  tls.ca = ca;
  tls.cert = cert;
  tls.key = key;
  return tls;
}

struct EchoServer {
  explicit EchoServer(ServerOptions options = {}) {
    options.listen_addresses = {"127.0.0.1:0", "unix:/tmp/bekci-dialer-test-" + std::to_string(getpid()) + ".sock"};
    auto started = StartServer(
        options,
        [](const HttpRequest& request) {
          HttpResponse response;
          response.body = request.body + (request.tls ? " by tls" : " plainly");
          return response;
        },
        log);
    REQUIRE_MESSAGE(started.ok(), started.status().message());
    server = std::move(started).value();
  }
  base::CaptureLogger log;
  std::unique_ptr<Server> server;
};

const char kRequest[] = "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";

// A listening socket that nobody accepts from.
struct DeafSocket {
  explicit DeafSocket(int backlog) : path("/tmp/bekci-deaf-" + std::to_string(getpid()) + ".sock") {
    unlink(path.c_str());
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(listen(fd, backlog) == 0);
  }
  ~DeafSocket() {
    close(fd);
    unlink(path.c_str());
  }
  std::string path;
  int fd;
};

TEST_CASE("addresses are read as people write them, and mistakes are named") {
  struct Row {
    const char* text;
    const char* expected;  // the address, or "!" and a part of the message
  };
  const Row rows[] = {
      {"127.0.0.1:6379", "127.0.0.1:6379"},
      {"[::1]:6379", "[::1]:6379"},
      {"[::1]", "[::1]:3306"},
      {"db.example", "db.example:3306"},
      {"unix:/run/x.sock", "unix:/run/x.sock"},
      {"unix:///run/x.sock", "unix:/run/x.sock"},
      {"/run/x.sock", "unix:/run/x.sock"},
      {"", "!is empty"},
      {"::1", "!brackets"},
      {"[::1", "!\"]\" is missing"},
      {"[::1]6379", "!expected \":PORT\""},
      {"host:0", "!1 to 65535"},
      {"host:70000", "!1 to 65535"},
      {"host:", "!1 to 65535"},
      {":3306", "!the host is missing"},
      {"unix:run/x.sock", "!absolute path"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto address = ParseTargetAddress(row.text, 3306);
    if (row.expected[0] == '!') {
      REQUIRE_FALSE(address.ok());
      CHECK(address.status().message().find(row.expected + 1) != std::string::npos);
    } else {
      REQUIRE(address.ok());
      CHECK(address->ToString() == row.expected);
    }
  }
  CHECK_FALSE(ParseTargetAddress("/" + std::string(200, 'a'), 1).ok());
  CHECK_FALSE(ParseTargetAddress("host", 0).ok());
}

TEST_CASE("a request goes out and its answer comes back, over TCP, a name and a unix socket") {
  const EchoServer server;
  const std::string tcp = server.server->addresses()[0];
  for (const std::string& address : {tcp, "localhost" + tcp.substr(tcp.rfind(':')), server.server->addresses()[1]}) {
    CAPTURE(address);
    Dialer dialer(Address(address), nullptr, kClock);
    auto stream = dialer.Dial(In(seconds(10)));
    REQUIRE_MESSAGE(stream.ok(), stream.status().message());
    CHECK((*stream)->IsFresh());
    REQUIRE((*stream)->WriteAll(kRequest, In(seconds(10))).ok());
    CHECK(ReadAll(**stream).ends_with("hello plainly"));
    CHECK_FALSE((*stream)->IsFresh());
  }
}

TEST_CASE("TLS verifies whom it speaks to, and says why it will not") {
  const Files files;
  const Identity ca = MakeIdentity("ca", "DNS:ca");
  const Identity identity = MakeIdentity("server", "DNS:redis.example,IP:127.0.0.1", &ca);
  files.WriteServer(identity);
  files.WriteCertificate("ca", ca);
  ServerOptions options;
  options.tls.cert_file = files.Path("cert");
  options.tls.key_file = files.Path("key");
  const EchoServer server(options);
  struct Row {
    ClientTlsOptions tls;
    const char* error;  // empty: works
  };
  const std::string trusted = TextOf(files.Path("ca"));
  const Row rows[] = {
      {{files.Path("ca"), "", "", "", false}, ""},  // by its address
      {{files.Path("ca"), "", "", "redis.example", false}, ""},
      {{files.Path("ca"), "", "", "other.example", false}, "the certificate is not accepted: hostname mismatch"},
      {{"", "", "", "", false}, "the certificate is not accepted"},
      {{"", "", "", "other.example", true}, ""},
      {{files.Path("key"), "", "", "", false}, "certificates of"},
      {{"/no/such/ca", "", "", "", false}, "/no/such/ca"},
      {{files.Path("ca"), "/no/such/cert", "", "", false}, "/no/such/cert"},
      {PemTexts(trusted, "", ""), ""},
      {PemTexts("no certificate", "", ""), "the text of ca"},
      {PemTexts(trusted, TextOf(files.Path("cert")), TextOf(files.Path("key"))), ""},
      {PemTexts(trusted, TextOf(files.Path("cert")), "no key"), "the text of key"},
      {PemTexts(trusted, "no certificate", ""), "the text of cert"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.error);
    Dialer dialer(Address(server.server->addresses()[0]), std::make_unique<ClientTlsOptions>(row.tls), kClock);
    const auto stream = dialer.Dial(In(seconds(10)));
    if (*row.error == '\0') {
      REQUIRE_MESSAGE(stream.ok(), stream.status().message());
      REQUIRE((*stream)->WriteAll(kRequest, In(seconds(10))).ok());
      CHECK(ReadAll(**stream).ends_with("hello by tls"));
    } else {
      REQUIRE_FALSE(stream.ok());
      CHECK_MESSAGE(stream.status().message().find(row.error) != std::string::npos, stream.status().message());
    }
  }
}

TEST_CASE("what does not answer is given up at the deadline, whatever it holds back") {
  const DeafSocket deaf(8);
  Dialer dialer(Address(deaf.path), nullptr, kClock);
  const auto stream = dialer.Dial(In(seconds(10)));
  REQUIRE(stream.ok());
  char buffer[16];
  CHECK((*stream)->Read(buffer, In(milliseconds(30))).status().code() == base::Code::kTimeout);
  CHECK((*stream)->WriteAll(std::string(10 << 20, 'x'), In(milliseconds(30))).code() == base::Code::kTimeout);
  CHECK((*stream)->Read(buffer, kClock.Monotonic()).status().code() == base::Code::kTimeout);

  // one byte a millisecond: every single read succeeds, the whole does not
  const int peer = accept(deaf.fd, nullptr, nullptr);
  std::jthread dripping([peer](const std::stop_token& stop) {
    while (!stop.stop_requested() && send(peer, "x", 1, MSG_NOSIGNAL) == 1)
      std::this_thread::sleep_for(milliseconds(1));
  });
  const base::MonotonicTime deadline = In(milliseconds(50));
  base::Status status;
  while (status.ok()) status = (*stream)->Read(buffer, deadline).status();
  CHECK(status.code() == base::Code::kTimeout);
  dripping.request_stop();
  dripping.join();
  close(peer);
}

TEST_CASE("a refusal, a missing socket and a full queue each say so at once") {
  Dialer refused(Address("127.0.0.1:1"), nullptr, kClock);
  CHECK(refused.Dial(In(seconds(10))).status().message() == "connect 127.0.0.1:1: Connection refused");
  Dialer missing(Address("/no/such.sock"), nullptr, kClock);
  const base::Status status = missing.Dial(In(seconds(10))).status();
  CHECK(status.code() == base::Code::kUnavailable);
  CHECK(status.message() == "connect unix:/no/such.sock: No such file or directory");
  const DeafSocket deaf(0);
  Dialer dialer(Address(deaf.path), nullptr, kClock);
  const auto first = dialer.Dial(In(seconds(10)));
  REQUIRE(first.ok());
  CHECK(dialer.Dial(In(seconds(10))).status().message().find("queue of waiting connections is full") !=
        std::string::npos);
}

TEST_CASE("the number of a name is told to whoever connects by himself, within a deadline") {
  struct Row {
    std::string address;
    std::string number;
  };
  for (const Row& row : {Row{"127.0.0.2:3306", "127.0.0.2"}, Row{"[::1]:3306", "::1"}}) {
    Dialer dialer(Address(row.address), nullptr, kClock);
    const auto number = dialer.ResolveToNumber(kClock.Monotonic());  // a number needs no time
    REQUIRE_MESSAGE(number.ok(), number.status().message());
    CHECK(*number == row.number);
  }
  Dialer named(Address("localhost:3306"), nullptr, kClock);
  // No time left: the lookup goes on, and whoever asks again has its answer.
  const auto hurried = named.ResolveToNumber(kClock.Monotonic());
  CHECK((hurried.ok() || hurried.status().code() == base::Code::kTimeout));
  for (int times = 0; times < 2; ++times) {
    const auto number = named.ResolveToNumber(In(seconds(10)));
    REQUIRE_MESSAGE(number.ok(), number.status().message());
    CHECK((*number == "127.0.0.1" || *number == "::1"));
  }
  Dialer unknown(Address("no-such-host.invalid:3306"), nullptr, kClock);
  const base::Status status = unknown.ResolveToNumber(In(seconds(3))).status();
  CHECK_FALSE(status.ok());
  CHECK(status.message().starts_with("look up no-such-host.invalid: "));
}

TEST_CASE("a name that nobody knows is an error, not a hang") {
  Dialer dialer(Address("no-such-host.invalid:80"), nullptr, kClock);
  const base::Status status = dialer.Dial(In(seconds(3))).status();
  CHECK_FALSE(status.ok());
  CHECK(status.message().starts_with("look up no-such-host.invalid: "));
}

}  // namespace
}  // namespace bekci::net::dialer_test
