#include "agent/web/cross_site.h"

#include <arpa/inet.h>

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::web {
namespace {

bool IsAddress(const std::string& host) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), buffer) == 1 || inet_pton(AF_INET6, host.c_str(), buffer) == 1;
}

bool IsOurs(const std::string& host, std::span<const std::string> own_hosts) {
  if (IsAddress(host) || host == "localhost") return true;
  return std::any_of(own_hosts.begin(), own_hosts.end(),
                     [&](const std::string& own) { return base::EqualsIgnoreCase(own, host); });
}

// "host:port" of a URL, without the port where it is the scheme's own, in lower case.
std::string Authority(std::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return "";
  const std::string_view scheme = url.substr(0, scheme_end);
  std::string authority = base::ToLower(url.substr(scheme_end + 3));
  authority.resize(std::min(authority.size(), authority.find('/')));
  const std::string_view own_port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(own_port)) authority.resize(authority.size() - own_port.size());
  return authority;
}

}  // namespace

std::string HostOf(std::string_view text) {
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find('/'));
  if (text.starts_with('[')) return base::ToLower(text.substr(1, text.find(']') - 1));
  // A bare IPv6 address has more than one colon and no port.
  if (text.find(':') == text.rfind(':')) text = text.substr(0, text.find(':'));
  return base::ToLower(text);
}

base::Status CheckSameSite(const net::HttpRequest& request, std::span<const std::string> own_hosts,
                           bool authenticated) {
  const std::string_view site = request.Header("Sec-Fetch-Site");
  const std::string_view origin = request.Header("Origin");
  if (site.empty() && origin.empty()) return base::OkStatus();  // not a browser
  if (!site.empty() && site != "same-origin" && site != "none") {
    return base::Denied(
        "the browser says that another site asked for this (Sec-Fetch-Site: " + std::string(site.substr(0, 40)) + ")");
  }
  const std::string_view host = request.Header("Host");
  if (!origin.empty()) {
    const std::string asked = Authority((request.tls ? "https://" : "http://") + std::string(host));
    const std::string from = Authority(origin);
    if (from.empty() || from != asked) {
      return base::Denied("the request comes from " + base::Quoted(origin.substr(0, 200)) + " but was sent to " +
                          base::Quoted(host.substr(0, 200)));
    }
  }
  if (!authenticated && !IsOurs(HostOf(host), own_hosts)) {
    return base::Denied("the host name " + base::Quoted(host.substr(0, 200)) +
                        " is not known to be this agent's; set --web.external-url to the address people use");
  }
  return base::OkStatus();
}

}  // namespace bekci::web
