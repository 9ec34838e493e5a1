#include "agent/template/host_port.h"

#include <arpa/inet.h>

#include <optional>

namespace bekci::templates {
namespace {

struct HostPort {
  std::string_view host;
  std::string_view port;
};

// host:port or [host]:port; nullopt: neither.
std::optional<HostPort> Split(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view port = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (host.find(']') != host.size() - 1) return std::nullopt;
    host = host.substr(1, host.size() - 2);
    // Brackets within would be stray ones.
    if (host.find('[') != std::string_view::npos || port.find_first_of("[]") != std::string_view::npos)
      return std::nullopt;
    return HostPort{host, port};
  }
  if (text.find_first_of("[]") != std::string_view::npos || host.find(':') != std::string_view::npos)
    return std::nullopt;
  return HostPort{host, port};
}

bool IsAddress(std::string_view host) {
  const std::string text(host);
  if (text.find('\0') != std::string::npos) return false;
  in6_addr address = {};
  return inet_pton(AF_INET, text.c_str(), &address) == 1 || inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

std::string WithoutPort(std::string_view host_port) {
  const auto split = Split(host_port);
  return std::string(split ? split->host : host_port);
}

std::string WithoutDomain(std::string_view host_port) {
  const auto split = Split(host_port);
  const std::string_view host = split ? split->host : host_port;
  if (IsAddress(host)) return std::string(host_port);
  std::string name(host.substr(0, host.find('.')));
  if (!split || split->port.empty()) return name;
  // A name with a colon or a zone is put back between brackets.
  if (name.find_first_of(":%") != std::string::npos) name = "[" + name + "]";
  return name.append(":").append(split->port);
}

}  // namespace bekci::templates
