#include "agent/net/client_certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <climits>
#include <memory>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string LastTlsError() {
  const unsigned long code = ERR_peek_last_error();
  char text[256] = "";
  ERR_error_string_n(code, text, sizeof(text));
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason != nullptr ? reason : (code != 0 ? text : "unknown error");
}

base::Status Unusable(const std::string& what) {
  return base::Invalid("TLS: " + what + ": " + LastTlsError());
}

Bio Reader(const std::string& text) {
  constexpr size_t kMost = INT_MAX;
  return {BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), kMost))), &BIO_free};
}

// A key with a passphrase is an error, not a question on the terminal.
int NoPassphrase(char*, int, int, void*) {
  return 0;
}

// The certificates of a text, one after another; false when there is none.
template <typename Take>
bool ForEachCertificate(const std::string& text, Take take) {
  const Bio in = Reader(text);
  bool any = false;
  while (true) {
    const Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, NoPassphrase, nullptr), &X509_free);
    if (certificate == nullptr) break;
    if (!take(certificate.get(), !any)) return false;
    any = true;
  }
  if (any) ERR_clear_error();  // the end of the text is one
  return any;
}

base::Status Trust(const ClientTlsOptions& options, SSL_CTX* context) {
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) == 1) return base::OkStatus();
    return Unusable("certificates of " + base::Quoted(options.ca_file));
  }
  if (options.ca.empty()) {
    return SSL_CTX_set_default_verify_paths(context) == 1 ? base::OkStatus() : Unusable("certificates of the system");
  }
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  const bool good = ForEachCertificate(
      options.ca, [&](X509* certificate, bool) { return X509_STORE_add_cert(store, certificate) == 1; });
  return good ? base::OkStatus() : Unusable("the text of ca holds no usable PEM certificate");
}

base::Status UseOwnFiles(const ClientTlsOptions& options, SSL_CTX* context) {
  if (SSL_CTX_use_certificate_chain_file(context, options.cert_file.c_str()) != 1) {
    return Unusable("certificate " + base::Quoted(options.cert_file));
  }
  return base::OkStatus();
}

base::Status UseOwnText(const ClientTlsOptions& options, SSL_CTX* context) {
  const bool good = ForEachCertificate(options.cert, [&](X509* certificate, bool first) {
    if (first) return SSL_CTX_use_certificate(context, certificate) == 1;
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
  });
  return good ? base::OkStatus() : Unusable("the text of cert holds no usable PEM certificate");
}

base::Status UseKey(const ClientTlsOptions& options, SSL_CTX* context) {
  if (options.key_file.empty() && !options.key.empty()) {
    const Bio in = Reader(options.key);
    const PrivateKey key(PEM_read_bio_PrivateKey(in.get(), nullptr, NoPassphrase, nullptr), &EVP_PKEY_free);
    if (key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1) return base::OkStatus();
    return Unusable("the text of key is no usable PEM key without passphrase that fits the certificate");
  }
  const std::string& file = options.key_file.empty() ? options.cert_file : options.key_file;
  if (SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1) return base::OkStatus();
  return Unusable("key " + base::Quoted(file));
}

}  // namespace

base::Status UseCertificates(const ClientTlsOptions& options, ssl_ctx_st* context) {
  if (!options.insecure_skip_verify) {
    RETURN_IF_ERROR(Trust(options, context));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  if (options.cert_file.empty() && options.cert.empty()) return base::OkStatus();
  RETURN_IF_ERROR(options.cert_file.empty() ? UseOwnText(options, context) : UseOwnFiles(options, context));
  return UseKey(options, context);
}

}  // namespace bekci::net
