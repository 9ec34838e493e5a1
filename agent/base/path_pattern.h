// Paths by shell patterns: "/etc/php/*/fpm/pool.d/*.conf".
//
// Source: glob(7), through fnmatch(3) and a FileSystem.
// Thread rule: any thread.
#pragma once

#include <string>
#include <vector>

#include "agent/base/file_system.h"

namespace bekci::base {

// Whether something in the path is to be matched.
bool IsPathPattern(const std::string& path);

// The paths that match, in the order of their names, at most `limit` for each part of the path. A hidden file needs a
// dot in the pattern. Parts without a pattern are taken as they are: what comes after the last pattern may not exist.
std::vector<std::string> MatchPaths(FileSystem& fs, const std::string& pattern, size_t limit);

}  // namespace bekci::base
