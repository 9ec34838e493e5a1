// Collection: the core's side of collecting. It owns the worker process, the schedule and the latest round of every
// instance. See DESIGN's table "who owns" (copied into agent/README.md): the worker only executes.
//
//   core                                              worker (same binary, `bekci worker`)
//   schedule, caps, page cache  --COLLECT-->          collectors, libraries, targets' bytes
//                               <--SCHEMA, VALUES, DONE--
//
// The worker is started by exec, never forked from the threaded core; it has its own memory limit and a high OOM score,
// inherits nothing but its end of a socket pair, and loses the state directory by Landlock. When it crashes it is
// replaced within 2 s (with back-off when it keeps crashing), when it hangs at deadline + 5 s, when it outgrows its
// limit at once; each is logged and counted by reason. While it is away pages are answered without its series.
//
// Thread rule: all public methods from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/collect/collector.h"
#include "agent/collect/targets.h"
#include "agent/config/node.h"
#include "agent/model/schema.h"

namespace bekci::collect {

// One configured instance of a collector.
struct InstanceConfig {
  std::string collector;
  std::string instance;  // the `instance` label
  base::Duration interval = base::seconds(15);
  base::Duration deadline = base::seconds(5);
  config::Node options;  // the collector's own mapping, already checked by the core; the worker checks again
  uint64_t max_series = 50'000;
  std::string base_directory;  // of the configuration file: relative secret files are looked up there
  // Of a target of scrape_configs, whose `instance` only tells it apart from others; null for all other instances.
  // Stays in the core.
  std::shared_ptr<const ScrapeTarget> target = nullptr;
};

// What is known of an instance: its last finished round and how it went.
struct InstanceState {
  const CollectorSpec* spec = nullptr;
  InstanceConfig config;                      // without its options: States are copied for every page
  std::shared_ptr<const model::Round> round;  // null before the first and when the last attempt brought nothing
  base::Status status;                        // of the last attempt; unavailable "not collected yet" before the first
  base::Timestamp at;                         // start of the last attempt
  base::Duration duration = {};               // of the last attempt
  uint64_t rounds = 0;                        // attempts so far
  std::optional<ScrapeCounts> counts = {};    // of the last attempt on a target; none: it was never sent out
};

// Called for every finished scheduled round, of targets too, from the reader thread.
class RoundSink {
 public:
  virtual ~RoundSink() = default;
  virtual void OnRound(const InstanceState& state) = 0;
  // The instance is no longer configured, and no round of it will come. Called by whoever reloads.
  virtual void OnRemoved(const InstanceConfig& /*config*/) {}
};

// What the pages being scraped at once may hold together: a quarter of the worker's memory by default, for what is made
// of a page (labels, slots) takes about as much again, and collectors need the rest. Thousands of ordinary targets (a
// page of 100 KiB lives for some milliseconds) stay far below; four targets that send 16 MiB each reach it.
inline constexpr uint64_t kDefaultScrapeMemory = 64 << 20;

struct CollectionOptions {
  bool single_process = false;  // collectors in this process: for debuggers
  // Started as: executable worker <worker_arguments> --fd N --memory-limit BYTES --threads N --scrape-memory BYTES
  // --hide DIRECTORY.
  std::string executable = "/proc/self/exe";
  std::vector<std::string> worker_arguments;  // after "worker": log level and format
  std::string state_directory;                // hidden from the worker by Landlock; empty: nothing to hide
  uint64_t worker_memory_limit_bytes = 256 << 20;
  size_t worker_threads = 4;
  uint64_t scrape_memory_bytes = kDefaultScrapeMemory;
};

struct WorkerStats {
  bool running = false;
  int pid = 0;
  uint64_t starts = 0;
  std::map<std::string, uint64_t> deaths;  // reason: crash, hang, memory, protocol -> count; all four always there
  uint64_t resident_bytes = 0;
  double cpu_seconds = 0;
  base::MonotonicTime last_answer = {};  // when a collection was answered last, well or not; 0: none was
};

// Which instances a page wants.
struct Selection {
  std::vector<std::string> only;     // collect[]=: collector names, or parts of a collector (host's "cpu")
  std::vector<std::string> exclude;  // exclude[]=
  std::string collector;             // /metrics/<collector>/<instance>: just that one
  std::string instance;
};

class Collection {
 public:
  virtual ~Collection() = default;  // stops the schedule, ends the worker

  // Instances now configured, with their last attempt; without targets. Sorted by collector, then instance.
  virtual std::vector<InstanceState> States() const = 0;
  // Targets now scraped, with their last attempt but without its round. In no order.
  virtual std::vector<InstanceState> TargetStates() const = 0;

  // The rounds for one page: fresh collectors are collected now (joining a collection in progress for the same
  // selection of parts), cached ones answer from their last round. Returns when all have answered or at `deadline`;
  // an instance that did not answer has status timeout or unavailable and no round.
  // Errors: not_found when a name in the selection is known to no collector ("did you mean"), or no such instance.
  virtual base::Result<std::vector<InstanceState>> Collect(const Selection& selection,
                                                           base::MonotonicTime deadline) = 0;

  // All or nothing: the worker prepares the new set and acknowledges, then it is committed. Unchanged instances keep
  // their state and schedule, and so do targets.
  virtual base::Status Reload(std::vector<InstanceConfig> instances) = 0;
  // The same for the targets: these are scraped from now on. One that cannot be built fails when it is scraped.
  virtual base::Status ReloadTargets(std::vector<InstanceConfig> targets) = 0;

  virtual WorkerStats worker() const = 0;
};

// Starts the worker and waits (at most 10 s) until it acknowledged the instances. Errors as Reload, or unavailable.
base::Result<std::unique_ptr<Collection>> StartCollection(CollectionOptions options,
                                                          std::vector<InstanceConfig> instances, base::Clock& clock,
                                                          base::Logger& log, RoundSink* sink);

// What the core passes to `bekci worker`. Words that are not the core's (worker_arguments) are kept in `rest`.
struct WorkerArguments {
  int fd = -1;
  uint64_t memory_limit_bytes = 0;
  size_t threads = 4;
  uint64_t scrape_memory_bytes = kDefaultScrapeMemory;
  std::string hidden_directory;
  std::vector<std::string> rest;
};
// `arguments` are those after "worker". Errors: invalid.
base::Result<WorkerArguments> ParseWorkerArguments(const std::vector<std::string>& arguments);

// The worker's main: `bekci worker --fd N`. Confines the process, then serves until the core's end of the socket
// closes. Call it before the process has started threads that should be confined as well. `log` is for what goes wrong
// before the core can be told; later lines travel to the core's logger. Ends the process itself when the core is gone.
int RunWorker(const WorkerArguments& arguments, base::Logger& log);

}  // namespace bekci::collect
