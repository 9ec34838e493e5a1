// A collector that allocates and touches memory without end.
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/collectors/misbehaving.h"

namespace bekci::exporters::hog {

extern const collect::CollectorSpec kSpec;

namespace {

constexpr collect::MetricSpec kRounds = RoundsMetric("bekci_test_hog_rounds_total");
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

void Deed() {
  constexpr size_t kPiece = 1 << 20;
  std::vector<std::unique_ptr<char[]>> pieces;
  while (true) {
    pieces.push_back(std::make_unique<char[]>(kPiece));
    std::memset(pieces.back().get(), 1, kPiece);
    // Fast enough for any limit, slow enough that supervision once a second saves the host that runs the test.
    std::this_thread::sleep_for(base::milliseconds(3));
  }
}

}  // namespace

constinit const collect::CollectorSpec kSpec =
    MisbehavingSpec<kRounds, Deed>("hog", "For tests: takes all memory when told to.", kMetrics);

}  // namespace bekci::exporters::hog
