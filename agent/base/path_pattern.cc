#include "agent/base/path_pattern.h"

#include <fnmatch.h>

#include <utility>

#include "agent/base/text.h"

namespace bekci::base {

bool IsPathPattern(const std::string& path) {
  return path.find_first_of("*?[\\") != std::string::npos;
}

std::vector<std::string> MatchPaths(FileSystem& fs, const std::string& pattern, size_t limit) {
  std::vector<std::string> found = {pattern.starts_with('/') ? "/" : ""};
  for (const std::string_view part : Split(pattern, '/')) {
    if (part.empty()) continue;
    const std::string wanted(part);
    std::vector<std::string> next;
    for (const std::string& directory : found) {
      const std::string prefix = directory.empty() || directory == "/" ? directory : directory + "/";
      if (!IsPathPattern(wanted)) {
        next.push_back(prefix + wanted);
        continue;
      }
      const auto names = fs.ListDirectory(directory.empty() ? "." : directory);
      if (!names.ok()) continue;
      for (const std::string& name : *names) {
        if (next.size() < limit && fnmatch(wanted.c_str(), name.c_str(), FNM_PERIOD) == 0)
          next.push_back(prefix + name);
      }
    }
    found = std::move(next);
  }
  return found;
}

}  // namespace bekci::base
