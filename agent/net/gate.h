// Gate: the only thing of bekci's server that a client ever talks to.
//
// One epoll thread owns every listener, TLS or plain, loopback or not, and every client connection. It accepts, limits
// connections in all and per address, does TLS, waits for the whole request under absolute deadlines, answers what is
// wrong or late itself, and only then relays to civetweb, never more requests at once than civetweb has threads.
// Answers are buffered here, so neither a slow head, a slow body nor a slow reader ever holds a thread.
//
// Thread rule: StartGate and the destructor from one thread; the rest from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/net/gate_core.h"
#include "agent/net/server.h"

namespace bekci::net {

class Gate {
 public:
  virtual ~Gate() = default;  // Stop, then the thread ends
  // No new connections; requests that a handler works on are finished for at most `grace`, then all is closed.
  virtual void Stop(base::Duration grace) = 0;
  virtual std::vector<std::string> addresses() const = 0;
  virtual ServerStats stats() const = 0;
  virtual base::Status ReloadTls(const TlsOptions& tls) = 0;
};

// Errors: unavailable (an address cannot be listened on), invalid (an address or the TLS files).
base::Result<std::unique_ptr<Gate>> StartGate(const ServerOptions& options, Upstream upstream, base::Logger& log);

}  // namespace bekci::net
