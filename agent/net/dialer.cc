// Addresses, names, connecting and TLS of outgoing connections. See dialer.h; the stream itself is in stream.cc.
#include "agent/net/dialer.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "agent/base/duration.h"
#include "agent/base/mutex.h"
#include "agent/base/text.h"
#include "agent/net/client_certificates.h"

namespace bekci::net {
namespace {

base::Status BadAddress(std::string_view text, std::string_view why) {
  return base::Invalid("address " + base::Quoted(text) + ": " + std::string(why));
}

std::optional<int> TlsVersion(std::string_view name) {
  if (name == "TLS10") return TLS1_VERSION;
  if (name == "TLS11") return TLS1_1_VERSION;
  if (name == "TLS12") return TLS1_2_VERSION;
  if (name == "TLS13") return TLS1_3_VERSION;
  return std::nullopt;
}

}  // namespace

std::string TargetAddress::ToString() const {
  if (!unix_path.empty()) return "unix:" + unix_path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

base::Result<TargetAddress> ParseTargetAddress(std::string_view text, uint16_t default_port) {
  TargetAddress address;
  address.port = default_port;
  if (text.empty()) return BadAddress(text, "is empty; expected HOST:PORT or unix:/PATH");
  std::string_view path = text;
  if (text.starts_with("unix://")) path.remove_prefix(7);
  if (text.starts_with("unix:") && path.size() == text.size()) path.remove_prefix(5);
  if (path.size() < text.size() || text.front() == '/') {
    if (path.empty() || path.front() != '/') return BadAddress(text, "a unix socket needs its absolute path");
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return BadAddress(text, "a socket's path has at most 107 bytes");
    address.unix_path = path;
    return address;
  }
  std::string_view port;
  if (text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return BadAddress(text, "\"]\" is missing");
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return BadAddress(text, "expected \":PORT\" after \"]\"");
  } else {
    const size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && text.find(':') != colon) {
      return BadAddress(text, "an IPv6 address stands in brackets: [::1]:PORT");
    }
    address.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (address.host.empty()) return BadAddress(text, "the host is missing");
  if (!port.empty()) {
    const auto number = base::ParseUint(port.substr(1));
    if (!number || *number == 0 || *number > 65535) return BadAddress(text, "the port must be 1 to 65535");
    address.port = static_cast<uint16_t>(*number);
  }
  if (address.port == 0) return BadAddress(text, "the port is missing");
  return address;
}

struct Dialer::Endpoint {
  sockaddr_storage address = {};
  socklen_t length = 0;
};

// Shared with the lookup's thread, which may outlive everybody who waited for it.
struct Dialer::Lookup {
  std::string host;
  std::string port;
  base::Mutex mutex;
  base::CondVar done_cv;
  bool done GUARDED_BY(mutex) = false;
  int error GUARDED_BY(mutex) = 0;
  std::vector<Endpoint> endpoints GUARDED_BY(mutex);

  void Run() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int result = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    base::MutexLock lock(mutex);
    error = result;
    for (const addrinfo* one = result == 0 ? found : nullptr; one != nullptr; one = one->ai_next) {
      Endpoint& endpoint = endpoints.emplace_back();
      std::memcpy(&endpoint.address, one->ai_addr, one->ai_addrlen);
      endpoint.length = one->ai_addrlen;
    }
    if (result == 0) freeaddrinfo(found);
    done = true;
    done_cv.NotifyAll();
  }

  static void* ThreadMain(void* shared) {
    const std::unique_ptr<std::shared_ptr<Lookup>> self(static_cast<std::shared_ptr<Lookup>*>(shared));
    (*self)->Run();
    return nullptr;
  }

  // On a detached thread that holds its own reference. False: no thread.
  static bool Start(const std::shared_ptr<Lookup>& lookup) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    auto reference = std::make_unique<std::shared_ptr<Lookup>>(lookup);
    pthread_t thread;
    const bool started = pthread_create(&thread, &attributes, &ThreadMain, reference.get()) == 0;
    if (started) (void)reference.release();
    pthread_attr_destroy(&attributes);
    return started;
  }
};

