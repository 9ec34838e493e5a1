// Dialer: connections to one target, TCP or unix socket, plain or TLS, with an absolute deadline on every step.
//
// For collectors, which run on threads of their own: calls block, but never beyond the deadline. Every per-read
// time-out can be outlasted by a peer that sends one byte a second; a deadline cannot. Names are looked up on a thread
// of their own, since getaddrinfo has no time-out: one lookup per dialer at a time, and one that is stuck is told, not
// joined.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/interruption.h"

struct ssl_st;

namespace bekci::net {

struct TargetAddress {
  std::string host;  // without brackets
  uint16_t port = 0;
  std::string unix_path;  // not empty: a unix socket, the rest does not count

  // "127.0.0.1:6379", "[::1]:6379", "unix:/run/x.sock".
  std::string ToString() const;
};

// "127.0.0.1:6379", "[::1]:6379", "db.example" (with `default_port`), "unix:/run/x.sock", "unix:///run/x.sock",
// "/run/x.sock". Errors: invalid, with what is wrong.
base::Result<TargetAddress> ParseTargetAddress(std::string_view text, uint16_t default_port);

struct ClientTlsOptions {
  std::string ca_file;              // empty: the system's certificates
  std::string cert_file, key_file;  // our own, if the target asks for one
  std::string server_name;          // what the certificate must be for; empty: the target's host
  bool insecure_skip_verify = false;
  // "TLS10" to "TLS13"; empty: at least TLS 1.2, at most what there is.
  std::string min_version = {}, max_version = {};
  // The same as the files, as PEM texts; each counts where its file is not named.
  std::string ca = {}, cert = {}, key = {};
};

// A proxy that is asked to pass the connection on (HTTP CONNECT).
struct ProxyTunnel {
  TargetAddress proxy;
  std::string authorization;                                     // value of Proxy-Authorization; empty: none
  std::vector<std::pair<std::string, std::string>> fields = {};  // further ones of CONNECT
};

// One connection. Errors of all: timeout (the deadline came), unavailable (refused, reset, the peer closed early, TLS,
// or it was interrupted).
class Stream {
 public:
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  base::Status WriteAll(std::string_view data, base::MonotonicTime deadline);
  // At least one byte, as many as are there; 0: the peer has closed.
  base::Result<size_t> Read(std::span<char> out, base::MonotonicTime deadline);
  // Whether a kept connection can be used for another request: still open, and nothing unasked for was received.
  bool IsFresh() const;

 private:
  friend class Dialer;
  Stream(int fd, const base::Clock& clock, std::string name, const Interruption* interruption);
  base::Status StartTls(void* context, const std::string& server_name, bool verify, base::MonotonicTime deadline);
  base::Status Wait(short events, base::MonotonicTime deadline, std::string_view what) const;
  base::Status TlsWait(int result, base::MonotonicTime deadline, std::string_view what);

  const int fd_;
  const base::Clock& clock_;
  const std::string name_;                  // of the target, for messages
  const Interruption* const interruption_;  // null: none
  ssl_st* ssl_ = nullptr;
};

class Dialer {
 public:
  // `clock` outlives the dialer and its streams. `tls` null: plain. TLS files are read at each Dial, so that renewed
  // ones are used.
  Dialer(TargetAddress address, std::unique_ptr<ClientTlsOptions> tls, const base::Clock& clock);
  ~Dialer();
  // From now on connections go through the proxy, which looks up the target's name.
  void set_tunnel(ProxyTunnel tunnel);
  // Ends what waits. It outlives the dialer and its streams.
  void set_interruption(const Interruption* interruption) { interruption_ = interruption; }

  base::Result<std::unique_ptr<Stream>> Dial(base::MonotonicTime deadline);
  const TargetAddress& address() const { return address_; }
  // For libraries that connect by themselves and would wait for the resolver without a deadline: the first address that
  // the host's name stands for, in numbers ("127.0.0.1", "::1"). Not for unix sockets.
  base::Result<std::string> ResolveToNumber(base::MonotonicTime deadline);

 private:
  struct Lookup;
  struct Endpoint;
  base::Result<std::vector<Endpoint>> Resolve(base::MonotonicTime deadline);
  base::Result<int> Connect(const Endpoint& endpoint, base::MonotonicTime deadline) const;
  base::Status Secure(Stream& stream, base::MonotonicTime deadline) const;
  base::Status PassThrough(Stream& stream, base::MonotonicTime deadline) const;
  // Where connections really go.
  const TargetAddress& next_hop() const { return tunnel_ != nullptr ? tunnel_->proxy : address_; }

  const TargetAddress address_;
  const std::unique_ptr<ClientTlsOptions> tls_;
  std::unique_ptr<const ProxyTunnel> tunnel_;  // null: none
  const Interruption* interruption_ = nullptr;
  const base::Clock& clock_;
  std::shared_ptr<Lookup> lookup_;  // under way since an earlier Dial
};

}  // namespace bekci::net
