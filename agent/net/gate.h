// The gate: all of bekci's HTTP server but the handlers.
//
// One epoll thread owns every listener, TLS or plain, loopback or not, and every client connection. It accepts, limits
// connections in all and per address, does TLS, waits for the whole request under absolute deadlines, answers what is
// wrong or late itself, and only then gives the request to a handler thread (handler_threads.h). An answer comes back
// whole and is held here until the client has taken it, so neither a slow head, a slow body nor a slow reader ever
// holds a thread.
#pragma once

#include <memory>

#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/net/server.h"

namespace bekci::net {

// `options` are checked. Errors: unavailable (an address cannot be listened on), invalid (an address or the TLS files).
base::Result<std::unique_ptr<Server>> StartGate(const ServerOptions& options, Handler handler, base::Logger& log);

}  // namespace bekci::net
