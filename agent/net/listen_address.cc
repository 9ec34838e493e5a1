// See listen_address.h.
#include "agent/net/listen_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

// Pending connections the kernel keeps for us; it takes the smaller of this and net.core.somaxconn (4096).
constexpr int kBacklog = 1024;

base::Status ListenError(std::string_view where, int error) {
  std::string message = "listen " + std::string(where) + ": " + std::strerror(error);
  if (error == EADDRINUSE) message += "; another bekci, or the exporter it replaces? `ss -ltnp` shows who listens";
  if (error == EACCES) message += "; ports below 1024 need CAP_NET_BIND_SERVICE, a unix socket a writable directory";
  if (error == EADDRNOTAVAIL) message += "; no interface of this host has that address";
  return base::Unavailable(std::move(message));
}

struct AddressList {
  addrinfo* first = nullptr;
  ~AddressList() {
    if (first != nullptr) freeaddrinfo(first);
  }
};

std::string BoundText(int fd) {
  sockaddr_storage bound{};
  socklen_t length = sizeof(bound);
  getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
  char host[INET6_ADDRSTRLEN] = "";
  if (bound.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&bound);
    inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
    return std::string(host) + ":" + std::to_string(ntohs(in->sin_port));
  }
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&bound);
  inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
  return "[" + std::string(host) + "]:" + std::to_string(ntohs(in6->sin6_port));
}

// 0 or an errno. On success `socket_out->fd` listens.
int BindAndListen(const addrinfo& candidate, bool every_address, ListenSocket* socket_out) {
  const int fd = socket(candidate.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  const int v6_only = every_address ? 0 : 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (candidate.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only));
  if (bind(fd, candidate.ai_addr, candidate.ai_addrlen) != 0 || listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    return error;
  }
  socket_out->fd = fd;
  socket_out->text = BoundText(fd);
  return 0;
}

base::Result<ListenSocket> OpenUnixSocket(const std::string& path) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  if (path.size() >= sizeof(un.sun_path)) return base::Invalid("listen unix:" + path + ": the path is too long");
  std::memcpy(un.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ListenError("unix:" + path, errno);
  // A socket file outlives a crash. It is removed only when nobody answers there.
  if (connect(fd, reinterpret_cast<const sockaddr*>(&un), sizeof(un)) != 0 && errno == ECONNREFUSED) {
    struct stat info {};
    if (lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode)) unlink(path.c_str());
  }
  close(fd);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) return ListenError("unix:" + path, errno);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&un), sizeof(un)) != 0 || listen(listener, kBacklog) != 0) {
    const int error = errno;
    close(listener);
    return ListenError("unix:" + path, error);
  }
  return ListenSocket{listener, "unix:" + path, path};
}

}  // namespace

base::Result<ListenAddress> ParseListenAddress(std::string_view text) {
  ListenAddress address;
  if (text.starts_with("unix:")) {
    address.unix_path = text.substr(5);
    if (address.unix_path.empty()) return base::Invalid("listen address \"unix:\" names no path");
    return address;
  }
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string_view::npos ? std::nullopt : base::ParseUint(text.substr(colon + 1));
  if (!port || *port > 65535) {
    return base::Invalid("listen address " + base::Quoted(text) +
                         " has no port, write it as 127.0.0.1:10112 or :10112");
  }
  address.port = static_cast<uint16_t>(*port);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return base::Invalid("listen address " + base::Quoted(text) + ": an IPv6 address goes into brackets, [::1]:10112");
  }
  address.host = host;
  return address;
}

base::Result<ListenSocket> OpenListenSocket(const ListenAddress& address) {
  if (!address.unix_path.empty()) return OpenUnixSocket(address.unix_path);
  const std::string port = std::to_string(address.port);
  const std::string where =
      (address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]") + ":" + port;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  AddressList list;
  const std::string host = address.host.empty() ? "::" : address.host;
  const int failed = getaddrinfo(host.c_str(), port.c_str(), &hints, &list.first);
  if (failed != 0) return base::Unavailable("listen " + where + ": " + gai_strerror(failed));
  ListenSocket out;
  const int error = BindAndListen(*list.first, address.host.empty(), &out);
  if (error == 0) return out;
  // A kernel without IPv6 still has every IPv4 address.
  const bool no_ipv6 = error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
  if (address.host.empty() && no_ipv6) return OpenListenSocket({"0.0.0.0", address.port, ""});
  return ListenError(where, error);
}

std::string PeerText(const sockaddr_storage& peer) {
  char text[INET6_ADDRSTRLEN] = "";
  if (peer.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr, text, sizeof(text));
    return text;
  }
  if (peer.ss_family != AF_INET6) return "unix:";
  const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    inet_ntop(AF_INET, &address.s6_addr[12], text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, &address, text, sizeof(text));
  }
  return text;
}

uint64_t PeerKey(const sockaddr_storage& peer) {
  constexpr uint64_t kIpv4 = uint64_t{0xffff} << 32;  // no /64 of the Internet looks like this
  if (peer.ss_family == AF_INET) return kIpv4 | reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr.s_addr;
  if (peer.ss_family != AF_INET6) return 0;
  const in6_addr& address = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    uint32_t ipv4 = 0;
    std::memcpy(&ipv4, &address.s6_addr[12], sizeof(ipv4));
    return kIpv4 | ipv4;
  }
  uint64_t prefix = 0;
  std::memcpy(&prefix, &address.s6_addr[0], sizeof(prefix));
  return prefix == 0 ? 1 : prefix;  // ::1 counts too
}

}  // namespace bekci::net
