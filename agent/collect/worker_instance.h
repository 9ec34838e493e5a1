// WorkerInstance: one configured collector as it lives in the worker, with its sinks.
//
// Whole rounds have one sink. A filtered scrape (collect[]=cpu) has one of its own, so that it does not make the whole
// round's sink forget its series; the few filters that scrapers really use keep theirs, others take turns.
//
// Thread rule: Make from the worker's main thread before the first Run; Run from one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/status.h"
#include "agent/collect/collection.h"
#include "agent/collect/collector.h"
#include "agent/collect/family_sink.h"
#include "agent/collect/round_assembler.h"
#include "agent/collect/round_writer.h"

namespace bekci::collect {

// Checks the options of `config` and builds its collector. Errors begin with their place ("bekci.yml:3: "), where one
// is known: invalid with one line for each mistake; what the collector itself says; not_found for a collector that this
// build lacks.
base::Result<std::unique_ptr<Collector>> MakeCollector(const InstanceConfig& config, const Environment& environment);

// Calls the collector; what it throws becomes a status of code internal.
base::Status CallCollector(Collector& collector, const CollectContext& context, FamilySink& sink);

class WorkerInstance {
 public:
  struct Request {
    uint64_t id = 0;
    CollectContext context;
  };

  WorkerInstance(uint64_t slot, InstanceConfig config, const Environment& environment);

  uint64_t slot() const { return slot_; }
  const InstanceConfig& config() const { return config_; }

  // Builds the collector unless it is there.
  base::Status Make();

  // Collects and writes the round. Errors: unavailable when the core is gone.
  base::Status Run(const Request& request, RoundWriter& writer);
  // Writes a round that did not take place.
  base::Status Refuse(const Request& request, const base::Status& status, RoundWriter& writer) const;

 private:
  struct Stream {
    std::string filter;
    FamilySink sink;
    uint64_t schema_id = 0;  // 0: the core knows none
    uint64_t used = 0;       // number of the run that used it last
  };
  // 0 for whole rounds, else the stream of this filter: the one that had it or the one unused for longest.
  uint32_t StreamFor(const CollectContext& context);
  base::Status CheckLimits(const FamilySink::Output& output) const;

  const uint64_t slot_;
  const InstanceConfig config_;
  const Environment environment_;
  std::unique_ptr<Collector> collector_;
  std::array<std::unique_ptr<Stream>, 1 + kFilteredStreams> streams_;
  uint64_t runs_ = 0;
  uint64_t last_schema_id_ = 0;
};

}  // namespace bekci::collect
