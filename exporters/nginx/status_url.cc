#include "exporters/nginx/status_url.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::exporters::nginx {
namespace {

base::Status Bad(std::string_view url, std::string_view why) {
  return base::Invalid("url " + base::Quoted(url) + ": " + std::string(why));
}

}  // namespace

base::Result<StatusUrl> ParseStatusUrl(std::string_view url) {
  StatusUrl out;
  std::string_view rest = url;
  if (rest.starts_with("unix:")) {
    rest.remove_prefix(5);
    const size_t colon = rest.find(':');
    out.path = colon == std::string_view::npos ? "/" : rest.substr(colon + 1);
    auto address = net::ParseTargetAddress("unix:" + std::string(rest.substr(0, colon)), 0);
    if (!address.ok()) return Bad(url, address.status().message());
    out.address = *address;
  } else {
    out.tls = rest.starts_with("https://");
    if (!out.tls && !rest.starts_with("http://")) {
      return Bad(url, "expected http://HOST/PATH, https://HOST/PATH or unix:/SOCKET:/PATH");
    }
    rest.remove_prefix(out.tls ? 8 : 7);
    const size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
    out.host = rest.substr(0, slash);
    out.path = rest.substr(slash);
    if (out.host.find('@') != std::string::npos) return Bad(url, "a user name in it is not supported");
    auto address = net::ParseTargetAddress(out.host, out.tls ? 443 : 80);
    if (!address.ok()) return Bad(url, address.status().message());
    out.address = *address;
  }
  if (out.path.empty()) out.path = "/";
  const bool sendable = std::all_of(out.path.begin(), out.path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (out.path.front() != '/' || !sendable) return Bad(url, "the path is not one");
  return out;
}

}  // namespace bekci::exporters::nginx
