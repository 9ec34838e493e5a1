// A collector whose memory error writes into the wrong descriptor: the socket to the core.
#include <unistd.h>

#include <string>

#include "tests/support/collectors/misbehaving.h"

namespace bekci::exporters::garbage {

extern const collect::CollectorSpec kSpec;

namespace {

constexpr collect::MetricSpec kRounds = RoundsMetric("bekci_test_garbage_rounds_total");
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

// Where the worker has its end of the socket pair.
constexpr int kSocket = 3;

void Deed() {
  const std::string garbage(4096, static_cast<char>(0xfe));
  (void)!write(kSocket, garbage.data(), garbage.size());
}

}  // namespace

constinit const collect::CollectorSpec kSpec =
    MisbehavingSpec<kRounds, Deed>("garbage", "For tests: writes garbage to the core when told to.", kMetrics);

}  // namespace bekci::exporters::garbage
