// The flags of `bekci run` (and of the commands that show what it would do), with the names Prometheus and its
// exporters gave them, and what they say as overrides of the configuration file.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "agent/app/commands/flags.h"
#include "agent/app/settings.h"

namespace bekci::app::commands {

std::span<const Flag> RunFlags();

// Errors: invalid, where flags contradict each other.
base::Result<SettingsInput> InputFromFlags(const Arguments& arguments);

// A variable of this process's environment: for ${env:NAME} in secrets.
std::optional<std::string> ProcessEnvironment(const std::string& name);

// This host's name as it names instances: the kernel's, as node_exporter's users know it.
std::string HostName();

}  // namespace bekci::app::commands
