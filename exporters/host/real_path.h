// The real path of a file, with every symbolic link in it followed: sysfs tells what a device is by where it really is.
// Thread rule: pure function over a FileSystem.
#pragma once

#include <string>

#include "agent/base/file_system.h"

namespace bekci::exporters::host {

// `path` must be absolute. Errors: not_found when a component does not exist, limit after 40 links (a loop).
base::Result<std::string> RealPath(base::FileSystem& fs, const std::string& path);

}  // namespace bekci::exporters::host
