// A collector that never returns and ignores its deadline.
#include <unistd.h>

#include "tests/support/collectors/misbehaving.h"

namespace bekci::exporters::hang {

extern const collect::CollectorSpec kSpec;

namespace {

constexpr collect::MetricSpec kRounds = RoundsMetric("bekci_test_hang_rounds_total");
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

void Deed() {
  while (true) pause();
}

}  // namespace

constinit const collect::CollectorSpec kSpec =
    MisbehavingSpec<kRounds, Deed>("hang", "For tests: never returns when told to.", kMetrics);

}  // namespace bekci::exporters::hang
