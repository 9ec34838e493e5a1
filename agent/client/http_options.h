// How a target is asked, whatever it is asked for: authentication, headers, TLS and proxies, with the keys of
// Prometheus' http_config. The option rows, and the checked result.
//
// Secrets that stand in files are named here and read when they are used. Source: Prometheus 3, configuration
// documentation, http_config. Thread rule: values and pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/config/option.h"
#include "agent/net/http_fetcher.h"
#include "agent/net/oauth2_tokens.h"

namespace bekci::client {

// A secret, or the file where it is read whenever it is needed, so that a new one counts at once.
struct SecretSource {
  std::string value;
  std::string file;
  bool given() const { return !value.empty() || !file.empty(); }
};

struct HttpOptions {
  net::FetcherOptions fetcher;
  SecretSource username, password;  // of basic_auth; none given: no basic_auth
  bool basic_auth = false;
  std::string authorization_type;  // empty: none
  SecretSource credentials;
  std::optional<net::OAuth2Options> oauth2;
  SecretSource client_secret;  // of oauth2
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, SecretSource>> secret_headers;
};

std::span<const config::Option> HttpOptionRows();

// `values` were checked against a table that has the rows. Adds what the tables cannot see to `errors`. A proxy of the
// environment is looked up here.
HttpOptions ReadHttpOptions(const config::Values& values, config::Errors* errors);

// The rows of a tls_config alone, for what speaks TLS and no HTTP, and what they say.
std::span<const config::Option> TlsOptionRows();
net::ClientTlsOptions ReadTlsOptions(const config::Values& values, config::Errors* errors);

}  // namespace bekci::client
