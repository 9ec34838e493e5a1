// Server: listens and calls one handler for every request.
//
// Behind it: the gate (gate.h), one epoll thread that accepts, limits connections in all and per address, does TLS,
// waits for the whole request and holds the whole answer, and a few threads on which handlers run. A slow or idle
// client costs a descriptor, never a thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/net/http.h"

namespace bekci::net {

enum class ClientAuth : unsigned char { kNone, kRequest, kRequireAny, kVerifyIfGiven, kRequireAndVerify };

// Exporter-toolkit's tls_server_config, checked and with paths resolved. Empty cert_file: no TLS.
struct TlsOptions {
  std::string cert_file, key_file;
  std::string client_ca_file;
  ClientAuth client_auth = ClientAuth::kNone;
  std::vector<std::string> client_allowed_sans;
  int min_version = 0x0303;  // 0x0301..0x0304
  int max_version = 0x0304;
  std::vector<std::string> cipher_suites;  // Go's names, as the toolkit has them; empty: OpenSSL's default
  std::vector<std::string> curves;         // Go's names
  bool prefer_server_ciphers = true;
};

struct ServerOptions {
  // "127.0.0.1:10112", "[::1]:9100", ":9100" (every address, IPv6 and IPv4), "unix:/run/bekci.sock"; port 0 picks one.
  std::vector<std::string> listen_addresses = {"127.0.0.1:10112"};
  TlsOptions tls;
  int handler_threads = 8;
  // Whole paths whose requests (one at a time of all of them) go before those that wait, and, where there are two
  // handler threads or more, find one that is kept for them: how the agent is doing is answered also when all are busy.
  std::vector<std::string> urgent_paths = {};
  size_t max_connections = 2000;
  size_t max_connections_per_address = 1000;
  size_t max_head_bytes = 16 << 10;
  size_t max_body_bytes = 16 << 20;
  base::Duration head_deadline = base::seconds(5);     // from accept to a whole head, TLS included
  base::Duration body_deadline = base::seconds(30);    // from head to a whole body
  base::Duration answer_deadline = base::seconds(60);  // from the handler's answer to its last byte taken; also the
                                                       // longest wait for a free handler thread (then 503)
  base::Duration handler_deadline = base::minutes(5);  // from a handler's start to its answer (then 504)
  base::Duration idle_deadline = base::seconds(75);    // a kept-alive connection without a new request
  // Bodies and answers of all connections together. Beyond it bodies are refused, requests wait, and answers that their
  // clients have not taken after crowded_deadline are dropped.
  size_t max_buffered_bytes = 128 << 20;
  base::Duration crowded_deadline = base::seconds(5);
};

struct ServerStats {
  uint64_t accepted = 0;
  uint64_t dropped_limit = 0;  // too many connections
  uint64_t dropped_slow = 0;   // deadline of head, body or answer passed
  uint64_t dropped_bad = 0;    // not HTTP, head too long, TLS failed
  uint64_t open_connections = 0;
  uint64_t requests = 0;      // given to the handler
  uint64_t refused_busy = 0;  // answered 503 or 504: no handler thread, or no memory, in time
};

class Server {
 public:
  virtual ~Server() = default;  // stops: no new connections, running handlers finish, threads end
  // Where it listens, with the ports that were picked.
  virtual std::vector<std::string> addresses() const = 0;
  virtual ServerStats stats() const = 0;
  // New TLS settings for connections from now on. The certificate files are also re-read when they change on disk.
  virtual base::Status ReloadTls(const TlsOptions& tls) = 0;
};

// Errors: unavailable ("listen 127.0.0.1:10112: Address already in use; another bekci? ..."), invalid (TLS files).
base::Result<std::unique_ptr<Server>> StartServer(const ServerOptions& options, Handler handler, base::Logger& log);

}  // namespace bekci::net
