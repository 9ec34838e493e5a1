// Misbehaving: a collector that counts its rounds and, once its trigger file exists, does what no collector may.
//
// A folder brings the name of its counter and the deed; everything else is here:
//
//     void Deed() { std::abort(); }
//     constexpr collect::MetricSpec kRounds = RoundsMetric("bekci_test_crash_rounds_total");
//     constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};
//     ...
//     const collect::CollectorSpec kSpec = MisbehavingSpec<kRounds, Deed>("crash", "For tests: ...", kMetrics);
//
// Thread rule: as Collector.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "agent/collect/collector.h"
#include "tests/support/collectors/trigger.h"

namespace bekci::exporters {

constexpr collect::MetricSpec RoundsMetric(std::string_view name) {
  return {name, model::MetricType::kCounter, "Collections so far."};
}

template <const collect::MetricSpec& kRounds, void (&Deed)()>
class Misbehaving : public collect::Collector {
 public:
  Misbehaving(const config::Values& options, const collect::Environment& environment)
      : trigger_(options, environment) {}

  base::Status Collect(const collect::CollectContext&, collect::FamilySink& sink) override {
    sink.Add(kRounds, static_cast<double>(++rounds_));
    if (trigger_.Pulled()) Deed();
    return base::OkStatus();
  }

  static base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                                const collect::Environment& environment) {
    return std::unique_ptr<collect::Collector>(std::make_unique<Misbehaving>(options, environment));
  }

 private:
  const Trigger trigger_;
  uint64_t rounds_ = 0;
};

template <const collect::MetricSpec& kRounds, void (&Deed)()>
constexpr collect::CollectorSpec MisbehavingSpec(std::string_view name, std::string_view help,
                                                 std::span<const collect::MetricSpec* const> metrics) {
  return {.name = name,
          .help = help,
          .job = "test",
          .options = kTriggerOptions,
          .metrics = metrics,
          .make = Misbehaving<kRounds, Deed>::Make};
}

}  // namespace bekci::exporters
