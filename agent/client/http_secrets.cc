#include "agent/client/http_secrets.h"

#include <utility>

#include "agent/config/secret_files.h"

namespace bekci::client {

base::Result<std::string> ReadSecret(base::FileSystem& fs, const SecretSource& source) {
  if (source.file.empty()) return source.value;
  return config::ReadSecretFile(fs, source.file);
}

HttpSecrets::HttpSecrets(const HttpOptions& options, base::FileSystem& fs, const base::Clock& clock)
    : options_(options), fs_(fs) {
  if (options.oauth2) tokens_.emplace(*options.oauth2, clock);
}

base::Result<net::HttpFetcher::Fields> HttpSecrets::Fields(base::MonotonicTime deadline) {
  net::HttpFetcher::Fields fields;
  if (options_.basic_auth) {
    ASSIGN_OR_RETURN(const std::string username, ReadSecret(fs_, options_.username));
    ASSIGN_OR_RETURN(const std::string password, ReadSecret(fs_, options_.password));
    fields.emplace_back("Authorization", net::BasicAuthorization(username + ":" + password));
  } else if (!options_.authorization_type.empty() && options_.credentials.given()) {
    ASSIGN_OR_RETURN(const std::string credentials, ReadSecret(fs_, options_.credentials));
    fields.emplace_back("Authorization", options_.authorization_type + " " + credentials);
  }
  if (tokens_) {
    ASSIGN_OR_RETURN(const std::string secret, ReadSecret(fs_, options_.client_secret));
    ASSIGN_OR_RETURN(std::string authorization, tokens_->Authorization(secret, deadline));
    fields.emplace_back("Authorization", std::move(authorization));
  }
  for (const auto& [name, source] : options_.secret_headers) {
    ASSIGN_OR_RETURN(std::string value, ReadSecret(fs_, source));
    fields.emplace_back(name, std::move(value));
  }
  return fields;
}

}  // namespace bekci::client
