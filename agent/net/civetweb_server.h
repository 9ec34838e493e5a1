// The back half of the server: civetweb on a loopback port of its own, which answers only the gate.
//
// Two locks keep everybody else out. civetweb's access list admits only one source address out of 127.0.0.0/8, drawn at
// start, that the gate binds its side to: a port scanner is turned away at accept, before it can hold a thread. And
// each request must carry a random 128-bit token; without it the answer is 403. Neither is meant against root.
//
// Debian's civetweb gives its threads 100 KiB of stack, too little for a query evaluator; so a handler runs on a thread
// of ours (1 MiB, of which only touched pages cost), to which civetweb's thread hands the request and waits.
//
// Thread rule: created and destroyed by one thread. The handler is called from `threads` threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/net/http.h"

namespace bekci::net {

struct CivetwebOptions {
  int threads = 8;
  size_t max_head_bytes = 16 << 10;
  size_t max_body_bytes = 16 << 20;
  base::Duration body_deadline = base::seconds(30);
  base::Duration answer_deadline = base::seconds(60);
};

class CivetwebServer {
 public:
  virtual ~CivetwebServer() = default;  // waits for running handlers
  virtual uint16_t port() const = 0;    // on 127.0.0.1
  virtual const std::string& token() const = 0;
  virtual uint32_t gate_address() const = 0;  // IPv4, host byte order: connect from here or be turned away
};

// Errors: unavailable (no port, no threads).
base::Result<std::unique_ptr<CivetwebServer>> StartCivetweb(const CivetwebOptions& options, Handler handler,
                                                            base::Logger& log);

}  // namespace bekci::net
