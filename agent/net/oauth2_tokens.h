// OAuth2Tokens: tokens that a client gets for itself from a token endpoint, each used until shortly before it ends.
//
// The client's name and secret go into the Authorization header; an endpoint that refuses them there gets them in the
// form, and from then on always (RFC 6749 section 2.3.1 allows both). A token without an end is kept.
//
// Source: RFC 6749 sections 4.4 (client credentials), 5.1 and 5.2; Prometheus' oauth2 section, which is Go's
// golang.org/x/oauth2/clientcredentials. Thread rule: one thread at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/http_fetcher.h"
#include "agent/net/url.h"

namespace bekci::net {

struct OAuth2Options {
  Url token_url;
  std::string client_id;
  std::vector<std::string> scopes;
  std::vector<std::pair<std::string, std::string>> endpoint_params;  // further ones of the form
  FetcherOptions fetcher;
};

class OAuth2Tokens {
 public:
  // `clock` outlives it.
  OAuth2Tokens(OAuth2Options options, const base::Clock& clock);

  // The value of an Authorization header, "Bearer <token>". Asks for a new token when there is none, it ends within
  // 10 s, or `client_secret` is another one than it was got with. Errors: those of HttpFetcher; denied (the endpoint
  // refuses; the message has its words, never ours); corrupt (an answer without a token).
  base::Result<std::string> Authorization(const std::string& client_secret, base::MonotonicTime deadline);

 private:
  enum class Style : unsigned char { kUnknown, kHeader, kForm };
  struct Token {
    std::string authorization;
    base::MonotonicTime ends = base::MonotonicTime::Max();
  };
  base::Result<Token> Fetch(const std::string& client_secret, base::MonotonicTime deadline);
  base::Result<Token> FetchWith(Style style, const std::string& client_secret, base::MonotonicTime deadline);

  const OAuth2Options options_;
  const base::Clock& clock_;
  HttpFetcher fetcher_;
  Style style_ = Style::kUnknown;
  std::string secret_;  // that token_ was got with
  Token token_;
};

}  // namespace bekci::net
