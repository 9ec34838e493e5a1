// A collector that aborts the process, as a bug in a client library would.
#include <cstdlib>

#include "tests/support/collectors/misbehaving.h"

namespace bekci::exporters::crash {

extern const collect::CollectorSpec kSpec;

namespace {

constexpr collect::MetricSpec kRounds = RoundsMetric("bekci_test_crash_rounds_total");
constexpr const collect::MetricSpec* kMetrics[] = {&kRounds};

void Deed() {
  std::abort();
}

}  // namespace

constinit const collect::CollectorSpec kSpec =
    MisbehavingSpec<kRounds, Deed>("crash", "For tests: aborts when told to.", kMetrics);

}  // namespace bekci::exporters::crash
