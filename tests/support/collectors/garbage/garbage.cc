// A collector whose memory error writes into the wrong descriptor: the socket to the core.
#include <unistd.h>

#include <string>

#include "agent/collect/collector.h"
#include "tests/support/collectors/trigger.h"

namespace bekci::exporters::garbage {
namespace {

constexpr collect::MetricSpec kRounds = {"bekci_test_garbage_rounds_total", model::MetricType::kCounter,
                                         "Collections so far."};
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

// Where the worker has its end of the socket pair.
constexpr int kSocket = 3;

class Garbler : public collect::Collector {
 public:
  Garbler(const config::Values& options, const collect::Environment& environment) : trigger_(options, environment) {}

  base::Status Collect(const collect::CollectContext&, collect::FamilySink& sink) override {
    sink.Add(kRounds, static_cast<double>(++rounds_));
    if (trigger_.Pulled()) Misbehave();
    return base::OkStatus();
  }

 private:
  static void Misbehave() {
    const std::string garbage(4096, static_cast<char>(0xfe));
    (void)!write(kSocket, garbage.data(), garbage.size());
  }

  const Trigger trigger_;
  uint64_t rounds_ = 0;
};

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  return std::unique_ptr<collect::Collector>(std::make_unique<Garbler>(options, environment));
}

}  // namespace

extern const collect::CollectorSpec kSpec;
const collect::CollectorSpec kSpec = {
    .name = "garbage",
    .help = "For tests: writes garbage to the core when told to.",
    .job = "test",
    .options = kTriggerOptions,
    .metrics = kMetrics,
    .make = Make,
};

}  // namespace bekci::exporters::garbage
