// The parts of the redis collector, in the order in which they run: what cannot take long comes first.
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {

extern const PartSpec kSlowlogPart;
extern const PartSpec kLatencyPart;
extern const PartSpec kClusterPart;
extern const PartSpec kSentinelPart;
extern const PartSpec kClientsPart;
extern const PartSpec kSingleKeysPart;
extern const PartSpec kKeysPart;
extern const PartSpec kStreamsPart;
extern const PartSpec kCountKeysPart;

std::span<const PartSpec* const> AllParts() {
  static constexpr const PartSpec* kParts[] = {
      &kSlowlogPart,
      &kLatencyPart,
      &kClusterPart,
  };
  return kParts;
}

}  // namespace bekci::exporters::redis
