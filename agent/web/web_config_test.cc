#include "agent/web/web_config.h"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "agent/base/memory_file_system.h"
#include "agent/config/secret_files.h"

namespace bekci::web::web_config_test {
namespace {

std::optional<std::string> Environment(const std::string& name) {
  if (name == "KEY") return "the key";
  return std::nullopt;
}

base::Result<WebConfig> Load(const std::string& text) {
  base::MemoryFileSystem fs;
  fs.Put("/etc/web.yml", text);
  fs.Put("/etc/cert.pem", "cert");
  fs.Put("/etc/key.pem", "key");
  fs.Put("/etc/ca.pem", "ca");
  return LoadWebConfig(fs, "/etc/web.yml", Environment);
}

WebConfig Good(const std::string& text) {
  auto web = Load(text);
  REQUIRE_MESSAGE(web.ok(), web.status().message());
  return std::move(web).value();
}

std::string Content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("a file of the exporter toolkit is read with its defaults") {
  const WebConfig web = Good(
      "tls_server_config:\n  cert_file: cert.pem\n  key_file: /etc/key.pem\n"
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  client_allowed_sans: [a.example]\n"
      "  min_version: TLS13\n  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
      "  curve_preferences: [CurveP256, X25519]\n  prefer_server_cipher_suites: false\n"
      "http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n    Content-Security-Policy: "
      "default-src 'self'\n"
      "basic_auth_users:\n  ann: $2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG\n"
      "rate_limit: {interval: 1s, burst: 20}\n");
  CHECK(web.tls.cert_file == "/etc/cert.pem");
  CHECK(web.tls.key_file == "/etc/key.pem");
  CHECK(web.tls.client_ca_file == "/etc/ca.pem");
  CHECK(web.tls.client_auth == net::ClientAuth::kRequireAndVerify);
  CHECK(web.tls.client_allowed_sans == std::vector<std::string>{"a.example"});
  CHECK(web.tls.min_version == 0x0304);
  CHECK(web.tls.max_version == 0x0304);
  CHECK(web.tls.curves.size() == 2);
  CHECK_FALSE(web.tls.prefer_server_ciphers);
  CHECK(web.headers.size() == 2);
  CHECK(web.users.size() == 1);
  CHECK(web.rate_limit.interval == base::seconds(1));
  CHECK(web.rate_limit.burst == 20);
  CHECK(web.Authenticates());
}

TEST_CASE("an empty file means neither TLS nor passwords") {
  for (const char* text :
       {"", "tls_server_config: {}\n", "tls_server_config: {min_version: TLS12}\nbasic_auth_users: {}\n"}) {
    const WebConfig web = Good(text);
    CHECK(web.tls.cert_file.empty());
    CHECK(web.users.empty());
    CHECK_FALSE(web.Authenticates());
  }
  CHECK(Good("").tls.min_version == 0x0303);
}

TEST_CASE("a certificate that anyone may make authenticates nobody") {
  CHECK_FALSE(
      Good("tls_server_config: {cert_file: cert.pem, key_file: key.pem, client_auth_type: RequireAnyClientCert}\n")
          .Authenticates());
}

TEST_CASE("inline certificates and keys are files as long as the configuration lives, from the environment too") {
  std::string path;
  {
    const WebConfig web = Good("tls_server_config:\n  cert: |\n    the cert\n  key: ${env:KEY}\n");
    path = web.tls.cert_file;
    CHECK(Content(path) == "the cert\n");
    CHECK(Content(web.tls.key_file) == "the key");
    CHECK(Content(web.tls.key_file) == "the key");  // each reader begins at the beginning
  }
  CHECK(Content(path) != "the cert\n");
}

TEST_CASE("each mistake is one line that says where, what and what was meant") {
  const std::string user = " (bekci runs as user " + config::RunsAs() + ")";
  struct Row {
    int source_line;
    std::string text;
    std::string error;
  };
  const std::string pair = "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n";
  const Row rows[] = {
      {__LINE__, "tls_config: {}\n",
       "/etc/web.yml:1: unknown key \"tls_config\"; known are tls_server_config, "
       "http_server_config, basic_auth_users, rate_limit"},
      {__LINE__, "tls_server_config:\n  cert_file: cert.pem\n",
       "/etc/web.yml:2: tls_server_config: key_file (or key) is missing"},
      {__LINE__, "tls_server_config:\n  key_file: key.pem\n",
       "/etc/web.yml:2: tls_server_config: cert_file (or cert) is missing"},
      {__LINE__, "tls_server_config:\n  cert_file: no.pem\n  key_file: key.pem\n",
       "/etc/web.yml:2: cert_file: /etc/no.pem: No such file or directory" + user},
      {__LINE__, pair + "  cert: x\n", "/etc/web.yml:4: cert and cert_file exclude each other"},
      {__LINE__, pair + "  client_ca_file: ca.pem\n",
       "/etc/web.yml:4: client_ca_file without client_auth_type; did you mean client_auth_type: "
       "RequireAndVerifyClientCert?"},
      {__LINE__, pair + "  client_auth_type: RequireAndVerifyClientCert\n",
       "/etc/web.yml:4: client_auth_type: RequireAndVerifyClientCert needs client_ca_file"},
      {__LINE__, pair + "  client_auth_type: RequireAndVerifyClientCrt\n",
       "/etc/web.yml:4: client_auth_type: \"RequireAndVerifyClientCrt\" is not one of NoClientCert, RequestClientCert, "
       "RequireAnyClientCert, RequireClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert, did you mean "
       "\"RequireAndVerifyClientCert\"?"},
      {__LINE__, pair + "  client_allowed_sans: [x]\n",
       "/etc/web.yml:4: client_allowed_sans without client_auth_type; did you mean client_auth_type: "
       "RequireAndVerifyClientCert?"},
      {__LINE__, pair + "  min_version: TLS1.2\n",
       "/etc/web.yml:4: min_version: \"TLS1.2\" is not one of TLS10, TLS11, TLS12, TLS13, did you mean \"TLS12\"?"},
      {__LINE__, pair + "  min_version: TLS13\n  max_version: TLS12\n",
       "/etc/web.yml:4: min_version: TLS13 is newer than max_version TLS12"},
      {__LINE__, pair + "  curve_preferences: [P256]\n",
       "/etc/web.yml:4: curve_preferences: \"P256\" is not one of CurveP256, CurveP384, CurveP521, X25519"},
      {__LINE__, "http_server_config:\n  headers:\n    X-Frame-Options: allow\n",
       "/etc/web.yml:3: X-Frame-Options: \"allow\" is not possible, only deny and sameorigin are"},
      {__LINE__, "http_server_config:\n  headers:\n    X-Content-Type-Options: sniff\n",
       "/etc/web.yml:3: X-Content-Type-Options: \"sniff\" is not possible, only nosniff is"},
      {__LINE__, "http_server_config:\n  headers:\n    X-XSS-Protection: \"1\\r\\nSet-Cookie: a\"\n",
       "/etc/web.yml:3: X-XSS-Protection: a header's value is one line"},
      {__LINE__, "http_server_config:\n  headers:\n    Server: x\n",
       "/etc/web.yml:3: unknown key \"Server\"; known are Strict-Transport-Security, X-Content-Type-Options, "
       "X-Frame-Options, X-XSS-Protection, Content-Security-Policy"},
      {__LINE__, "basic_auth_users:\n  ann: hunter2\n",
       "/etc/web.yml:2: basic_auth_users: \"ann\": is not a bcrypt hash; make one with: htpasswd -nBC 10 NAME"},
      {__LINE__, "basic_auth_users:\n  ann: ${env:NO}\n",
       "/etc/web.yml:2: basic_auth_users: \"ann\": environment variable NO is not set"},
      {__LINE__, "basic_auth_users:\n  \"a:b\": $2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG\n",
       "/etc/web.yml:2: basic_auth_users: \"a:b\": a user name cannot be empty or contain ':'"},
      {__LINE__, "rate_limit: {burst: 0}\n",
       "/etc/web.yml:1: burst: 0 is out of range, must be between 1 and 1000000000"},
      {__LINE__, "a: [\n",
       "/etc/web.yml:1:4: the \"[\" that begins here is not closed, or a comma is missing after it"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    const auto web = Load(row.text);
    CHECK((web.ok() ? std::string() : web.status().message()) == row.error);
  }
}

TEST_CASE("a password in the clear is refused without being shown") {
  const std::string message = Load("basic_auth_users: {ann: hunter2}\n").status().message();
  CHECK(message.find("hunter2") == std::string::npos);
}

TEST_CASE("a file that is not there is not found") {
  base::MemoryFileSystem fs;
  CHECK(LoadWebConfig(fs, "/nowhere/web.yml").status().code() == base::Code::kNotFound);
}

}  // namespace
}  // namespace bekci::web::web_config_test
