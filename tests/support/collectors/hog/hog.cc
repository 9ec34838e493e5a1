// A collector that allocates and touches memory without end.
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "agent/collect/collector.h"
#include "tests/support/collectors/trigger.h"

namespace bekci::exporters::hog {
namespace {

constexpr collect::MetricSpec kRounds = {"bekci_test_hog_rounds_total", model::MetricType::kCounter,
                                         "Collections so far."};
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

class Hog : public collect::Collector {
 public:
  Hog(const config::Values& options, const collect::Environment& environment) : trigger_(options, environment) {}

  base::Status Collect(const collect::CollectContext&, collect::FamilySink& sink) override {
    sink.Add(kRounds, static_cast<double>(++rounds_));
    if (trigger_.Pulled()) Misbehave();
    return base::OkStatus();
  }

 private:
  void Misbehave() {
    constexpr size_t kPiece = 1 << 20;
    while (true) {
      pieces_.push_back(std::make_unique<char[]>(kPiece));
      std::memset(pieces_.back().get(), 1, kPiece);
      // Fast enough for any limit, slow enough that supervision once a second saves the host that runs the test.
      std::this_thread::sleep_for(base::milliseconds(3));
    }
  }

  std::vector<std::unique_ptr<char[]>> pieces_;
  const Trigger trigger_;
  uint64_t rounds_ = 0;
};

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  return std::unique_ptr<collect::Collector>(std::make_unique<Hog>(options, environment));
}

}  // namespace

extern const collect::CollectorSpec kSpec;
const collect::CollectorSpec kSpec = {
    .name = "hog",
    .help = "For tests: takes all memory when told to.",
    .job = "test",
    .options = kTriggerOptions,
    .metrics = kMetrics,
    .make = Make,
};

}  // namespace bekci::exporters::hog