Dialer::Dialer(TargetAddress address, std::unique_ptr<ClientTlsOptions> tls, const base::Clock& clock)
    : address_(std::move(address)), tls_(std::move(tls)), clock_(clock) {}

Dialer::~Dialer() = default;

void Dialer::set_tunnel(ProxyTunnel tunnel) {
  tunnel_ = std::make_unique<const ProxyTunnel>(std::move(tunnel));
}

base::Result<std::vector<Dialer::Endpoint>> Dialer::Resolve(base::MonotonicTime deadline) {
  std::vector<Endpoint> endpoints(1);
  if (!next_hop().unix_path.empty()) {
    auto* local = reinterpret_cast<sockaddr_un*>(&endpoints[0].address);
    local->sun_family = AF_UNIX;
    std::memcpy(local->sun_path, next_hop().unix_path.data(), next_hop().unix_path.size());
    endpoints[0].length = sizeof(sockaddr_un);
    return endpoints;
  }
  const std::string port = std::to_string(next_hop().port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(next_hop().host.c_str(), port.c_str(), &hints, &found) == 0) {  // asks nobody
    std::memcpy(&endpoints[0].address, found->ai_addr, found->ai_addrlen);
    endpoints[0].length = found->ai_addrlen;
    freeaddrinfo(found);
    return endpoints;
  }
  if (lookup_ == nullptr) {
    auto lookup = std::make_shared<Lookup>();
    lookup->host = next_hop().host;
    lookup->port = port;
    if (!Lookup::Start(lookup)) return base::Unavailable("look up " + next_hop().host + ": no thread");
    lookup_ = std::move(lookup);
  }
  const std::shared_ptr<Lookup> lookup = lookup_;
  base::MutexLock lock(lookup->mutex);
  base::RealClock waiter;  // the lookup runs in real time, whatever clock the caller lives by
  const base::MonotonicTime until = waiter.Monotonic() + (deadline - clock_.Monotonic());
  const auto given_up = [this] { return interruption_ != nullptr && interruption_->interrupted(); };
  while (!lookup->done && waiter.Monotonic() < until && !given_up()) {
    // The resolver cannot be interrupted, so who may be looks up now and then.
    const base::MonotonicTime soon = waiter.Monotonic() + base::milliseconds(100);
    waiter.WaitUntil(lookup->done_cv, lookup->mutex, interruption_ == nullptr ? until : std::min(until, soon));
  }
  if (!lookup->done) return base::Timeout("look up " + next_hop().host + ": the resolver does not answer");
  lookup_.reset();
  if (lookup->error != 0) {
    return base::Unavailable("look up " + next_hop().host + ": " + gai_strerror(lookup->error));
  }
  return lookup->endpoints;
}

base::Result<std::string> Dialer::ResolveToNumber(base::MonotonicTime deadline) {
  ASSIGN_OR_RETURN(const std::vector<Endpoint> endpoints, Resolve(deadline));
  char text[NI_MAXHOST];
  if (endpoints.empty() || getnameinfo(reinterpret_cast<const sockaddr*>(&endpoints[0].address), endpoints[0].length,
                                       text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) {
    return base::Unavailable("look up " + next_hop().host + ": no address");
  }
  return std::string(text);
}

base::Result<int> Dialer::Connect(const Endpoint& endpoint, base::MonotonicTime deadline) const {
  const int fd = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return base::FromErrno(errno, "connect " + next_hop().ToString());
  const int on = 1;
  if (next_hop().unix_path.empty()) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  int error = connect(fd, reinterpret_cast<const sockaddr*>(&endpoint.address), endpoint.length) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd poll_fds[] = {{fd, POLLOUT, 0}, {interruption_ == nullptr ? -1 : interruption_->fd(), POLLIN, 0}};
    const int64_t left = base::ToMillis(deadline - clock_.Monotonic()) + 1;
    socklen_t length = sizeof(error);
    if (left <= 1 || poll(poll_fds, 2, static_cast<int>(std::min<int64_t>(left, 3'600'000))) <= 0) {
      error = ETIMEDOUT;
    } else if (poll_fds[0].revents == 0) {
      error = EINTR;  // interrupted
    } else {
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    }
  }
  if (error == 0) return fd;
  close(fd);
  const std::string what = "connect " + next_hop().ToString();
  if (error == ETIMEDOUT) return base::Timeout(what + ": no answer");
  // A unix socket whose queue of connections is full says EAGAIN: whoever should accept is overwhelmed.
  if (error == EAGAIN) return base::Unavailable(what + ": its queue of waiting connections is full");
  const base::Status status = base::FromErrno(error, what);
  return status.code() == base::Code::kNotFound ? base::Unavailable(status.message()) : status;
}

