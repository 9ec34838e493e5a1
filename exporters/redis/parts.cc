// The parts of the redis collector, in the order in which they run: what can take long comes last.
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {

extern const PartSpec kSlowlogPart;
extern const PartSpec kLatencyPart;
extern const PartSpec kClusterPart;
extern const PartSpec kSentinelPart;
extern const PartSpec kClientsPart;
const PartSpec& KeysPartSpec();

std::span<const PartSpec* const> AllParts() {
  static const PartSpec* const kParts[] = {
      &kSlowlogPart, &kLatencyPart, &kClusterPart, &kSentinelPart, &kClientsPart, &KeysPartSpec(),
  };
  return kParts;
}

}  // namespace bekci::exporters::redis
