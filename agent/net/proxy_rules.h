// ProxyRules: which proxy, if any, a request for a URL goes through.
//
// Either one proxy for all, or one each for http and https (as the environment gives them), and a list of hosts that
// are asked directly: "*", an address, a network ("10.0.0.0/8"), a name (it and those below it), ".name" (only those
// below it), each perhaps with ":port". Where there is such a list, this host itself is never asked through a proxy.
//
// Source: Prometheus' http_config (proxy_url, no_proxy, proxy_from_environment), which is Go's
// golang.org/x/net/http/httpproxy. Thread rule: values and pure functions.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/status.h"
#include "agent/net/url.h"

namespace bekci::net {

struct ProxyRules {
  std::optional<Url> for_http, for_https;  // http:// only; userinfo becomes Proxy-Authorization
  bool has_exceptions = false;             // no_proxy counts, and so does this host
  std::vector<std::string> no_proxy;
  std::vector<std::pair<std::string, std::string>> connect_fields;  // further fields of CONNECT; may be secret

  // Null: asked directly.
  const Url* For(const Url& url) const;
};

// "http://proxy:3128", "proxy:3128". Errors: invalid; a proxy that is itself asked over TLS or SOCKS is none.
base::Result<Url> ParseProxy(std::string_view text);
// "a, b" as its parts.
std::vector<std::string> ParseNoProxy(std::string_view text);
// HTTP_PROXY, HTTPS_PROXY and NO_PROXY, or the same in small letters; `variable` looks one up, empty when unset.
base::Result<ProxyRules> ProxyFromEnvironment(const std::function<std::string(const char*)>& variable);

}  // namespace bekci::net
