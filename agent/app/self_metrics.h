// SelfMetrics: what the agent says about itself, on one prometheus-cpp registry and from snapshots of its parts.
//
// Event counters and histograms live in the registry (web and collectors add theirs); what is a state of some part is
// read when a page asks. process_* are those of the core. There are no runtime metrics: there is no runtime.
//
// Thread rule: any thread; set_sources before the first Collect.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "agent/app/collector_metrics.h"
#include "agent/app/process_metrics.h"
#include "agent/app/reload_state.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/collect/collection.h"
#include "agent/net/server.h"
#include "agent/web/own_metrics.h"

namespace prometheus {
class Registry;
}

namespace bekci::app {

// The parts that are asked. Each function may be empty: then its families are not shown.
struct SelfSources {
  std::function<collect::WorkerStats()> worker;
  std::function<net::ServerStats()> server;
  std::function<uint64_t()> left_out_of_pages;
  std::function<void(collect::FamilySink& sink)> store = {};
  std::function<void(collect::FamilySink& sink)> rules = {};
};

class SelfMetrics : public web::OwnMetrics, public collect::RoundSink {
 public:
  // Everything given outlives this.
  SelfMetrics(base::FileSystem& fs, const ReloadState& reloads, base::Logger& log);
  ~SelfMetrics() override;

  prometheus::Registry& registry() { return *registry_; }
  // Before the first page.
  void set_sources(SelfSources sources) { sources_ = std::move(sources); }

  void OnRound(const collect::InstanceState& state) override { collectors_->Observe(state); }
  void Collect(std::span<const collect::InstanceState> states, collect::FamilySink& sink) override EXCLUDES(mutex_);

 private:
  void WriteLog(collect::FamilySink& sink) const;
  void WriteReloads(collect::FamilySink& sink) const;

  base::Mutex mutex_;  // pages and the store ask
  const std::shared_ptr<prometheus::Registry> registry_;
  const ReloadState& reloads_;
  base::Logger& log_;
  SelfSources sources_;
  ProcessMetrics process_;
  std::unique_ptr<CollectorMetrics> collectors_;
};

}  // namespace bekci::app
