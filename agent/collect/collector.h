// The Collector contract: all that a folder under exporters/ has to provide.
//
// A folder defines one `const CollectorSpec kSpec` in namespace bekci::exporters::<folder>. The build gathers them into
// AllCollectors(). From the spec come configuration checks, `bekci config docs`, HELP and TYPE lines and the metric
// table in the folder's README; from `make` comes one Collector per configured instance, which lives in the worker
// process.
//
// A collector may not: run programs, need root, sleep, listen, write files, or block beyond its context's deadline.
// Thread rule: one thread at a time calls one Collector; different instances run concurrently.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/byte_budget.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/status.h"
#include "agent/collect/discovery.h"
#include "agent/collect/family_sink.h"
#include "agent/config/option.h"

namespace bekci::collect {

// What a collector may touch of the outside world. Everything in it outlives the collector.
struct Environment {
  base::FileSystem* fs = nullptr;
  base::Clock* clock = nullptr;
  base::Logger* log = nullptr;
  base::ByteBudget* scrape_bodies = nullptr;  // of all pages that are being scraped; null: without bound
};

struct CollectContext {
  base::MonotonicTime deadline;  // give up and return timeout when it has come
  // Names of parts (as in node_exporter's collect[]= and exclude[]=) asked for and not wanted; both empty: everything.
  std::vector<std::string> only;
  std::vector<std::string> exclude;

  bool Wants(std::string_view part) const;
};

class Collector {
 public:
  virtual ~Collector() = default;
  // Fills the sink. kNoData means there is nothing of this kind here, which is fine; other errors mark the round
  // failed, and what was added before the error is still shown (a peer's own `*_up 0` for instance).
  virtual base::Status Collect(const CollectContext& context, FamilySink& sink) = 0;
};

enum class Freshness : unsigned char {
  kFresh,   // collected for each scrape of /metrics (single-flight), besides its own interval
  kCached,  // /metrics answers from the last round: quotas, heavy audits
};

struct CollectorSpec {
  std::string_view name;  // the key under collectors:, the folder, the label collector=
  std::string_view help;  // one sentence
  std::string_view job;   // the `job` label in the store: node, mysql, redis, ...
  Freshness freshness = Freshness::kFresh;
  bool on_by_default = false;  // runs without a collectors: section
  bool many_instances = true;  // false: at most one per host
  base::Duration interval = base::seconds(15);
  base::Duration deadline = base::seconds(5);
  std::span<const config::Option> options = {};  // its own; instance, interval, deadline are added to every collector
  std::span<const MetricSpec* const> metrics = {};  // for HELP/TYPE, docs and the README table
  // Names that collect[]= and exclude[]= know inside this collector (node_exporter's collectors for host); may be
  // empty.
  std::span<const std::string_view> parts = {};
  // Checks what the option table cannot and builds an instance. `options` was checked against the table. `bekci check
  // config` calls it too, to drop the result at once, so it may read local files that the options name, and that is
  // all: it opens no connection, starts no thread and does not wait; Collect does, within its deadline. Errors: an
  // option's mistake begins with `options.MarkOf(key).ToString() + ": "`; others get the place of the mapping.
  base::Result<std::unique_ptr<Collector>> (*make)(const config::Values& options,
                                                   const Environment& environment) = nullptr;
  // What there is of this kind on this host, for an agent without a configuration: local files and sockets, no more
  // than a few connections, back by the deadline. Null: this collector is not looked for.
  std::vector<Found> (*discover)(const Environment& environment, base::MonotonicTime deadline) = nullptr;
};

// Every collector of this build, sorted by name; never empty. Generated: a program links one of the tables that
// bekci_collector_table() makes (agent/cmake/collector.cmake).
std::span<const CollectorSpec* const> AllCollectors();
// Also finds the collector of scrape_configs' targets, which is in no list.
const CollectorSpec* FindCollector(std::string_view name);

}  // namespace bekci::collect
