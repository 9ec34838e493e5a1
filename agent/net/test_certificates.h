// Certificates and keys for tests, made on the spot: no key lies in the repository and none ever expires.
#pragma once

#include <string>

struct evp_pkey_st;
struct x509_st;

namespace bekci::net {

struct Identity {
  x509_st* certificate = nullptr;
  evp_pkey_st* key = nullptr;
  Identity() = default;
  Identity(Identity&& other) noexcept : certificate(other.certificate), key(other.key) {
    other.certificate = nullptr;
    other.key = nullptr;
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  ~Identity();
};

// A P-256 certificate; signed by `issuer`, or by itself. `san` as in "DNS:a,IP:127.0.0.1".
Identity MakeIdentity(const char* name, const char* san, const Identity* issuer = nullptr);

// Files of a test, gone with it: "cert", "key", "ca".
class Files {
 public:
  Files();
  ~Files();
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  void WriteCertificate(const std::string& name, const Identity& identity) const;
  void WriteKey(const std::string& name, const Identity& identity) const;
  void WriteServer(const Identity& identity) const {
    WriteCertificate("cert", identity);
    WriteKey("key", identity);
  }

 private:
  std::string directory_;
};

}  // namespace bekci::net
