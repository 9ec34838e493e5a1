#include "agent/web/global_url.h"

#include <algorithm>

#include "agent/net/url.h"

namespace bekci::web {

std::string GlobalUrl(const std::string& url, const OwnAddress& own) {
  auto target = net::ParseUrl(url);
  const auto external = net::ParseUrl(own.external);
  if (!target.ok() || !external.ok() || !target->has_port) return url;
  if (target->host != "localhost" && target->host != "127.0.0.1" && target->host != "::1") return url;
  const std::string own_port = own.listen.substr(std::min(own.listen.rfind(':'), own.listen.size() - 1) + 1);
  target->host = external->host;
  if (std::to_string(target->port) == own_port) {
    target->tls = external->tls;
    target->port = external->port;
    target->has_port = external->has_port;
  }
  return target->ToString();
}

}  // namespace bekci::web
