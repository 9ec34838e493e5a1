#include "exporters/phpfpm/request_samples.h"

#include <algorithm>
#include <limits>

#include "exporters/phpfpm/pool_metrics.h"

namespace bekci::exporters::phpfpm {
namespace {

// Pages of a shop take 10 ms to a few seconds; a checkout that waits for a marketplace up to a minute.
constexpr double kDurationBounds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
constexpr double kMebibyte = 1 << 20;
// FPM measures in steps of 2 MiB; memory_limit is 128 MiB by default.
constexpr double kMemoryBounds[] = {2 * kMebibyte,  4 * kMebibyte,   8 * kMebibyte,   16 * kMebibyte, 32 * kMebibyte,
                                    64 * kMebibyte, 128 * kMebibyte, 256 * kMebibyte, 512 * kMebibyte};

}  // namespace

void RequestSamples::Histogram::Add(std::span<const double> bounds, double value) {
  ++counts[static_cast<size_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin())];
  sum += value;
  ++count;
}

void RequestSamples::Histogram::Emit(collect::FamilySink& sink, const collect::MetricSpec& spec,
                                     std::span<const double> bounds, std::string_view pool,
                                     std::string_view scrape_uri) const {
  std::array<model::BoundValue, kMaxBuckets> buckets;
  uint64_t below = 0;
  for (size_t i = 0; i <= bounds.size(); ++i) {
    below += counts[i];
    const double bound = i < bounds.size() ? bounds[i] : std::numeric_limits<double>::infinity();
    buckets[i] = {bound, static_cast<double>(below)};
  }
  sink.AddHistogram(spec, {pool, scrape_uri}, std::span(buckets).first(bounds.size() + 1), sum,
                    static_cast<double>(count));
}

void RequestSamples::Observe(std::span<const Worker> workers, std::span<const std::string_view> ours) {
  std::map<uint64_t, double> counted;
  for (const Worker& worker : workers) {
    const auto known = counted_.find(worker.pid);
    const bool finished = worker.state == kIdle;
    // Of what was there before the first look only what still runs will be counted.
    double before = known != counted_.end() ? known->second : (looked_ ? 0 : worker.requests - (finished ? 0 : 1));
    if (before > worker.requests) before = 0;
    const bool is_ours = std::find(ours.begin(), ours.end(), worker.uri) != ours.end();
    if (finished && worker.requests > before) {
      if (!is_ours) {
        duration_.Add(kDurationBounds, worker.request_duration_us * 1e-6);
        memory_.Add(kMemoryBounds, worker.last_request_memory);
      }
      before = worker.requests;
    }
    counted[worker.pid] = before;
  }
  counted_ = std::move(counted);
  looked_ = true;
}

void RequestSamples::Emit(collect::FamilySink& sink, std::string_view pool, std::string_view scrape_uri) const {
  duration_.Emit(sink, kRequestDuration, kDurationBounds, pool, scrape_uri);
  memory_.Emit(sink, kRequestMemory, kMemoryBounds, pool, scrape_uri);
}

}  // namespace bekci::exporters::phpfpm
