// GateCore: what the parts of the gate share: the loop, the deadlines, the counters, the handler threads.
//
// Internal to the gate (gate.h is its face). Plain data with a few rules, so that connection and listener can be read
// one by one. Every live connection is in exactly one of the deadline lists: what is in none would live for ever.
//
// Thread rule: the gate's thread, except the counters.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/net/deadline_list.h"
#include "agent/net/event_loop.h"
#include "agent/net/handler_threads.h"
#include "agent/net/request_head.h"
#include "agent/net/server.h"
#include "agent/net/tls_context.h"

namespace bekci::net {

struct GateCounters {
  std::atomic<uint64_t> accepted{0};
  std::atomic<uint64_t> dropped_limit{0};
  std::atomic<uint64_t> dropped_slow{0};
  std::atomic<uint64_t> dropped_bad{0};
  std::atomic<uint64_t> open_connections{0};
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> refused_busy{0};
  static void Add(std::atomic<uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
};

struct GateCore {
  GateCore(const ServerOptions& server_options, Handler handler, base::Logger& logger)
      : options(server_options),
        log(logger),
        tls(logger),
        threads(std::move(handler), logger, [this] { loop.Wake(); }) {}
  GateCore(const GateCore&) = delete;
  GateCore& operator=(const GateCore&) = delete;

  // Gives free handler threads to the requests that wait longest, or are urgent.
  void StartWaiting();
  bool IsUrgent(const std::string& path) const;
  // Hands answers that are made to their clients.
  void DeliverFinished();
  // More is held for clients than there is room for: no new handler is started meanwhile.
  bool full() const { return buffered_bytes > options.max_buffered_bytes; }
  // A connection counts from here until Forget.
  void Remember(uint64_t peer_key);
  void Forget(uint64_t peer_key);
  bool crowded() const { return open * 10 > options.max_connections * 9; }

  const ServerOptions options;
  base::Logger& log;
  TlsSource tls;
  base::RealClock clock;
  base::MonotonicTime now;  // of this round of events

  // Before the loop, whose targets are entries of them, so that they outlive it.
  DeadlineList heads{options.head_deadline};
  DeadlineList bodies{options.body_deadline};
  // These are also the queues for handler threads, first come first served.
  DeadlineList waiting{options.answer_deadline};
  DeadlineList urgent{options.answer_deadline};
  DeadlineList handlers{options.handler_deadline};
  DeadlineList answers{options.answer_deadline};
  DeadlineList idle{options.idle_deadline};
  DeadlineList lingering{base::seconds(2)};

  std::vector<char> scratch = std::vector<char>(64 << 10);  // what one read brings; kept by nobody
  RequestHead parsed;                                       // reused from request to request
  size_t open = 0;
  std::unordered_map<uint64_t, size_t> open_by_peer;
  int running = 0;         // handlers, also those whose client is gone
  int running_urgent = 0;  // of them
  size_t buffered_bytes = 0;
  bool stopping = false;
  GateCounters counters;
  EventLoop loop;
  HandlerThreads threads;  // last: ends first, since it wakes the loop
};

// One part's share of the gate's buffers, given back when it is destroyed.
class BufferCharge {
 public:
  explicit BufferCharge(size_t& total) : total_(total) {}
  ~BufferCharge() { Set(0); }
  BufferCharge(const BufferCharge&) = delete;
  BufferCharge& operator=(const BufferCharge&) = delete;
  void Set(size_t bytes) {
    total_ = total_ - mine_ + bytes;
    mine_ = bytes;
  }

 private:
  size_t& total_;
  size_t mine_ = 0;
};

}  // namespace bekci::net
