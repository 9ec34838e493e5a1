// A collector that aborts the process, as a bug in a client library would.
#include <cstdlib>

#include "agent/collect/collector.h"
#include "tests/support/collectors/trigger.h"

namespace bekci::exporters::crash {
namespace {

constexpr collect::MetricSpec kRounds = {"bekci_test_crash_rounds_total", model::MetricType::kCounter,
                                         "Collections so far."};
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

class Crasher : public collect::Collector {
 public:
  Crasher(const config::Values& options, const collect::Environment& environment) : trigger_(options, environment) {}

  base::Status Collect(const collect::CollectContext&, collect::FamilySink& sink) override {
    sink.Add(kRounds, static_cast<double>(++rounds_));
    if (trigger_.Pulled()) Misbehave();
    return base::OkStatus();
  }

 private:
  static void Misbehave() { std::abort(); }

  const Trigger trigger_;
  uint64_t rounds_ = 0;
};

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  return std::unique_ptr<collect::Collector>(std::make_unique<Crasher>(options, environment));
}

}  // namespace

extern const collect::CollectorSpec kSpec;
const collect::CollectorSpec kSpec = {
    .name = "crash",
    .help = "For tests: aborts when told to.",
    .job = "test",
    .options = kTriggerOptions,
    .metrics = kMetrics,
    .make = Make,
};

}  // namespace bekci::exporters::crash
