// phpfpm: the pools of PHP-FPM, with php-fpm_exporter's names.
//
// One instance watches one pool (option `address`) or all that FPM's own files declare. A round asks every pool before
// it waits for the first, so its time is that of the slowest, not the sum; the kernel's view comes last and always.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/collect/collector.h"
#include "exporters/phpfpm/cache_script.h"
#include "exporters/phpfpm/discover.h"
#include "exporters/phpfpm/options.h"
#include "exporters/phpfpm/php_cache_metrics.h"
#include "exporters/phpfpm/pool.h"
#include "exporters/phpfpm/pool_metrics.h"

namespace bekci::exporters::phpfpm {

extern const collect::CollectorSpec kSpec;

namespace {

// Files are looked at again this often: a pool that is added is seen a minute later, without a reload of bekci.
constexpr base::Duration kFilesInterval = base::seconds(60);
// A local socket connects at once or not at all; a TCP socket whose queue is full stays silent.
constexpr base::Duration kConnectTime = base::milliseconds(500);
// An answer that is there already is taken even when an earlier pool used up the time.
constexpr base::Duration kTakeTime = base::milliseconds(10);
// What is left of the collector's deadline for the kernel's view and for handing over.
constexpr base::Duration kReserve = base::milliseconds(200);

constexpr const MetricSpec* kPoolMetrics[] = {
    &kUp,
    &kScrapeFailures,
    &kStartSince,
    &kAcceptedConnections,
    &kListenQueue,
    &kMaxListenQueue,
    &kListenQueueLength,
    &kIdleProcesses,
    &kActiveProcesses,
    &kTotalProcesses,
    &kMaxActiveProcesses,
    &kMaxChildrenReached,
    &kSlowRequests,
    &kProcessRequests,
    &kProcessMemory,
    &kProcessCpu,
    &kProcessDuration,
    &kProcessState,
    &kScrapeError,
    &kPing,
    &kMaxChildren,
    &kSocketQueue,
    &kSocketLimit,
    &kSocketDrops,
    &kWorkers,
    &kBusy,
    &kProcesses,
    &kRequestDuration,
    &kRequestMemory,
    &kLongest,
    &kRunningSlow,
    &kRunningStuck,
    &kCacheScriptUp,
};

// The pools' families and the caches', as one list for the documents.
constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kPoolMetrics) + std::size(kCacheMetrics)> all{};
  std::copy(std::begin(kCacheMetrics), std::end(kCacheMetrics),
            std::copy(std::begin(kPoolMetrics), std::end(kPoolMetrics), all.begin()));
  return all;
}();

// What tells whether a pool is still the one that was declared before.
std::string Identity(const PoolTarget& target) {
  return target.name + "\n" + target.file + "\n" + target.listen.ToString() + "\n" +
         (target.has_status_listen ? target.status_listen.ToString() : "") + "\n" + target.status_path + "\n" +
         target.ping_path + "\n" + std::to_string(target.max_children);
}

struct Configuration {
  bool one_pool = false;  // `configured` is it; else all in pool_files
  PoolTarget configured;
  std::string status_path;  // overrides the files'; empty: does not
  std::string ping_path;
  std::vector<std::string> pool_files;
  std::vector<std::string> pools;  // only these; empty: all
  base::Duration timeout = {};
  std::string procfs;
  PoolOptions pool;
};

class PhpFpm : public collect::Collector {
 public:
  PhpFpm(Configuration configuration, const collect::Environment& environment)
      : configuration_(std::move(configuration)),
        environment_(environment),
        queues_(*environment.clock),
        titles_(*environment.fs, configuration_.procfs, *environment.clock) {}

  base::Status Collect(const collect::CollectContext& context, collect::FamilySink& sink) override {
    RefreshPools();
    if (pools_.empty()) return base::NoData("no pool of PHP-FPM: no file " + Patterns() + " declares one");
    const base::MonotonicTime last = context.deadline - kReserve;
    AskStatus(std::min(Now() + configuration_.timeout, last));
    AskMore(std::min(Now() + configuration_.timeout, last));
    const base::Status queues = queues_.Read(Families(), context.deadline);
    NoteQueues(queues);
    titles_.Refresh();
    for (Entry& entry : pools_) {
      entry.pool->Emit(sink, {*environment_.fs, queues_, titles_, context.deadline});
    }
    return Conclude();
  }

