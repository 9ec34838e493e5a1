// A configuration as the commands that look at one see it: loaded, and every collector of it built once.
//
// `bekci run` leaves the building to its worker, which refuses what cannot be built at start and at reload; a command
// that only looks has no worker, and would otherwise call a file good that the agent then refuses.
// Thread rule: pure but for the files that the configuration names.
#pragma once

#include "agent/app/settings.h"

namespace bekci::app::commands {

// Errors: as LoadSettings, and invalid with a line for each instance that cannot be built.
base::Result<Settings> LoadBuildableSettings(base::FileSystem& fs, const SettingsInput& input);

}  // namespace bekci::app::commands
