// RequestSamples: what the requests of a pool cost, as histograms, from looking at its workers now and then.
//
// The status shows of each worker only its last request. Each of these is counted once, when it is first seen finished:
// at most one per worker and scrape. That is a sample of all requests, but one that grows as counters do, so rate() and
// histogram_quantile() work. A worker that was replaced by another of the same number begins anew.
//
// Invariant: remembers the workers of the last look, no others.
// Thread rule: one thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "agent/collect/family_sink.h"
#include "exporters/phpfpm/status_page.h"

namespace bekci::exporters::phpfpm {

class RequestSamples {
 public:
  // Requests whose URI is one of `ours` (bekci's own questions) are not counted.
  void Observe(std::span<const Worker> workers, std::span<const std::string_view> ours);
  void Emit(collect::FamilySink& sink, std::string_view pool, std::string_view scrape_uri) const;

 private:
  static constexpr size_t kMaxBuckets = 16;
  struct Histogram {
    std::array<uint64_t, kMaxBuckets> counts{};  // not cumulative; as the bounds, one more for +Inf
    double sum = 0;
    uint64_t count = 0;
    void Add(std::span<const double> bounds, double value);
    void Emit(collect::FamilySink& sink, const collect::MetricSpec& spec, std::span<const double> bounds,
              std::string_view pool, std::string_view scrape_uri) const;
  };

  bool looked_ = false;
  std::map<uint64_t, double> counted_;  // pid -> how many requests it had served at the last one that was counted
  Histogram duration_;
  Histogram memory_;
};

}  // namespace bekci::exporters::phpfpm
