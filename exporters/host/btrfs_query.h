// What a btrfs file system says of its devices when it is asked; SystemCalls hands the question on.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/status.h"

namespace bekci::exporters::host {

struct BtrfsDevice {
  std::string path;  // "/dev/sda1"; empty for a device that is missing
  std::string uuid;  // of the device
  uint64_t total_bytes = 0, used_bytes = 0;
  std::array<uint64_t, 5> errors{};  // write, read, flush, corruption, generation
};

struct BtrfsFileSystem {
  std::string uuid;
  std::vector<BtrfsDevice> devices;
};

// Asks the file system that is mounted at `mount_point`. Errors: those of opening and of the ioctls.
base::Result<BtrfsFileSystem> QueryBtrfs(const std::string& mount_point);

}  // namespace bekci::exporters::host
