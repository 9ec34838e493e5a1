// The gate under TLS, against OpenSSL's own client: handshakes, client certificates, resumption, reload from disk.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <cstdio>
#include <memory>

#include "agent/base/file_system.h"
#include "agent/net/server.h"
#include "agent/net/test_certificates.h"
#include "agent/net/test_client.h"

namespace bekci::net::tls_test {
namespace {

struct ClientContext {
  explicit ClientContext(const Identity* identity = nullptr) : context(SSL_CTX_new(TLS_client_method())) {
    if (identity == nullptr) return;
    SSL_CTX_use_certificate(context, identity->certificate);
    SSL_CTX_use_PrivateKey(context, identity->key);
  }
  ~ClientContext() { SSL_CTX_free(context); }
  ClientContext(const ClientContext&) = delete;
  ClientContext& operator=(const ClientContext&) = delete;
  SSL_CTX* context;
};

struct TlsServer {
  explicit TlsServer(ServerOptions options) {
    options.listen_addresses = {"127.0.0.1:0"};
    auto started = StartServer(
        options,
        [](const HttpRequest& request) {
          HttpResponse response;
          response.body = request.tls ? "tls" : "plain";
          if (request.path == "/large") response.body.assign(3'000'000, 'y');
          return response;
        },
        log);
    REQUIRE_MESSAGE(started.ok(), started.status().message());
    server = std::move(started).value();
  }
  TestClient Connect() const { return TestClient(server->addresses().front()); }
  base::CaptureLogger log;
  std::unique_ptr<Server> server;
};

ServerOptions OptionsFor(const Files& files) {
  ServerOptions options;
  options.tls.cert_file = files.Path("cert");
  options.tls.key_file = files.Path("key");
  return options;
}

const char kGet[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

// Handshake and one request. TLS 1.3 tells a client only afterwards that its certificate was refused.
bool Works(TestClient& client, const ClientContext& context) {
  return client.StartTls(context.context) && client.Send(kGet) && client.ReadAnswer().body == "tls";
}

TEST_CASE("requests come through TLS, small and large, and a session is resumed") {
  const Files files;
  files.WriteServer(MakeIdentity("server", "DNS:localhost"));
  const TlsServer server(OptionsFor(files));
  const ClientContext context;
  TestClient client = server.Connect();
  REQUIRE(Works(client, context));
  CHECK(client.alpn() == "http/1.1");
  CHECK_FALSE(client.resumed());
  client.Send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.ReadAnswer().body == std::string(3'000'000, 'y'));
  TestClient again = server.Connect();
  REQUIRE(again.StartTls(context.context, &client));
  CHECK(again.resumed());
}

TEST_CASE("plain HTTP on a TLS port is told so, and a handshake that never ends is dropped") {
  const Files files;
  files.WriteServer(MakeIdentity("server", "DNS:localhost"));
  ServerOptions options = OptionsFor(files);
  options.head_deadline = base::milliseconds(200);
  const TlsServer server(options);
  TestClient plain = server.Connect();
  plain.Send(kGet);
  const TestAnswer answer = plain.ReadAnswer();
  CHECK(answer.status == 400);
  CHECK(answer.body.find("HTTPS") != std::string::npos);
  TestClient silent = server.Connect();
  CHECK(silent.AtEnd());
  TestClient garbage = server.Connect();
  garbage.Send(std::string("\x16\x03\x01\xff\xff", 5) + std::string(300, 'z'));
  CHECK(AwaitTrue([&] { return server.server->stats().open_connections == 0; }));
  CHECK(server.server->stats().dropped_slow >= 1);
}

TEST_CASE("client certificates are asked for, demanded and verified as Go names it") {
  const Files files;
  const Identity ca = MakeIdentity("ca", "DNS:ca");
  const Identity known = MakeIdentity("known", "DNS:prometheus.example,IP:192.0.2.7,URI:spiffe://a/b", &ca);
  const Identity stranger = MakeIdentity("stranger", "DNS:prometheus.example");
  files.WriteServer(MakeIdentity("server", "DNS:localhost"));
  files.WriteCertificate("ca", ca);
  struct Row {
    ClientAuth auth;
    std::vector<std::string> sans;
    bool none, known, stranger;
  };
  const Row rows[] = {
      {ClientAuth::kNone, {}, true, true, true},
      {ClientAuth::kRequest, {}, true, true, true},
      {ClientAuth::kRequireAny, {}, false, true, true},
      {ClientAuth::kVerifyIfGiven, {}, true, true, false},
      {ClientAuth::kRequireAndVerify, {}, false, true, false},
      {ClientAuth::kRequireAndVerify, {"prometheus.example"}, false, true, false},
      {ClientAuth::kRequireAndVerify, {"192.0.2.7"}, false, true, false},
      {ClientAuth::kRequireAndVerify, {"spiffe://a/b"}, false, true, false},
      {ClientAuth::kRequireAndVerify, {"prometheus"}, false, false, false},
      {ClientAuth::kVerifyIfGiven, {"prometheus.example"}, false, true, false},
  };
  const ClientContext as_none;
  const ClientContext as_known(&known);
  const ClientContext as_stranger(&stranger);
  for (size_t i = 0; i < std::size(rows); ++i) {
    CAPTURE(i);
    ServerOptions options = OptionsFor(files);
    options.tls.client_auth = rows[i].auth;
    if (rows[i].auth != ClientAuth::kNone) options.tls.client_ca_file = files.Path("ca");
    options.tls.client_allowed_sans = rows[i].sans;
    const TlsServer server(options);
    TestClient none = server.Connect();
    CHECK(Works(none, as_none) == rows[i].none);
    TestClient good = server.Connect();
    CHECK(Works(good, as_known) == rows[i].known);
    TestClient bad = server.Connect();
    CHECK(Works(bad, as_stranger) == rows[i].stranger);
  }
}

TEST_CASE("versions and cipher suites are those of the options") {
  const Files files;
  files.WriteServer(MakeIdentity("server", "DNS:localhost"));
  ServerOptions options = OptionsFor(files);
  options.tls.max_version = TLS1_2_VERSION;
  options.tls.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};
  options.tls.curves = {"CurveP384"};
  const TlsServer server(options);
  const ClientContext any;
  TestClient client = server.Connect();
  CHECK(Works(client, any));
  const ClientContext only13;
  SSL_CTX_set_min_proto_version(only13.context, TLS1_3_VERSION);
  TestClient refused = server.Connect();
  CHECK_FALSE(refused.StartTls(only13.context));
  const ClientContext other_cipher;
  SSL_CTX_set_cipher_list(other_cipher.context, "ECDHE-ECDSA-AES128-GCM-SHA256");
  TestClient no_cipher = server.Connect();
  CHECK_FALSE(no_cipher.StartTls(other_cipher.context));
}

TEST_CASE("a certificate that changes on disk is used; a broken one leaves the old in force and is told once") {
  const Files files;
  files.WriteServer(MakeIdentity("first", "DNS:localhost"));
  TlsServer server(OptionsFor(files));
  const ClientContext context;
  const auto name_now = [&] {
    TestClient client = server.Connect();
    REQUIRE(client.StartTls(context.context));
    return client.peer_common_name();
  };
  CHECK(name_now() == "first");
  files.WriteServer(MakeIdentity("second", "DNS:localhost"));
  CHECK(AwaitTrue([&] { return name_now() == "second"; }));
  files.WriteKey("key", MakeIdentity("other", "DNS:localhost"));
  CHECK(AwaitTrue([&] { return name_now() == "second" && server.log.CountContaining("do not load") > 0; }));
  CHECK(server.log.CountContaining("do not load") == 1);
  files.WriteServer(MakeIdentity("third", "DNS:localhost"));
  CHECK(AwaitTrue([&] { return name_now() == "third"; }));
}

TEST_CASE("ReloadTls takes new settings for new connections and refuses what does not load") {
  const Files files;
  files.WriteServer(MakeIdentity("server", "DNS:localhost"));
  const TlsServer server(OptionsFor(files));
  TlsOptions bad = OptionsFor(files).tls;
  bad.key_file = "/nonexistent/key";
  const base::Status refused = server.server->ReloadTls(bad);
  CHECK(refused.message() == "TLS: key_file /nonexistent/key: No such file or directory");
  const ClientContext context;
  TestClient still = server.Connect();
  CHECK(Works(still, context));
  CHECK(server.server->ReloadTls(TlsOptions()).ok());
  TestClient plain = server.Connect();
  plain.Send(kGet);
  CHECK(plain.ReadAnswer().body == "plain");
}

TEST_CASE("TLS options that cannot work are refused with the file and the reason") {
  const Files files;
  const Identity server = MakeIdentity("server", "DNS:localhost");
  files.WriteServer(server);
  files.WriteCertificate("ca", server);
  struct Row {
    const char* what;
    std::function<void(TlsOptions&)> change;
    std::string reason;
  };
  const Row rows[] = {
      {"no certificate in the file", [&](TlsOptions& tls) { tls.cert_file = files.Path("key"); }, "no usable PEM"},
      {"no key in the file", [&](TlsOptions& tls) { tls.key_file = files.Path("cert"); }, "no usable PEM key"},
      {"missing", [](TlsOptions& tls) { tls.cert_file = "/nonexistent"; }, "No such file or directory"},
      {"cipher", [](TlsOptions& tls) { tls.cipher_suites = {"TLS_NONE"}; }, "unknown cipher suite"},
      {"CA without asking", [&](TlsOptions& tls) { tls.client_ca_file = files.Path("ca"); }, "client_auth_type"},
      {"versions", [](TlsOptions& tls) { tls.min_version = 0x0304, tls.max_version = 0x0303; }, "no TLS version"},
      {"no key", [](TlsOptions& tls) { tls.key_file.clear(); }, "key_file is missing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    ServerOptions options = OptionsFor(files);
    options.listen_addresses = {"127.0.0.1:0"};
    row.change(options.tls);
    base::CaptureLogger log;
    const auto started = StartServer(
        options, [](const HttpRequest&) { return HttpResponse(); }, log);
    REQUIRE_FALSE(started.ok());
    CAPTURE(started.status().message());
    CHECK(started.status().message().find(row.reason) != std::string::npos);
  }
}

}  // namespace
}  // namespace bekci::net::tls_test
