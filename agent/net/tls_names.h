// Go's names of cipher suites and curves, which the exporter toolkit's web configuration uses, as OpenSSL knows them.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::net {

struct CipherChoice {
  std::string tls12;        // OpenSSL cipher list for TLS 1.2 and below; empty: leave the default
  bool only_tls13 = false;  // suites were named, but none of TLS 1.2: as in Go, TLS 1.2 is then not spoken
};

// TLS 1.3 suites may be named and are always all on, as in Go, where they cannot be chosen.
// Errors: invalid, for a name that neither Go nor OpenSSL has, with the nearest one that exists.
base::Result<CipherChoice> ChooseCiphers(const std::vector<std::string>& go_names);
// "CurveP256", "X25519" ... as OpenSSL's group list; empty for an empty list.
base::Result<std::string> ChooseCurves(const std::vector<std::string>& go_names);

}  // namespace bekci::net
