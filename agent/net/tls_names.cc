// See tls_names.h. The names are those of Go's crypto/tls package (CipherSuites and InsecureCipherSuites).
#include "agent/net/tls_names.h"

#include <span>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

struct NameRow {
  std::string_view go;
  std::string_view openssl;  // empty: TLS 1.3, always on
};

constexpr NameRow kCiphers[] = {
    {"TLS_AES_128_GCM_SHA256", ""},
    {"TLS_AES_256_GCM_SHA384", ""},
    {"TLS_CHACHA20_POLY1305_SHA256", ""},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "ECDHE-ECDSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256"},
};

constexpr NameRow kCurves[] = {
    {"CurveP256", "P-256"},
    {"CurveP384", "P-384"},
    {"CurveP521", "P-521"},
    {"X25519", "X25519"},
};

const NameRow* Find(std::span<const NameRow> rows, std::string_view name) {
  for (const NameRow& row : rows) {
    if (row.go == name) return &row;
  }
  return nullptr;
}

base::Status Unknown(std::string_view what, std::span<const NameRow> rows, std::string_view name) {
  std::vector<std::string_view> names;
  for (const NameRow& row : rows) names.push_back(row.go);
  const std::string_view nearest = base::Nearest(name, names);
  std::string message = "unknown " + std::string(what) + " " + base::Quoted(name);
  if (!nearest.empty()) message += ", did you mean " + std::string(nearest) + "?";
  return base::Invalid(std::move(message));
}

}  // namespace

base::Result<CipherChoice> ChooseCiphers(const std::vector<std::string>& go_names) {
  CipherChoice choice;
  for (const std::string& name : go_names) {
    const NameRow* row = Find(kCiphers, name);
    if (row == nullptr) return Unknown("cipher suite", kCiphers, name);
    if (row->openssl.empty()) continue;
    if (!choice.tls12.empty()) choice.tls12 += ':';
    choice.tls12 += row->openssl;
  }
  choice.only_tls13 = !go_names.empty() && choice.tls12.empty();
  return choice;
}

base::Result<std::string> ChooseCurves(const std::vector<std::string>& go_names) {
  std::string list;
  for (const std::string& name : go_names) {
    const NameRow* row = Find(kCurves, name);
    if (row == nullptr) return Unknown("curve", kCurves, name);
    if (!list.empty()) list += ':';
    list += row->openssl;
  }
  return list;
}

}  // namespace bekci::net
