#include "agent/app/self_metrics.h"

#include <prometheus/registry.h>

#include "agent/app/build_info.h"
#include "agent/collect/prometheus_adapter.h"

namespace bekci::app {
namespace {

using collect::MetricSpec;
using model::MetricType;

constexpr MetricSpec kBuild = {"bekci_build_info", MetricType::kGauge,
                               "What this agent was built from; the value is always 1.",
                               "version,revision,branch,compiler,build_type,architecture"};
constexpr MetricSpec kReloadGood = {"bekci_config_last_reload_successful", MetricType::kGauge,
                                    "Whether the last configuration reload attempt was successful."};
constexpr MetricSpec kReloadTime = {"bekci_config_last_reload_success_timestamp_seconds", MetricType::kGauge,
                                    "Timestamp of the last successful configuration reload."};
constexpr MetricSpec kReloads = {"bekci_config_reloads_total", MetricType::kCounter,
                                 "Configuration reloads that were asked for.", "result"};
constexpr MetricSpec kLines = {"bekci_log_lines_total", MetricType::kCounter, "Log lines written.", "level"};
constexpr MetricSpec kLinesDropped = {"bekci_log_lines_dropped_total", MetricType::kCounter,
                                      "Log lines lost because nobody took them fast enough."};
constexpr MetricSpec kBugs = {"bekci_internal_bugs_total", MetricType::kCounter,
                              "States the agent met that its code says cannot be."};
constexpr MetricSpec kLeftOut = {"bekci_metrics_page_left_out_total", MetricType::kCounter,
                                 "Families and series left out of pages because they conflicted with others."};
constexpr MetricSpec kAccepted = {"bekci_http_connections_accepted_total", MetricType::kCounter,
                                  "Connections that clients opened."};
constexpr MetricSpec kDropped = {"bekci_http_connections_dropped_total", MetricType::kCounter,
                                 "Connections ended by the agent: limit (too many), slow (a deadline passed), bad "
                                 "(not HTTP, a body beyond its bound, or TLS failed).",
                                 "reason"};
constexpr MetricSpec kOpen = {"bekci_http_connections_open", MetricType::kGauge, "Connections open now."};

void WriteServer(const net::ServerStats& stats, collect::FamilySink& sink) {
  sink.Add(kAccepted, static_cast<double>(stats.accepted));
  sink.Add(kDropped, {"limit"}, static_cast<double>(stats.dropped_limit));
  sink.Add(kDropped, {"slow"}, static_cast<double>(stats.dropped_slow));
  sink.Add(kDropped, {"bad"}, static_cast<double>(stats.dropped_bad));
  sink.Add(kOpen, static_cast<double>(stats.open_connections));
}

void WriteBuild(collect::FamilySink& sink) {
  const BuildInfo& build = ThisBuild();
  sink.Add(kBuild, {build.version, build.revision, build.branch, build.compiler, build.build_type, build.architecture},
           1);
}

}  // namespace

SelfMetrics::SelfMetrics(base::FileSystem& fs, const ReloadState& reloads, base::Logger& log)
    : registry_(std::make_shared<prometheus::Registry>()),
      reloads_(reloads),
      log_(log),
      process_(fs, "/proc"),
      collectors_(std::make_unique<CollectorMetrics>(*registry_)) {}

SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::Collect(std::span<const collect::InstanceState> states, collect::FamilySink& sink) {
  base::MutexLock lock(mutex_);
  for (const collect::InstanceState& state : states) collectors_->Observe(state);
  collectors_->Retain(states);
  WriteBuild(sink);
  process_.Collect(sink);
  WriteReloads(sink);
  WriteLog(sink);
  CollectorMetrics::WriteStates(states, sink);
  if (sources_.worker) CollectorMetrics::WriteWorker(sources_.worker(), sink);
  if (sources_.server) WriteServer(sources_.server(), sink);
  if (sources_.store) sources_.store(sink);
  if (sources_.rules) sources_.rules(sink);
  if (sources_.left_out_of_pages) sink.Add(kLeftOut, static_cast<double>(sources_.left_out_of_pages()));
  const base::Status added = collect::AddCollectable(*registry_, sink);
  if (!added.ok()) log_.Bug("the registry of the agent's own metrics cannot be read", {{"error", added.message()}});
}

void SelfMetrics::WriteLog(collect::FamilySink& sink) const {
  for (const base::LogLevel level :
       {base::LogLevel::kDebug, base::LogLevel::kInfo, base::LogLevel::kWarn, base::LogLevel::kError}) {
    sink.Add(kLines, {base::LogLevelName(level)}, static_cast<double>(log_.lines(level)));
  }
  sink.Add(kLinesDropped, static_cast<double>(log_.dropped()));
  sink.Add(kBugs, static_cast<double>(log_.bugs()));
}

void SelfMetrics::WriteReloads(collect::FamilySink& sink) const {
  const ReloadState::Snapshot reloads = reloads_.Get();
  sink.Add(kReloadGood, reloads.error.empty() ? 1 : 0);
  sink.Add(kReloadTime, static_cast<double>(reloads.last_success.ms) / 1000);
  sink.Add(kReloads, {"success"}, static_cast<double>(reloads.successes));
  sink.Add(kReloads, {"failure"}, static_cast<double>(reloads.failures));
}

}  // namespace bekci::app
