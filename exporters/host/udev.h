// UdevDevice: what udev's database says of one block device (model, serial number, file system, device mapper).
//
// Source: /run/udev/data/b<major>:<minor>, lines "E:KEY=value". udev replaces the file when something changes, so it is
// read again only when its inode or time differs: one stat per round.
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agent/base/file_system.h"

namespace bekci::exporters::host {

class UdevDevice {
 public:
  explicit UdevDevice(std::string path) : path_(std::move(path)) {}
  // Looks whether the file changed. Without a file every property is empty.
  void Refresh(base::FileSystem& fs);
  // A property's value, or empty.
  std::string_view Get(std::string_view key) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  uint64_t inode_ = 0;
  int64_t mtime_ns_ = 0;
  std::map<std::string, std::string, std::less<>> properties_;
};

}  // namespace bekci::exporters::host
