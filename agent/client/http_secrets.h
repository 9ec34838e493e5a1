// HttpSecrets: the header fields that prove who asks, made anew for every request.
//
// Secrets that stand in files are read each time, so that a renewed token counts at once; a token of an OAuth2 endpoint
// is asked for when there is none that still holds. What it makes goes into HttpFetcher::Request::secrets and nowhere
// else. Thread rule: one thread at a time.
#pragma once

#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/client/http_options.h"
#include "agent/net/http_fetcher.h"
#include "agent/net/oauth2_tokens.h"

namespace bekci::client {

// What the source holds now, white space behind it removed. Errors: not_found, denied, invalid, naming the file.
base::Result<std::string> ReadSecret(base::FileSystem& fs, const SecretSource& source);

class HttpSecrets {
 public:
  // All outlive it.
  HttpSecrets(const HttpOptions& options, base::FileSystem& fs, const base::Clock& clock);

  // Errors: those of ReadSecret and of OAuth2Tokens.
  base::Result<net::HttpFetcher::Fields> Fields(base::MonotonicTime deadline);

 private:
  const HttpOptions& options_;
  base::FileSystem& fs_;
  std::optional<net::OAuth2Tokens> tokens_;
};

}  // namespace bekci::client
