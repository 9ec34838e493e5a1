// Sender: hands alerts to one other Alertmanager, on a thread of its own, so that one that is down holds up nobody.
//
// Waiting alerts are kept by their labels: what is told later of an alert takes the place of what was not told yet, so
// an Alertmanager that comes back after an hour is told how things are and not how they were. Order is that of the
// first waiting. What the other side did not take for reasons of its own (no answer, 429, 5xx) waits on, with a
// back-off; what it refuses (any other status) is dropped and counted. A firing alert that nobody renews ends by itself
// there.
//
// Bounds: kCapacity alerts, the oldest go first; kBatch in a request. Source: Prometheus' notifier.
// Thread rule: all methods from any thread.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/client/http_options.h"
#include "agent/client/http_secrets.h"
#include "agent/net/http_fetcher.h"
#include "agent/net/url.h"
#include "agent/notify/forwarding/alert_batch.h"

namespace bekci::notify::forwarding {

inline constexpr size_t kCapacity = 10'000;
inline constexpr size_t kBatch = 256;

struct SenderStats {
  std::string url;
  uint64_t sent = 0;    // alerts that were taken
  uint64_t errors = 0;  // alerts of requests that failed, each time
  uint64_t dropped = 0;
  size_t waiting = 0;
  uint64_t requests = 0;
  double seconds = 0;  // of all requests
};

class Sender {
 public:
  // fs, clock and log outlive it.
  Sender(net::Url url, client::HttpOptions http, base::Duration timeout, std::string user_agent, base::FileSystem& fs,
         base::Clock& clock, base::Logger& log);
  ~Sender();  // what waits gets one more request, for kLastWords at most
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void Add(std::vector<ForwardedAlertPtr> alerts) EXCLUDES(mutex_);
  SenderStats stats() const EXCLUDES(mutex_);

 private:
  using Batch = std::vector<ForwardedAlertPtr>;
  void Run() EXCLUDES(mutex_);
  Batch Take() REQUIRES(mutex_);
  void PutBack(const Batch& batch) REQUIRES(mutex_);
  void Trim() REQUIRES(mutex_);
  // What the other side answered; 0: nothing. Why it failed, or OK.
  base::Status Post(const Batch& batch, base::MonotonicTime deadline, int* status);
  void Report(const base::Status& status);

  const net::Url url_;
  const client::HttpOptions http_;
  const base::Duration timeout_;
  const std::string user_agent_;
  base::Clock& clock_;
  base::Logger& log_;
  net::HttpFetcher fetcher_;     // of the thread
  client::HttpSecrets secrets_;  // of the thread
  bool failing_ = false;         // of the thread: as last logged

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::deque<std::string> order_ GUARDED_BY(mutex_);  // Labels::data of what waits
  std::unordered_map<std::string, ForwardedAlertPtr> waiting_ GUARDED_BY(mutex_);
  SenderStats stats_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace bekci::notify::forwarding
