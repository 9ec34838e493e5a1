// What heartbeats say about themselves: beats sent, lost and withheld.
//
// Thread rule: a function without state.
#pragma once

#include <span>

#include "agent/collect/family_sink.h"
#include "agent/notify/wiring/pulse.h"

namespace bekci::app {

void WriteHeartbeatMetrics(std::span<const notify::wiring::PulseStats> heartbeats, collect::FamilySink& sink);

}  // namespace bekci::app
