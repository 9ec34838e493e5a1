#include "agent/web/web_config.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/base/text.h"
#include "agent/config/secret_files.h"
#include "agent/web/auth.h"

namespace bekci::web {

// See web_config.h. Immutable once made.
class InlineFile {
 public:
  // Errors: unavailable, limit (out of descriptors).
  static base::Result<std::shared_ptr<const InlineFile>> Make(std::string_view content);
  ~InlineFile() { ::close(fd_); }
  InlineFile(const InlineFile&) = delete;
  InlineFile& operator=(const InlineFile&) = delete;

  // Good within this process while the object lives.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  explicit InlineFile(int fd) : fd_(fd) {}
  const int fd_;
};

base::Result<std::shared_ptr<const InlineFile>> InlineFile::Make(std::string_view content) {
  const int fd = ::memfd_create("bekci-inline", MFD_CLOEXEC);
  if (fd < 0) return base::FromErrno(errno, "memfd_create");
  std::shared_ptr<const InlineFile> file(new InlineFile(fd));
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return base::FromErrno(errno, "write to memory file");
    content.remove_prefix(static_cast<size_t>(written));
  }
  return file;
}

namespace {

using config::Option;
using config::Type;

constexpr std::string_view kVersions[] = {"TLS10", "TLS11", "TLS12", "TLS13"};
constexpr std::string_view kClientAuth[] = {
    "NoClientCert",      "RequestClientCert",       "RequireAnyClientCert",
    "RequireClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"};
constexpr std::string_view kCiphers[] = {
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
};
constexpr std::string_view kCurves[] = {"CurveP256", "CurveP384", "CurveP521", "X25519"};

constexpr Option kTlsOptions[] = {
    {.key = "cert_file", .type = Type::kSecretFile, .help = "Certificate chain (PEM). Read again when it changes."},
    {.key = "key_file", .type = Type::kSecretFile, .help = "Its private key (PEM)."},
    {.key = "cert",
     .type = Type::kString,
     .help = "The certificate chain itself, instead of cert_file.",
     .secret = true},
    {.key = "key", .type = Type::kString, .help = "The private key itself, instead of key_file.", .secret = true},
    {.key = "client_auth_type",
     .type = Type::kChoice,
     .default_text = "NoClientCert",
     .help = "Whether clients must show a certificate.",
     .choices = kClientAuth},
    {.key = "client_ca_file", .type = Type::kSecretFile, .help = "CA certificates that sign those of clients (PEM)."},
    {.key = "client_ca",
     .type = Type::kString,
     .help = "The CA certificates themselves, instead of client_ca_file.",
     .secret = true},
    {.key = "client_allowed_sans",
     .type = Type::kStrings,
     .help = "When given, a client's certificate must carry one of these subject alternative names."},
    {.key = "min_version",
     .type = Type::kChoice,
     .default_text = "TLS12",
     .help = "Oldest TLS version accepted.",
     .choices = kVersions},
    {.key = "max_version",
     .type = Type::kChoice,
     .default_text = "TLS13",
     .help = "Newest TLS version accepted.",
     .choices = kVersions},
    {.key = "cipher_suites",
     .type = Type::kStrings,
     .help = "Accepted cipher suites; empty: OpenSSL's choice.",
     .choices = kCiphers},
    {.key = "curve_preferences",
     .type = Type::kStrings,
     .help = "Elliptic curves in order; empty: OpenSSL's choice.",
     .choices = kCurves},
    {.key = "prefer_server_cipher_suites",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Use our order of cipher suites, not the client's."},
};

constexpr Option kHeaderOptions[] = {
    {.key = "Strict-Transport-Security", .type = Type::kString, .help = "Any value, for example max-age=31536000."},
    {.key = "X-Content-Type-Options", .type = Type::kString, .help = "nosniff."},
    {.key = "X-Frame-Options", .type = Type::kString, .help = "deny or sameorigin."},
    {.key = "X-XSS-Protection", .type = Type::kString, .help = "Any value."},
    {.key = "Content-Security-Policy", .type = Type::kString, .help = "Any value, for example default-src 'self'."},
};

constexpr Option kHttpOptions[] = {
    {.key = "http2", .type = Type::kBool, .default_text = "true", .help = "Accepted; bekci speaks HTTP/1.1."},
    {.key = "headers", .type = Type::kSection, .help = "Security headers on every answer.", .section = kHeaderOptions},
};

constexpr Option kRateOptions[] = {
    {.key = "interval", .type = Type::kDuration, .default_text = "0", .help = "One request per this; 0: no limit."},
    {.key = "burst",
     .type = Type::kInteger,
     .default_text = "1",
     .help = "Requests that may come at once.",
     .min = 1,
     .max = 1e9},
};

constexpr Option kOptions[] = {
    {.key = "tls_server_config", .type = Type::kSection, .help = "TLS.", .section = kTlsOptions},
    {.key = "http_server_config", .type = Type::kSection, .help = "HTTP.", .section = kHttpOptions},
    {.key = "basic_auth_users",
     .type = Type::kStringMap,
     .help = "User name to bcrypt hash of the password (htpasswd -nBC 10 NAME).",
     .secret = true},
    {.key = "rate_limit", .type = Type::kSection, .help = "Limit on the rate of requests.", .section = kRateOptions},
};

int VersionNumber(const std::string& name) {
  const auto at = std::find(std::begin(kVersions), std::end(kVersions), name);
  return 0x0301 + static_cast<int>(at - std::begin(kVersions));
}

net::ClientAuth ClientAuthOf(const std::string& name) {
  if (name == "RequestClientCert") return net::ClientAuth::kRequest;
  if (name == "RequireAnyClientCert" || name == "RequireClientCert") return net::ClientAuth::kRequireAny;
  if (name == "VerifyClientCertIfGiven") return net::ClientAuth::kVerifyIfGiven;
  if (name == "RequireAndVerifyClientCert") return net::ClientAuth::kRequireAndVerify;
  return net::ClientAuth::kNone;
}

// Turns one checked file into a WebConfig, adding what the table cannot see to the errors.
class Builder {
 public:
  explicit Builder(config::Errors* errors) : errors_(errors) {}

  WebConfig Build(const config::Values& values) {
    if (values.IsSetInFile("tls_server_config")) Tls(values.Section("tls_server_config"));
    Headers(values.Section("http_server_config").Section("headers"));
    Users(values);
    web_.rate_limit.interval = values.Section("rate_limit").Duration("interval");
    web_.rate_limit.burst = values.Section("rate_limit").Integer("burst");
    return std::move(web_);
  }

 private:
  void Tls(const config::Values& tls) {
    net::TlsOptions& out = web_.tls;
    out.cert_file = FileOrInline(tls, "cert_file", "cert");
    out.key_file = FileOrInline(tls, "key_file", "key");
    out.client_ca_file = FileOrInline(tls, "client_ca_file", "client_ca");
    out.client_auth = ClientAuthOf(tls.String("client_auth_type"));
    out.client_allowed_sans = tls.Strings("client_allowed_sans");
    out.min_version = VersionNumber(tls.String("min_version"));
    out.max_version = VersionNumber(tls.String("max_version"));
    out.cipher_suites = tls.Strings("cipher_suites");
    out.curves = tls.Strings("curve_preferences");
    out.prefer_server_ciphers = tls.Bool("prefer_server_cipher_suites");
    CheckPair(tls);
    CheckClientAuth(tls);
    if (out.min_version > out.max_version) {
      errors_->Add(tls.MarkOf("min_version"), "min_version: " + tls.String("min_version") +
                                                  " is newer than max_version " + tls.String("max_version"));
    }
  }

  // The path of an option that may be given as a file or as the text itself.
  std::string FileOrInline(const config::Values& tls, std::string_view file_key, std::string_view text_key) {
    const std::string& path = tls.String(file_key);
    const std::string& text = tls.String(text_key);
    if (text.empty()) return path;
    if (!path.empty()) {
      errors_->Add(tls.MarkOf(text_key),
                   std::string(text_key) + " and " + std::string(file_key) + " exclude each other");
      return path;
    }
    auto file = InlineFile::Make(text);
    if (!file.ok()) {
      errors_->Add(tls.MarkOf(text_key), std::string(text_key) + ": " + file.status().message());
      return {};
    }
    web_.inline_files.push_back(*file);
    return (*file)->path();
  }

  void CheckPair(const config::Values& tls) {
    const net::TlsOptions& out = web_.tls;
    const bool anything = out.client_auth != net::ClientAuth::kNone || !out.client_ca_file.empty() ||
                          !out.cert_file.empty() || !out.key_file.empty();
    if (!anything) return;
    if (out.cert_file.empty()) errors_->Add(tls.mark(), "tls_server_config: cert_file (or cert) is missing");
    if (out.key_file.empty()) errors_->Add(tls.mark(), "tls_server_config: key_file (or key) is missing");
  }

  void CheckClientAuth(const config::Values& tls) {
    const net::TlsOptions& out = web_.tls;
    const bool verifies =
        out.client_auth == net::ClientAuth::kVerifyIfGiven || out.client_auth == net::ClientAuth::kRequireAndVerify;
    if (!out.client_ca_file.empty() && out.client_auth == net::ClientAuth::kNone) {
      errors_->Add(
          tls.MarkOf(tls.IsSetInFile("client_ca") ? "client_ca" : "client_ca_file"),
          "client_ca_file without client_auth_type; did you mean client_auth_type: RequireAndVerifyClientCert?");
    }
    if (verifies && out.client_ca_file.empty()) {
      errors_->Add(tls.MarkOf("client_auth_type"),
                   "client_auth_type: " + tls.String("client_auth_type") + " needs client_ca_file");
    }
    if (!out.client_allowed_sans.empty() && out.client_auth == net::ClientAuth::kNone) {
      errors_->Add(tls.MarkOf("client_allowed_sans"),
                   "client_allowed_sans without client_auth_type; did you mean client_auth_type: "
                   "RequireAndVerifyClientCert?");
    }
  }

  void Headers(const config::Values& headers) {
    for (const Option& option : kHeaderOptions) {
      if (!headers.IsSetInFile(option.key)) continue;
      const std::string& value = headers.String(option.key);
      CheckHeader(option.key, value, headers.MarkOf(option.key));
      web_.headers.emplace_back(option.key, value);
    }
  }

  void CheckHeader(std::string_view name, const std::string& value, const config::Mark& mark) {
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::any_of(value.begin(), value.end(), control)) {
      errors_->Add(mark, std::string(name) + ": a header's value is one line");
    } else if (name == "X-Content-Type-Options" && value != "nosniff") {
      errors_->Add(mark, std::string(name) + ": " + base::Quoted(value) + " is not possible, only nosniff is");
    } else if (name == "X-Frame-Options" && value != "deny" && value != "sameorigin") {
      errors_->Add(mark,
                   std::string(name) + ": " + base::Quoted(value) + " is not possible, only deny and sameorigin are");
    }
  }

  void Users(const config::Values& values) {
    web_.users = values.StringMap("basic_auth_users");
    const config::Node* node = values.node().Find("basic_auth_users");
    for (size_t i = 0; i < web_.users.size(); ++i) {
      const auto& [name, hash] = web_.users[i];
      const config::Mark& mark = node->entries[i].first.mark;
      const std::string who = "basic_auth_users: " + base::Quoted(name) + ": ";
      if (name.empty() || name.find(':') != std::string::npos) {
        errors_->Add(mark, who + "a user name cannot be empty or contain ':'");
      }
      const base::Status status = CheckBcryptHash(hash);
      if (!status.ok()) errors_->Add(mark, who + status.message());
    }
  }

  config::Errors* const errors_;
  WebConfig web_;
};

}  // namespace

bool WebConfig::Authenticates() const {
  return !users.empty() || (!tls.cert_file.empty() && tls.client_auth == net::ClientAuth::kRequireAndVerify);
}

base::Result<WebConfig> LoadWebConfig(base::FileSystem& fs, const std::string& path,
                                      const config::EnvironmentLookup& environment) {
  ASSIGN_OR_RETURN(const std::string text, fs.ReadFile(path, config::YamlLimits().bytes));
  ASSIGN_OR_RETURN(const config::Node root, config::ParseYaml(text, path));
  config::Errors errors;
  const config::Values values = config::Check(root, kOptions, &errors, config::DirectoryOf(path), environment);
  config::CheckSecretFiles(values, fs, &errors);
  WebConfig web = Builder(&errors).Build(values);
  RETURN_IF_ERROR(errors.ToStatus());
  return web;
}

std::span<const Option> WebConfigOptions() {
  return kOptions;
}

}  // namespace bekci::web
