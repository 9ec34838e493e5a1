// TlsOptions, whose words are Go's and the exporter toolkit's, turned into an OpenSSL context. See tls_context.h.
#include "agent/net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "agent/net/tls_names.h"

namespace bekci::net {
namespace {

std::string OpensslError() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  return reason == nullptr ? "not understood" : reason;
}

// OpenSSL's own message for a missing file is a riddle; the system's is not.
base::Status CheckReadable(std::string_view key, const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return base::Invalid(std::string(key) + " " + path + ": " + std::strerror(errno));
  std::fclose(file);
  return base::OkStatus();
}

// A key under a passphrase must not make OpenSSL ask at the terminal.
int NoPassphrase(char*, int, int, void*) {
  return 0;
}

int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in, unsigned in_length,
               void*) {
  static constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* selected = nullptr;
  if (SSL_select_next_proto(&selected, out_length, kHttp11, sizeof(kHttp11), in, in_length) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = selected;
  return SSL_TLSEXT_ERR_OK;
}

// Replaces OpenSSL's chain check where Go's policy asks for a certificate without verifying it.
int VerifyCertificate(X509_STORE_CTX* store, void* argument) {
  const auto* context = static_cast<const TlsContext*>(argument);
  if (context->verifies() && X509_verify_cert(store) != 1) return 0;
  if (context->AllowsName(X509_STORE_CTX_get0_cert(store))) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

std::string IpText(const ASN1_OCTET_STRING* ip) {
  const int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(ip) != 16) return {};
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family, ASN1_STRING_get0_data(ip), text, sizeof(text));
  return text;
}

// A name as Go prints it: DNS, e-mail, URI, IP address; empty for kinds that Go does not compare.
std::string SanText(const GENERAL_NAME* name) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(name, &type);
  if (type == GEN_IPADD) return IpText(static_cast<const ASN1_OCTET_STRING*>(value));
  if (type != GEN_DNS && type != GEN_EMAIL && type != GEN_URI) return {};
  const auto* text = static_cast<const ASN1_IA5STRING*>(value);
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<size_t>(ASN1_STRING_length(text)));
}

}  // namespace

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

base::Result<std::shared_ptr<const TlsContext>> TlsContext::Make(const TlsOptions& options) {
  std::shared_ptr<TlsContext> context(new TlsContext());
  context->context_ = SSL_CTX_new(TLS_server_method());
  if (context->context_ == nullptr) return base::Internal("OpenSSL gives no context: " + OpensslError());
  if (base::Status status = context->Configure(options); !status.ok()) return status;
  return std::shared_ptr<const TlsContext>(std::move(context));
}

base::Status TlsContext::Configure(const TlsOptions& options) {
  ERR_clear_error();
  RETURN_IF_ERROR(ConfigureProtocol(options));
  RETURN_IF_ERROR(LoadFiles(options));
  return ConfigureClientAuth(options);
}

base::Status TlsContext::ConfigureProtocol(const TlsOptions& options) {
  ASSIGN_OR_RETURN(const CipherChoice ciphers, ChooseCiphers(options.cipher_suites));
  ASSIGN_OR_RETURN(const std::string curves, ChooseCurves(options.curves));
  const int min_version = ciphers.only_tls13 ? TLS1_3_VERSION : options.min_version;
  if (min_version > options.max_version) {
    return base::Invalid("no TLS version is left between min_version, max_version and cipher_suites");
  }
  // OpenSSL 3 speaks TLS 1.0 and 1.1 at security level 0 only; whoever names them has been told by name what they are.
  if (min_version < TLS1_2_VERSION) SSL_CTX_set_security_level(context_, 0);
  SSL_CTX_set_min_proto_version(context_, min_version);
  SSL_CTX_set_max_proto_version(context_, options.max_version);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (options.prefer_server_ciphers) SSL_CTX_set_options(context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context_,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // Tickets live at the client, so resumption costs us no memory.
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context_, 1);
  static constexpr unsigned char kSessionContext[] = "bekci";
  SSL_CTX_set_session_id_context(context_, kSessionContext, sizeof(kSessionContext) - 1);
  SSL_CTX_set_alpn_select_cb(context_, &SelectAlpn, nullptr);
  if (!ciphers.tls12.empty() && SSL_CTX_set_cipher_list(context_, ciphers.tls12.c_str()) != 1) {
    return base::Invalid("cipher_suites: OpenSSL has none of them: " + OpensslError());
  }
  if (!curves.empty() && SSL_CTX_set1_groups_list(context_, curves.c_str()) != 1) {
    return base::Invalid("curve_preferences: " + OpensslError());
  }
  return base::OkStatus();
}