 private:
  struct Entry {
    std::string identity;
    std::unique_ptr<Pool> pool;
    bool failing = false;
  };

  base::MonotonicTime Now() const { return environment_.clock->Monotonic(); }

  std::string Patterns() const { return base::Join(configuration_.pool_files, " or "); }

  std::vector<PoolTarget> Targets() {
    std::vector<std::string> problems;
    std::vector<PoolTarget> declared = ReadPoolFiles(*environment_.fs, configuration_.pool_files, &problems);
    std::vector<PoolTarget> targets;
    if (configuration_.one_pool) {
      targets.push_back(configuration_.configured);
      Complete(declared, &targets[0]);
      return targets;
    }
    for (PoolTarget& target : declared) {
      const auto& wanted = configuration_.pools;
      if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), target.name) == wanted.end()) continue;
      if (!configuration_.status_path.empty()) target.status_path = configuration_.status_path;
      if (!configuration_.ping_path.empty()) target.ping_path = configuration_.ping_path;
      targets.push_back(std::move(target));
    }
    if (problems != problems_) {
      for (const std::string& problem : problems) {
        environment_.log->Warn("a pool file of PHP-FPM is not understood", {{"error", problem}});
      }
      problems_ = std::move(problems);
    }
    return targets;
  }

  // What the pool's file says and the configuration does not.
  static void Complete(const std::vector<PoolTarget>& declared, PoolTarget* target) {
    for (const PoolTarget& one : declared) {
      if (one.listen.ToString() != target->listen.ToString()) continue;
      if (target->name.empty()) target->name = one.name;
      target->file = one.file;
      target->max_children = one.max_children;
      if (!target->has_status_listen && one.has_status_listen) {
        target->has_status_listen = true;
        target->status_listen = one.status_listen;
      }
      return;
    }
  }

  void RefreshPools() {
    const base::MonotonicTime now = Now();
    if (now < next_files_) return;
    next_files_ = now + kFilesInterval;
    std::vector<Entry> entries;
    for (PoolTarget& target : Targets()) {
      Entry entry;
      entry.identity = Identity(target);
      const auto known = std::find_if(pools_.begin(), pools_.end(), [&](const Entry& old) {
        return old.pool != nullptr && old.identity == entry.identity;
      });
      if (known != pools_.end()) {
        entry = std::move(*known);
      } else {
        Advise(target);
        entry.pool =
            std::make_unique<Pool>(std::move(target), configuration_.pool, *environment_.clock, *environment_.log);
      }
      entries.push_back(std::move(entry));
    }
    pools_ = std::move(entries);
  }

  void Advise(const PoolTarget& target) {
    if (target.file.empty() || target.has_status_listen || target.status_path.empty()) return;
    environment_.log->Info("a pool cannot tell its status while all its workers are busy",
                           {{"pool", target.name}, {"advice", "set pm.status_listen in " + target.file}});
  }

  void AskStatus(base::MonotonicTime deadline) {
    for (size_t i = 0; i < pools_.size(); ++i) {
      const base::Duration share = (deadline - Now()) / static_cast<int64_t>(pools_.size() - i + 1);
      pools_[i].pool->Ask(Now() + std::min(share, kConnectTime));
    }
    for (Entry& entry : pools_) entry.pool->Await(std::max(deadline, Now() + kTakeTime));
  }

  void AskMore(base::MonotonicTime deadline) {
    base::Status script;
    const std::string& path = configuration_.pool.cache_script;
    if (!path.empty()) script = CheckCacheScript(*environment_.fs, path);
    for (size_t i = 0; i < pools_.size(); ++i) {
      const base::Duration share = (deadline - Now()) / static_cast<int64_t>(pools_.size() - i + 1);
      pools_[i].pool->AskMore(script, Now() + std::min(share, kConnectTime));
    }
    for (Entry& entry : pools_) entry.pool->AwaitMore(std::max(deadline, Now() + kTakeTime));
  }

  net::ListenQueues::Families Families() const {
    bool tcp = false;
    bool local = false;
    for (const Entry& entry : pools_) {
      (entry.pool->target().listen.unix_path.empty() ? tcp : local) = true;
    }
    using Kind = net::ListenQueues::Families;
    return tcp && local ? Kind::kBoth : (tcp ? Kind::kTcp : Kind::kUnix);
  }

  void NoteQueues(const base::Status& status) {
    if (!status.ok() && queues_known_) {
      environment_.log->Warn("the queues of PHP-FPM's sockets are not known", {{"error", status.message()}});
    }
    queues_known_ = status.ok();
  }

  // The collector failed when no pool answered. Where some did, each that changes is told here, once.
  base::Status Conclude() {
    size_t failed = 0;
    const Failure* first = nullptr;
    for (Entry& entry : pools_) {
      const Failure& failure = entry.pool->failure();
      if (failure.failed() && ++failed == 1) first = &failure;
      if (pools_.size() > 1 && failure.failed() != entry.failing) {
        const std::string& name = entry.pool->name();
        if (failure.failed()) {
          environment_.log->Warn("a pool of PHP-FPM does not answer",
                                 {{"pool", name}, {"error", failure.status.message()}});
        } else {
          environment_.log->Info("a pool of PHP-FPM answers again", {{"pool", name}});
        }
      }
      entry.failing = failure.failed();
    }
    if (failed < pools_.size()) return base::OkStatus();
    if (failed == 1) return first->status;
    return base::Status(first->status).WithContext("no pool answers; the first");
  }

  const Configuration configuration_;
  const collect::Environment environment_;
  net::ListenQueues queues_;
  ProcessTitles titles_;
  std::vector<Entry> pools_;
  std::vector<std::string> problems_;
  base::MonotonicTime next_files_;
  bool queues_known_ = true;
};