base::Status Dialer::Secure(Stream& stream, base::MonotonicTime deadline) const {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context == nullptr) return base::LimitReached("TLS: no memory");
  SSL_CTX_set_min_proto_version(context.get(), TlsVersion(tls_->min_version).value_or(TLS1_2_VERSION));
  SSL_CTX_set_max_proto_version(context.get(), TlsVersion(tls_->max_version).value_or(0));
  RETURN_IF_ERROR(UseCertificates(*tls_, context.get()));
  const std::string& name = tls_->server_name.empty() ? address_.host : tls_->server_name;
  return stream.StartTls(context.get(), name, !tls_->insecure_skip_verify, deadline);
}

// The answer's head is read a byte at a time: what stands behind it belongs to the target.
base::Status Dialer::PassThrough(Stream& stream, base::MonotonicTime deadline) const {
  const std::string target = address_.ToString();
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!tunnel_->authorization.empty()) request += "Proxy-Authorization: " + tunnel_->authorization + "\r\n";
  for (const auto& [name, value] : tunnel_->fields) request += name + ": " + value + "\r\n";
  RETURN_IF_ERROR(stream.WriteAll(request + "\r\n", deadline));
  const std::string proxy = "proxy " + tunnel_->proxy.ToString();
  constexpr size_t kMaxHeadBytes = 16 << 10;
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte = 0;
    ASSIGN_OR_RETURN(const size_t got, stream.Read({&byte, 1}, deadline));
    if (got == 0) return base::Unavailable(proxy + ": closed the connection instead of passing it on");
    head.push_back(byte);
    if (head.size() > kMaxHeadBytes) return base::LimitReached(proxy + ": the head of its answer is too long");
  }
  const std::string_view line = std::string_view(head).substr(0, head.find("\r\n"));
  if (line.starts_with("HTTP/1.") && line.substr(8, 4) == " 200") return base::OkStatus();
  return base::Unavailable(proxy + ": does not pass on to " + target + ": " + base::Quoted(line.substr(0, 100)));
}

base::Result<std::unique_ptr<Stream>> Dialer::Dial(base::MonotonicTime deadline) {
  std::signal(SIGPIPE, SIG_IGN);
  ASSIGN_OR_RETURN(const std::vector<Endpoint> endpoints, Resolve(deadline));
  base::Status failed = base::Unavailable("look up " + next_hop().host + ": no address");
  for (size_t i = 0; i < endpoints.size(); ++i) {
    // Each address has its share of the time, so that a dead first one leaves some for the next.
    const base::MonotonicTime now = clock_.Monotonic();
    const auto share = (deadline - now) / static_cast<int64_t>(endpoints.size() - i);
    const auto fd = Connect(endpoints[i], now + share);
    if (!fd.ok()) {
      failed = fd.status();
      continue;
    }
    std::unique_ptr<Stream> stream(new Stream(*fd, clock_, address_.ToString(), interruption_));
    if (tunnel_ != nullptr) RETURN_IF_ERROR(PassThrough(*stream, deadline));
    if (tls_ != nullptr) RETURN_IF_ERROR(Secure(*stream, deadline));
    return stream;
  }
  return failed;
}

}  // namespace bekci::net