base::Status TlsContext::LoadFiles(const TlsOptions& options) {
  RETURN_IF_ERROR(CheckReadable("cert_file", options.cert_file));
  RETURN_IF_ERROR(CheckReadable("key_file", options.key_file));
  SSL_CTX_set_default_passwd_cb(context_, &NoPassphrase);
  if (SSL_CTX_use_certificate_chain_file(context_, options.cert_file.c_str()) != 1) {
    return base::Invalid("cert_file " + options.cert_file + ": no usable PEM certificate: " + OpensslError());
  }
  if (SSL_CTX_use_PrivateKey_file(context_, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    const std::string reason = OpensslError();
    return base::Invalid("key_file " + options.key_file +
                         ": no usable PEM key without passphrase that fits cert_file " + options.cert_file + ": " +
                         reason);
  }
  if (SSL_CTX_check_private_key(context_) != 1) {
    ERR_clear_error();
    return base::Invalid("key_file " + options.key_file + " does not belong to cert_file " + options.cert_file);
  }
  return base::OkStatus();
}

base::Status TlsContext::ConfigureClientAuth(const TlsOptions& options) {
  if (options.client_auth == ClientAuth::kNone) {
    if (options.client_ca_file.empty() && options.client_allowed_sans.empty()) return base::OkStatus();
    return base::Invalid("client_ca_file or client_allowed_sans without client_auth_type: no client would be asked");
  }
  allowed_sans_ = options.client_allowed_sans;
  verifies_ = options.client_auth == ClientAuth::kVerifyIfGiven || options.client_auth == ClientAuth::kRequireAndVerify;
  int mode = SSL_VERIFY_PEER;
  if (options.client_auth == ClientAuth::kRequireAny || options.client_auth == ClientAuth::kRequireAndVerify) {
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  SSL_CTX_set_verify(context_, mode, nullptr);
  SSL_CTX_set_cert_verify_callback(context_, &VerifyCertificate, this);
  if (options.client_ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context_);  // as Go: the system's authorities
    return base::OkStatus();
  }
  RETURN_IF_ERROR(CheckReadable("client_ca_file", options.client_ca_file));
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(options.client_ca_file.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(context_, options.client_ca_file.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return base::Invalid("client_ca_file " + options.client_ca_file + ": no PEM certificates: " + OpensslError());
  }
  SSL_CTX_set_client_CA_list(context_, names);
  return base::OkStatus();
}

bool TlsContext::AllowsName(void* certificate) const {
  if (allowed_sans_.empty()) return true;
  if (certificate == nullptr) return false;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(static_cast<X509*>(certificate), NID_subject_alt_name, nullptr, nullptr));
  bool allowed = false;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const std::string text = SanText(sk_GENERAL_NAME_value(names, i));
    allowed |= !text.empty() && std::find(allowed_sans_.begin(), allowed_sans_.end(), text) != allowed_sans_.end();
  }
  GENERAL_NAMES_free(names);
  return allowed;
}

TlsSource::Stamps TlsSource::StampsOf(const TlsOptions& options) {
  const std::string* const paths[] = {&options.cert_file, &options.key_file, &options.client_ca_file};
  Stamps stamps;
  for (size_t i = 0; i < stamps.size(); ++i) {
    struct stat info {};
    if (paths[i]->empty() || stat(paths[i]->c_str(), &info) != 0) continue;
    stamps[i] = {info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec, info.st_size, info.st_ino};
  }
  return stamps;
}

base::Status TlsSource::Reload(const TlsOptions& options) {
  const Stamps stamps = StampsOf(options);  // before loading: a change meanwhile is then seen as one
  std::shared_ptr<const TlsContext> context;
  if (!options.cert_file.empty() || !options.key_file.empty()) {
    auto made = TlsContext::Make(options);
    if (!made.ok()) return std::move(made).status().WithContext("TLS");
    context = std::move(made).value();
  }
  base::MutexLock lock(mutex_);
  options_ = options;
  context_.swap(context);
  stamps_ = stamps;
  return base::OkStatus();
}

std::shared_ptr<const TlsContext> TlsSource::Current(base::MonotonicTime now) {
  base::MutexLock lock(mutex_);
  if (context_ == nullptr || now < next_look_) return context_;
  next_look_ = now + base::seconds(1);
  const Stamps stamps = StampsOf(options_);
  if (stamps == stamps_) return context_;
  stamps_ = stamps;
  auto made = TlsContext::Make(options_);
  if (made.ok()) {
    context_ = std::move(made).value();
    log_.Info("TLS certificate files changed on disk and are in use now", {{"cert_file", options_.cert_file}});
  } else {
    log_.Error("TLS certificate files changed on disk but do not load, the old ones stay in use",
               {{"error", made.status().message()}});
  }
  return context_;
}

}  // namespace bekci::net
