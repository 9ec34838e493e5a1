// DeviceList: the devices of one class, by the names in a directory of sysfs or procfs, looked at every round.
//
// On a host without such devices the directory is not there, and a round costs the one system call that says so. Where
// it is there, what a part made of the devices (paths, kept descriptors) stays good until the names change; it is made
// anew every few minutes all the same, because a driver may add attributes to a device that is known already.
//
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::exporters::host {

class DeviceList {
 public:
  DeviceList(base::FileSystem& fs, base::Clock& clock, std::string directory)
      : fs_(fs), clock_(clock), directory_(std::move(directory)) {}

  // Lists anew; true when what was made of the names has to be made again. Errors: no_data when there is no such
  // directory; those of the listing otherwise.
  base::Result<bool> Refresh();

  const std::string& directory() const { return directory_; }
  const std::vector<std::string>& names() const { return names_; }  // sorted
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

 private:
  base::FileSystem& fs_;
  base::Clock& clock_;
  const std::string directory_;
  std::vector<std::string> names_;
  bool listed_ = false;
  base::MonotonicTime next_rebuild_;
};

}  // namespace bekci::exporters::host
