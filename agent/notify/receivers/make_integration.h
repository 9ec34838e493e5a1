// MakeIntegration: the medium that an entry of a receiver asks for, by the name of its kind.
//
// Thread rule: any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "agent/notify/receivers/integration.h"
#include "agent/notify/receivers/parts.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::receivers {

// `parts` outlives it. Errors: invalid, "alertmanager.yml:14: ...": what cannot work whatever comes, such as an URL
// that is none; unavailable, where this host lacks what the medium needs.
base::Result<std::unique_ptr<Integration>> MakeIntegration(const routing::IntegrationConfig& config,
                                                           const Parts& parts);

// All kinds there are, sorted: whose metrics stand at 0 before anything was sent.
std::vector<std::string_view> IntegrationKinds();

}  // namespace bekci::notify::receivers
