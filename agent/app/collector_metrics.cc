#include "agent/app/collector_metrics.h"

#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <set>

namespace bekci::app {
namespace {

using collect::MetricSpec;
using model::MetricType;

constexpr MetricSpec kSuccess = {"bekci_collector_success", MetricType::kGauge,
                                 "Whether the last collection of this instance succeeded.", "collector,instance"};
constexpr MetricSpec kLastDuration = {"bekci_collector_last_duration_seconds", MetricType::kGauge,
                                      "How long the last collection of this instance took.", "collector,instance"};
constexpr MetricSpec kLastTime = {"bekci_collector_last_collection_timestamp_seconds", MetricType::kGauge,
                                  "When the last collection of this instance began.", "collector,instance"};
constexpr MetricSpec kCollections = {"bekci_collector_collections_total", MetricType::kCounter,
                                     "Scheduled collections of this instance that were tried.", "collector,instance"};
constexpr MetricSpec kSeries = {"bekci_collector_series", MetricType::kGauge,
                                "Series in the last collection of this instance.", "collector,instance"};

constexpr MetricSpec kWorkerUp = {"bekci_worker_up", MetricType::kGauge, "Whether the collection worker is running."};
constexpr MetricSpec kWorkerStarts = {"bekci_worker_starts_total", MetricType::kCounter,
                                      "Times the collection worker was started."};
constexpr MetricSpec kWorkerDeaths = {"bekci_worker_deaths_total", MetricType::kCounter,
                                      "Times the collection worker ended or had to be ended.", "reason"};
constexpr MetricSpec kWorkerMemory = {"bekci_worker_resident_memory_bytes", MetricType::kGauge,
                                      "Resident memory of the collection worker."};
constexpr MetricSpec kWorkerCpu = {"bekci_worker_cpu_seconds_total", MetricType::kCounter,
                                   "CPU time of all collection workers so far."};

// Reasons that are always shown, so that the first death is an increase and not a new series.
constexpr std::string_view kReasons[] = {"crash", "hang", "memory", "protocol"};

const prometheus::Histogram::BucketBoundaries kDurationBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                                 0.1,    0.25,  0.5,    1,     2.5,  5,     10};

// An attempt older than the newest by more than this is not an old acquaintance: somebody has set the clock back.
constexpr base::Duration kClockSetBack = base::hours(1);

double SeriesOf(const model::Round& round) {
  size_t series = round.schema ? round.schema->series() : 0;
  for (const model::MetricFamily& family : round.extra) series += family.metrics.size();
  return static_cast<double>(series);
}

}  // namespace

struct CollectorMetrics::Families {
  prometheus::Family<prometheus::Histogram>& durations;
};

CollectorMetrics::CollectorMetrics(prometheus::Registry& registry)
    : families_(new Families{prometheus::BuildHistogram()
                                 .Name("bekci_collector_duration_seconds")
                                 .Help("How long collections took, scheduled ones and those for a page.")
                                 .Register(registry)}) {}

CollectorMetrics::~CollectorMetrics() = default;

void CollectorMetrics::Observe(const collect::InstanceState& state) {
  if (state.at.ms == 0) return;  // never tried
  {
    base::MutexLock lock(mutex_);
    base::Timestamp& seen = seen_[{state.config.collector, state.config.instance}];
    const bool clock_was_set_back = state.at < seen - kClockSetBack;
    if (state.at <= seen && !clock_was_set_back) return;
    seen = state.at;
  }
  families_->durations.Add({{"collector", state.config.collector}}, kDurationBounds)
      .Observe(base::ToSeconds(state.duration));
}

void CollectorMetrics::Retain(std::span<const collect::InstanceState> states) {
  std::set<std::pair<std::string, std::string>> configured;
  for (const collect::InstanceState& state : states) {
    configured.emplace(state.config.collector, state.config.instance);
  }
  base::MutexLock lock(mutex_);
  std::erase_if(seen_, [&](const auto& entry) { return !configured.contains(entry.first); });
}

void CollectorMetrics::WriteStates(std::span<const collect::InstanceState> states, collect::FamilySink& sink) {
  for (const collect::InstanceState& state : states) {
    const collect::FamilySink::Values labels = {state.config.collector, state.config.instance};
    sink.Add(kCollections, labels, static_cast<double>(state.rounds));
    if (state.at.ms == 0) continue;  // never tried
    const bool good = state.status.ok() || state.status.code() == base::Code::kNoData;
    sink.Add(kSuccess, labels, good ? 1 : 0);
    sink.Add(kLastDuration, labels, base::ToSeconds(state.duration));
    sink.Add(kLastTime, labels, static_cast<double>(state.at.ms) / 1000);
    sink.Add(kSeries, labels, state.round ? SeriesOf(*state.round) : 0);
  }
}

void CollectorMetrics::WriteWorker(const collect::WorkerStats& worker, collect::FamilySink& sink) {
  sink.Add(kWorkerUp, worker.running ? 1 : 0);
  sink.Add(kWorkerStarts, static_cast<double>(worker.starts));
  for (const std::string_view reason : kReasons) {
    const auto it = worker.deaths.find(std::string(reason));
    sink.Add(kWorkerDeaths, {reason}, it == worker.deaths.end() ? 0 : static_cast<double>(it->second));
  }
  for (const auto& [reason, count] : worker.deaths) {
    bool listed = false;
    for (const std::string_view known : kReasons) listed = listed || known == reason;
    if (!listed) sink.Add(kWorkerDeaths, {reason}, static_cast<double>(count));
  }
  sink.Add(kWorkerMemory, static_cast<double>(worker.resident_bytes));
  sink.Add(kWorkerCpu, worker.cpu_seconds);
}

}  // namespace bekci::app
