// See test_certificates.h.
#include "agent/net/test_certificates.h"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>

namespace bekci::net {
namespace {

void AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

Identity::~Identity() {
  X509_free(certificate);
  EVP_PKEY_free(key);
}

Identity MakeIdentity(const char* name, const char* san, const Identity* issuer) {
  Identity made;
  made.key = EVP_EC_gen("P-256");
  made.certificate = X509_new();
  X509* x509 = made.certificate;
  static long serial = 1;
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, made.key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  const Identity& signer = issuer == nullptr ? made : *issuer;
  X509_set_issuer_name(x509, X509_get_subject_name(signer.certificate));
  AddExtension(x509, NID_basic_constraints, issuer == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  AddExtension(x509, NID_subject_alt_name, san);
  REQUIRE(X509_sign(x509, signer.key, EVP_sha256()) > 0);
  return made;
}

Files::Files() {
  char name[] = "/tmp/bekci-tls-test-XXXXXX";
  directory_ = mkdtemp(name);
}

Files::~Files() {
  for (const char* name : {"cert", "key", "ca"}) unlink(Path(name).c_str());
  rmdir(directory_.c_str());
}

void Files::WriteCertificate(const std::string& name, const Identity& identity) const {
  std::FILE* file = std::fopen(Path(name).c_str(), "w");
  PEM_write_X509(file, identity.certificate);
  std::fclose(file);
}

void Files::WriteKey(const std::string& name, const Identity& identity) const {
  std::FILE* file = std::fopen(Path(name).c_str(), "w");
  PEM_write_PrivateKey(file, identity.key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

}  // namespace bekci::net
