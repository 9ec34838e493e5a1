#include "exporters/mysql/login.h"

#include <utility>

#include "agent/base/text.h"
#include "exporters/mysql/defaults_file.h"

namespace bekci::exporters::mysql {
namespace {

constexpr uint16_t kPort = 3306;
constexpr size_t kMaxFile = 64 << 10;

base::Status ReadPasswordFile(base::FileSystem& fs, const std::string& path, std::string* password) {
  ASSIGN_OR_RETURN(*password, fs.ReadFile(path, kMaxFile));
  while (!password->empty() && (password->back() == '\n' || password->back() == '\r')) password->pop_back();
  return base::OkStatus();
}

// Where a group of a defaults file says the server is; empty: it does not say.
std::string AddressIn(const DefaultsFile& file, const std::string& group) {
  if (const auto socket = file.Get(group, "socket"); socket && !socket->empty()) return "unix:" + *socket;
  const auto host = file.Get(group, "host");
  const auto port = file.Get(group, "port");
  if (!host && !port) return "";
  std::string name = host.value_or("127.0.0.1");
  if (name.find(':') != std::string::npos) name = "[" + name + "]";
  return name + ":" + port.value_or(std::to_string(kPort));
}

bool IsOn(const std::optional<std::string>& value) {
  return value && (value->empty() || base::EqualsIgnoreCase(*value, "true") || base::EqualsIgnoreCase(*value, "on") ||
                   *value == "1");
}

// ssl-ca, ssl-cert, ssl-key, ssl-mode, ssl-verify-server-cert and skip variants as the client programs know them.
std::optional<net::ClientTlsOptions> TlsIn(const DefaultsFile& file, const std::string& group) {
  const auto mode = file.Get(group, "ssl-mode");
  const auto ca = file.Get(group, "ssl-ca");
  const auto cert = file.Get(group, "ssl-cert");
  const auto key = file.Get(group, "ssl-key");
  const bool wanted =
      ca || cert || IsOn(file.Get(group, "ssl")) ||
      (mode && (base::EqualsIgnoreCase(*mode, "required") || base::EqualsIgnoreCase(*mode, "verify_ca") ||
                base::EqualsIgnoreCase(*mode, "verify_identity")));
  if (!wanted || (mode && base::EqualsIgnoreCase(*mode, "disabled"))) return std::nullopt;
  net::ClientTlsOptions tls;
  tls.ca_file = ca.value_or("");
  tls.cert_file = cert.value_or("");
  tls.key_file = key.value_or("");
  tls.insecure_skip_verify = mode && base::EqualsIgnoreCase(*mode, "required");
  return tls;
}

}  // namespace

const config::Option kTlsOptions[4] = {
    {.key = "ca_file",
     .type = config::Type::kString,
     .help = "Certificates that may have signed the server's. Default: the system's."},
    {.key = "cert_file", .type = config::Type::kString, .help = "Our certificate, where the account asks for one."},
    {.key = "key_file", .type = config::Type::kString, .help = "Its private key."},
    {.key = "insecure_skip_verify",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Encrypt, but trust whatever certificate the server shows (and do not look at its name)."},
};

base::Result<LoginSource> LoginSource::Make(const config::Values& options, base::FileSystem& fs) {
  LoginSource source(fs);
  source.address_ = options.String("address");
  source.user_ = options.String("username");
  source.password_ = options.String("password");
  source.password_file_ = options.String("password_file");
  source.defaults_file_ = options.String("defaults_file");
  source.defaults_group_ = options.String("defaults_group");
  if (!source.password_.empty() && !source.password_file_.empty()) {
    return base::Invalid(options.MarkOf("password_file").ToString() + ": password and password_file are both given");
  }
  if (!source.address_.empty()) {
    const auto parsed = net::ParseTargetAddress(source.address_, kPort);
    if (!parsed.ok()) return base::Invalid(options.MarkOf("address").ToString() + ": " + parsed.status().message());
  }
  if (options.IsSetInFile("tls")) {
    const config::Values& tls = options.Section("tls");
    source.tls_ = net::ClientTlsOptions{.ca_file = tls.String("ca_file"),
                                        .cert_file = tls.String("cert_file"),
                                        .key_file = tls.String("key_file"),
                                        .server_name = "",
                                        .insecure_skip_verify = tls.Bool("insecure_skip_verify")};
  }
  source.target_ = !source.address_.empty()         ? source.address_
                   : !source.defaults_file_.empty() ? "the server of " + source.defaults_file_
                                                    : "127.0.0.1:" + std::to_string(kPort);
  return source;
}

base::Result<Login> LoginSource::Read() const {
  if (fixed_) return *fixed_;
  std::string address = address_;
  Login login{{}, user_, password_, tls_};
  bool has_password = !password_.empty();
  if (!password_file_.empty()) {
    RETURN_IF_ERROR(ReadPasswordFile(*fs_, password_file_, &login.password));
    has_password = true;
  }
  if (!defaults_file_.empty()) {
    ASSIGN_OR_RETURN(const std::string text, fs_->ReadFile(defaults_file_, kMaxFile));
    auto parsed = DefaultsFile::Parse(text);
    if (!parsed.ok()) return std::move(parsed).status().WithContext(defaults_file_).WithContext("defaults file");
    const DefaultsFile& file = *parsed;
    if (!file.HasGroup(defaults_group_)) {
      return base::Invalid("defaults file " + defaults_file_ + ": has no group [" + defaults_group_ + "]");
    }
    if (address.empty()) address = AddressIn(file, defaults_group_);
    if (login.user.empty()) login.user = file.Get(defaults_group_, "user").value_or("");
    if (!has_password) login.password = file.Get(defaults_group_, "password").value_or("");
    if (!login.tls) login.tls = TlsIn(file, defaults_group_);
  }
  ASSIGN_OR_RETURN(login.address, net::ParseTargetAddress(address.empty() ? "127.0.0.1" : address, kPort));
  return login;
}

}  // namespace bekci::exporters::mysql
