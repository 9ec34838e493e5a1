// Whether the cache script may be run: FPM runs whatever file it is told, as the pool's user, so a file that somebody
// else could have written must never be named to it.
//
// Thread rule: pure but for the file system.
#pragma once

#include <string>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::exporters::phpfpm {

// OK when `path` is absolute and it and every directory above it belong to root, nobody else may write there, and none
// is a symbolic link. Errors: not_found (the script is not installed), denied (with what is wrong and how to mend it),
// invalid (not an absolute path).
base::Status CheckCacheScript(base::FileSystem& fs, const std::string& path);

}  // namespace bekci::exporters::phpfpm
