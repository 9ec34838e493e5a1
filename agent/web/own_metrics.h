// OwnMetrics: what the agent says about itself, asked for by pages. Implemented in app/, which knows every part.
#pragma once

#include <span>

#include "agent/collect/collection.h"
#include "agent/collect/family_sink.h"

namespace bekci::web {

class OwnMetrics {
 public:
  virtual ~OwnMetrics() = default;
  // Fills the sink. `states`: every configured instance with its newest attempt. Called by one thread at a time.
  virtual void Collect(std::span<const collect::InstanceState> states, collect::FamilySink& sink) = 0;
};

}  // namespace bekci::web