base::Result<Configuration> Configure(const config::Values& options) {
  Configuration out;
  out.pool_files = options.Strings("pool_files");
  out.pools = options.Strings("pools");
  out.timeout = options.Duration("timeout");
  out.procfs = options.String("procfs");
  out.ping_path = options.String("ping_path");
  if (options.IsSetInFile("status_path")) out.status_path = options.String("status_path");
  out.pool.full = options.Bool("full");
  out.pool.per_process = options.Bool("per_process");
  out.pool.fix_process_count = options.Bool("fix_process_count");
  out.pool.slow_after = options.Duration("slow_request_after");
  out.pool.stuck_after = options.Duration("stuck_request_after");
  if (options.Bool("opcache")) out.pool.cache_script = options.String("opcache_script");
  if (!out.pool.full && (out.pool.per_process || out.pool.fix_process_count)) {
    return base::Invalid("per_process and fix_process_count need full: true");
  }
  const std::string& address = options.String("address");
  out.one_pool = !address.empty();
  if (!out.one_pool) return out;
  PoolTarget& target = out.configured;
  ASSIGN_OR_RETURN(target.listen, net::ParseTargetAddress(address, 9000));
  target.name = options.String("pool");
  target.status_path = options.String("status_path");
  target.ping_path = out.ping_path;
  if (const std::string& status = options.String("status_address"); !status.empty()) {
    ASSIGN_OR_RETURN(target.status_listen, net::ParseTargetAddress(status, 9000));
    target.has_status_listen = true;
  }
  return out;
}

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  ASSIGN_OR_RETURN(Configuration configuration, Configure(options));
  return std::unique_ptr<collect::Collector>(std::make_unique<PhpFpm>(std::move(configuration), environment));
}

}  // namespace

constinit const collect::CollectorSpec kSpec = {
    .name = "phpfpm",
    .help = "The pools of PHP-FPM: workers, queues, requests, OPcache and APCu.",
    .job = "phpfpm",
    .options = kOptions,
    .metrics = kMetrics,
    .make = Make,
    .discover = Discover,
};

}  // namespace bekci::exporters::phpfpm
