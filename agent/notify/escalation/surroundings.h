// SurroundingsOf: what an escalation.yml can refer to, from the alertmanager.yml that it stands beside.
//
// Thread rule: functions without state.
#pragma once

#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::escalation {

Surroundings SurroundingsOf(const routing::AlertmanagerConfig& config);

// Whether a route may not speak at `at`.
bool IsRouteMuted(const routing::AlertmanagerConfig& config, const routing::Route& route, base::Timestamp at);

}  // namespace bekci::notify::escalation
