// The systemd part over a given bus: for tests, which cannot boot a systemd.
#pragma once

#include <memory>

#include "exporters/host/part.h"
#include "exporters/host/systemd_bus.h"

namespace bekci::exporters::host {

base::Result<std::unique_ptr<Part>> MakeSystemdPart(const HostEnvironment& environment, const config::Values& options,
                                                    std::unique_ptr<SystemdBus> bus);

}  // namespace bekci::exporters::host
