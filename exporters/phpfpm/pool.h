// Pool: one pool of FPM: its status, its ping, its caches, and what the kernel knows of it when it cannot answer.
//
// A round has steps, each done for all pools before the next (phpfpm.cc): Ask, Await, AskMore, AwaitMore, Emit.
// Whatever fails, Emit has something to say: the length of the pool's queue and how many workers it has come from the
// kernel.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/base/log.h"
#include "agent/collect/family_sink.h"
#include "agent/net/listen_queue.h"
#include "exporters/phpfpm/exchange.h"
#include "exporters/phpfpm/php_cache.h"
#include "exporters/phpfpm/pool_files.h"
#include "exporters/phpfpm/process_titles.h"
#include "exporters/phpfpm/request_samples.h"
#include "exporters/phpfpm/status_page.h"

namespace bekci::exporters::phpfpm {

struct PoolOptions {
  bool full = true;
  bool per_process = false;
  bool fix_process_count = false;
  base::Duration slow_after = base::seconds(5);
  base::Duration stuck_after = base::seconds(60);
  std::string cache_script;  // empty: none
};

// What the kernel tells, read once a round for all pools.
struct KernelView {
  base::FileSystem& fs;
  net::ListenQueues& queues;
  const ProcessTitles& titles;
  base::MonotonicTime deadline;
};

class Pool {
 public:
  // All outlive the pool.
  Pool(PoolTarget target, const PoolOptions& options, const base::Clock& clock, base::Logger& log);

  // The status, from all pools before one is waited for.
  void Ask(base::MonotonicTime deadline);
  void Await(base::MonotonicTime deadline);
  // Ping and caches, afterwards: while they are answered they count as busy workers. The caches only when the status
  // was answered and `script` is OK.
  void AskMore(const base::Status& script, base::MonotonicTime deadline);
  void AwaitMore(base::MonotonicTime deadline);
  void Emit(collect::FamilySink& sink, KernelView view);

  const PoolTarget& target() const { return target_; }
  // Why the last round has no status; with what to do about it.
  const Failure& failure() const { return failure_; }
  const std::string& name() const { return name_; }

 private:
  void Fail(Failure failure);
  Failure ReadStatus(const CgiAnswer& answer, base::MonotonicTime deadline);
  void AskCache(const base::Status& script, base::MonotonicTime deadline);
  void AwaitCache(base::MonotonicTime deadline);
  void NoteCache(const base::Status& status);
  bool IsOurs(const Worker& worker) const;
  void LogStuck(size_t stuck, const Worker& longest);
  void EmitPeer(collect::FamilySink& sink) const;
  void EmitPerProcess(collect::FamilySink& sink) const;
  void EmitWorkers(collect::FamilySink& sink);
  const net::ListenQueue* FindQueue(KernelView view) const;
  void EmitKernel(collect::FamilySink& sink, KernelView view, const net::ListenQueue* queue) const;
  double BusyByStatus() const;

  const PoolTarget target_;
  const PoolOptions& options_;
  base::Logger& log_;
  const std::string scrape_uri_;
  std::string name_;  // as last known
  std::string status_uri_, short_uri_, ping_uri_, cache_uri_;
  std::unique_ptr<Exchange> status_exchange_, short_exchange_, ping_exchange_, cache_exchange_;
  Failure failure_;
  Failure ping_failure_;
  Failure cache_ask_;
  PoolStatus status_;
  bool has_workers_ = false;  // in status_
  uint64_t failures_ = 0;
  RequestSamples samples_;
  bool stuck_ = false;
  enum class Cache : unsigned char { kUnknown, kAbsent, kGood, kFailing };
  Cache cache_state_ = Cache::kUnknown;
  bool cache_asked_ = false;
  bool ping_asked_ = false;
  PhpCache cache_;
};

// One line for a person: what to do about a failure of `target`. Empty: nothing special.
std::string Advice(Reason reason, const PoolTarget& target);

}  // namespace bekci::exporters::phpfpm
