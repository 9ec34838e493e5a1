// BtrfsVolume: what /sys/fs/btrfs/<uuid> says of one btrfs file system: its label, its space per kind of block (data,
// metadata, system) and per profile (single, raid1 ...), its devices.
//
// Profiles and devices come and go while the file system is mounted, so their directories are listed every round.
// Thread rule: one thread at a time.
#pragma once

#include <string>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {

class BtrfsVolume {
 public:
  struct Layout {
    std::string profile;
    double used_bytes = 0, size_bytes = 0;
    double ratio = 0;  // bytes on devices per byte stored; 0: a profile not known here
  };
  struct Allocation {
    std::string_view kind;
    double reserved_bytes = 0;
    std::vector<Layout> layouts;
  };
  struct Device {
    std::string name;
    double size_bytes = 0;
  };

  BtrfsVolume(AttributeReader& reader, const std::string& directory, const std::string& name);

  // Reads all anew. What is not there is empty or 0. Errors: those of its directories and files; what was read before
  // the error counts.
  base::Status Read();

  const std::string& uuid() const { return uuid_; }
  const std::string& label() const { return label_; }
  double global_reserve_bytes() const { return global_reserve_bytes_; }
  const std::vector<Allocation>& allocations() const { return allocations_; }
  const std::vector<Device>& devices() const { return devices_; }

 private:
  base::Status ReadDevices();
  base::Status ReadAllocation(Allocation* allocation);
  base::Result<double> ReadNumber(const std::string& below);

  AttributeReader& reader_;
  const std::string directory_, name_;
  std::string uuid_, label_;
  double global_reserve_bytes_ = 0;
  std::vector<Allocation> allocations_;
  std::vector<Device> devices_;
};

}  // namespace bekci::exporters::host
