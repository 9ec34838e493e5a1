// HttpFetcher: what somebody who scrapes needs beyond one GET: redirects, a proxy, TLS, connections that are kept.
//
// One GET over its own connection for each origin that the redirects of a fetch led to; those that the next fetch does
// not need are closed. What is not a GET goes nowhere but where it was sent. Secrets (fields marked so) go to the host
// that was asked first and nowhere else, and never from https to http. The deadline is one for the whole chain.
//
// Plain requests ask the proxy for the whole URL, https is tunnelled. Source: RFC 9110 sections 15.4 and 9.3.6.
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/dialer.h"
#include "agent/net/http_client.h"
#include "agent/net/proxy_rules.h"
#include "agent/net/url.h"

namespace bekci::net {

struct FetcherOptions {
  ClientTlsOptions tls;  // of https targets
  ProxyRules proxies;
  bool follow_redirects = true;
};

class HttpFetcher {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Request {
    Fields fields;   // a User-Agent and so on
    Fields secrets;  // the same, for the first host only
    size_t max_body_bytes = 1 << 20;
    std::string buffer;                         // its capacity becomes the body's
    std::optional<std::string> post_body = {};  // a POST of this
    base::ByteCharge* charge = nullptr;         // as HttpClientRequest has it, and these too:
    std::string method = {};
    bool cut_body = false;
    base::Duration connect_timeout{};  // of each connection; 0: none but the deadline
    bool* sent = nullptr;
  };

  // `clock` outlives it, and so does `interruption`, which ends what is under way; null: nothing does.
  HttpFetcher(FetcherOptions options, const base::Clock& clock, const Interruption* interruption = nullptr);

  // The last answer of the chain, whatever its status. Errors: those of HttpClient; limit after ten redirects; invalid
  // for one that leads nowhere.
  base::Result<HttpAnswer> Ask(const Url& url, Request request, base::MonotonicTime deadline);

 private:
  struct Origin {
    std::unique_ptr<HttpClient> http;
    bool used = false;
  };
  HttpClient& ConnectionTo(const Url& url, const Url* proxy);

  const FetcherOptions options_;
  const base::Clock& clock_;
  const Interruption* const interruption_;
  std::map<std::string, Origin> origins_;
};

// "Basic " and the base64 of `userinfo` ("user:password").
std::string BasicAuthorization(std::string_view userinfo);

}  // namespace bekci::net
