// The threads of Database: one makes the log durable, one maintains.
#include <pthread.h>

#include "agent/tsdb/database.h"

namespace bekci::tsdb {
namespace {

constexpr base::Duration kDropRetry = base::seconds(1);

}  // namespace

// False when the store is to be closed.
bool Database::WaitUnlessStopped(base::Duration interval) {
  const base::MonotonicTime deadline = env_.clock.Monotonic() + interval;
  base::MutexLock lock(stop_mutex_);
  while (!stopped_ && env_.clock.Monotonic() < deadline) env_.clock.WaitUntil(stop_changed_, stop_mutex_, deadline);
  return !stopped_;
}

void Database::RunSync() {
  pthread_setname_np(pthread_self(), "tsdb-sync");
  const base::Duration interval = options_.sync_interval.count() == 0 ? base::seconds(1) : options_.sync_interval;
  // The log itself says in words and figures when the disk fails and when it is back.
  while (WaitUnlessStopped(interval)) (void)wal_.Sync();
}

void Database::RunMaintenance() {
  pthread_setname_np(pthread_self(), "tsdb");
  bool failing = false;
  base::MonotonicTime next = env_.clock.Monotonic();
  for (;;) {
    if (env_.clock.Monotonic() >= next) {
      next = env_.clock.Monotonic() + options_.maintenance_interval;
      const base::Status status = Maintain();
      if (!status.ok() && !failing) {
        env_.log.Error("blocks of the store cannot be maintained; it is tried again every minute",
                       {{"error", status.message()}});
      }
      if (status.ok() && failing) env_.log.Info("blocks of the store are maintained again");
      failing = !status.ok();
      head_.limits().Report(env_.log);
    }
    if (!WaitUnlessStopped(drop_pending() ? kDropRetry : next - env_.clock.Monotonic())) return;
    if (drop_pending()) next = env_.clock.Monotonic();
  }
}

}  // namespace bekci::tsdb
