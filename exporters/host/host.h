// The host collector with its system calls handed in: what a test needs to ask a captured machine. The agent itself
// comes through kSpec, which uses the running kernel's.
#pragma once

#include <memory>

#include "agent/collect/collector.h"
#include "exporters/host/system_calls.h"

namespace bekci::exporters::host {

extern const collect::CollectorSpec kSpec;

// A host collector for `options` (checked against kSpec.options). `calls` outlives it.
// Errors: invalid for what the option table cannot check: unknown part names, filters that exclude each other.
base::Result<std::unique_ptr<collect::Collector>> MakeHost(const config::Values& options,
                                                           const collect::Environment& environment, SystemCalls& calls);

}  // namespace bekci::exporters::host
