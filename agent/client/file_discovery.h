// FileDiscovery: target groups from files, as file_sd_configs name them.
//
// A file is a list of {targets: [...], labels: {...}}, YAML or JSON; every group gets the label __meta_filepath. A file
// that cannot be read or is wrong keeps the targets it gave before, since whoever writes it may be in the middle of it;
// a file that is gone takes its targets along.
//
// Source: Prometheus, discovery/file. Thread rule: one thread at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/client/target_groups.h"

namespace bekci::client {

// `path` names the format by its ending. Errors: invalid, "targets.yml:3: ...".
base::Result<std::vector<TargetGroup>> ParseTargetFile(std::string_view text, const std::string& path);

// Files that a pattern (FileSource::patterns) names now, sorted. A directory that cannot be listed has none.
std::vector<std::string> FilesOf(base::FileSystem& fs, const std::string& pattern);

// All patterns of some sources.
std::vector<std::string> PatternsOf(const std::vector<FileSource>& sources);
// The directories in which files may appear, change or go: what FileWatch is to watch.
std::set<std::string> DirectoriesOf(const std::vector<std::string>& patterns);

class FileDiscovery {
 public:
  explicit FileDiscovery(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  // Looks again. `problems` gets a line for each file that could not be read, every time.
  void Refresh(base::FileSystem& fs, std::vector<std::string>* problems);
  // All groups of all files.
  std::vector<TargetGroup> Groups() const;
  const std::vector<std::string>& patterns() const { return patterns_; }

 private:
  std::vector<std::string> patterns_;
  std::map<std::string, std::vector<TargetGroup>> by_file_;
};

}  // namespace bekci::client
