// btrfs: space and devices of mounted btrfs file systems, from /sys/fs/btrfs and from the file systems themselves.
//
// Errors and unused bytes per device are in no file: they are asked of the file system through a mount point of it.
// Where that is refused (a container that does not see the mounts), sizes come from sysfs and the rest is left out, as
// in node_exporter.
#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_table.h"
#include "exporters/host/btrfs_volume.h"
#include "exporters/host/device_list.h"
#include "exporters/host/mount_table.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInfo = {"node_btrfs_info", MetricType::kGauge, "Filesystem information", "label,uuid"};
constexpr MetricSpec kReserve = {"node_btrfs_global_rsv_size_bytes", MetricType::kGauge, "Size of global reserve.",
                                 "uuid"};
constexpr MetricSpec kReserved = {"node_btrfs_reserved_bytes", MetricType::kGauge,
                                  "Amount of space reserved for a data type", "block_group_type,uuid"};
constexpr MetricSpec kUsed = {"node_btrfs_used_bytes", MetricType::kGauge, "Amount of used space by a layout/data type",
                              "block_group_type,mode,uuid"};
constexpr MetricSpec kSize = {"node_btrfs_size_bytes", MetricType::kGauge,
                              "Amount of space allocated for a layout/data type", "block_group_type,mode,uuid"};
constexpr MetricSpec kRatio = {"node_btrfs_allocation_ratio", MetricType::kGauge,
                               "Data allocation ratio for a layout/data type", "block_group_type,mode,uuid"};
constexpr MetricSpec kDeviceSize = {"node_btrfs_device_size_bytes", MetricType::kGauge,
                                    "Size of a device that is part of the filesystem.", "device,btrfs_dev_uuid,uuid"};
constexpr MetricSpec kSysfsDeviceSize = {"node_btrfs_device_size_bytes", MetricType::kGauge,
                                         "Size of a device that is part of the filesystem.", "device,uuid"};
constexpr MetricSpec kDeviceUnused = {"node_btrfs_device_unused_bytes", MetricType::kGauge,
                                      "Unused bytes unused on a device that is part of the filesystem.",
                                      "device,btrfs_dev_uuid,uuid"};
constexpr MetricSpec kDeviceErrors = {"node_btrfs_device_errors_total", MetricType::kCounter,
                                      "Errors reported for the device", "type,device,btrfs_dev_uuid,uuid"};
constexpr const MetricSpec* kMetrics[] = {&kInfo,  &kReserve,    &kReserved,     &kUsed,        &kSize,
                                          &kRatio, &kDeviceSize, &kDeviceUnused, &kDeviceErrors};

// In the order of BtrfsDevice::errors.
constexpr std::string_view kErrorTypes[] = {"write", "read", "flush", "corruption", "generation"};

constexpr size_t kMaxOpen = 4;  // the files of a volume are opened for each look: there are few, and they change

class Btrfs : public Part {
 public:
  explicit Btrfs(const HostEnvironment& environment)
      : environment_(environment),
        list_(environment.fs, environment.clock, environment.Sys("fs/btrfs")),
        reader_(environment.fs, kMaxOpen),
        mounts_(environment.fs, environment.Proc("1/mounts")),
        own_mounts_(environment.fs, environment.Proc("mounts")) {}

  // Without btrfs nothing is reported, and node_exporter calls that a success.
  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) {
      volumes_.clear();
      return changed.status().code() == base::Code::kNoData ? base::OkStatus() : changed.status();
    }
    if (*changed) Rebuild();
    if (volumes_.empty()) return base::OkStatus();
    const std::vector<BtrfsFileSystem> mounted = AskMounted();
    base::Status status;
    for (BtrfsVolume& volume : volumes_) {
      base::Status one = volume.Read();
      if (one.ok()) Emit(volume, mounted, sink);
      KeepFirst(&status, std::move(one));
    }
    return status;
  }

 private:
  // Beside the volumes there is "features".
  void Rebuild() {
    volumes_.clear();
    for (const std::string& name : list_.names()) {
      if (name.find('-') != std::string::npos) volumes_.emplace_back(reader_, list_.Path(name), name);
    }
  }

  // Each file system that a mount point leads to, once.
  std::vector<BtrfsFileSystem> AskMounted() {
    std::vector<BtrfsFileSystem> found;
    auto text = mounts_.Read();
    if (!text.ok()) text = own_mounts_.Read();
    if (!text.ok()) return found;
    std::vector<Mount> mounts;
    size_t malformed = 0;
    ParseMounts(*text, &mounts, &malformed);
    std::set<std::string> devices;
    for (const Mount& mount : mounts) {
      if (mount.fs_type != "btrfs" || devices.contains(mount.device)) continue;
      const std::string point = StripRootfs(environment_.rootfs, mount.mount_point);
      auto answer = environment_.calls.QueryBtrfs(
          environment_.Root(std::string_view(point).substr(point.starts_with('/') ? 1 : 0)));
      if (!answer.ok()) continue;  // another mount of it may be reachable
      devices.insert(mount.device);
      found.push_back(std::move(*answer));
    }
    return found;
  }

  static void Emit(const BtrfsVolume& volume, const std::vector<BtrfsFileSystem>& mounted, FamilySink& sink) {
    sink.Add(kInfo, {volume.label(), volume.uuid()}, 1);
    sink.Add(kReserve, {volume.uuid()}, volume.global_reserve_bytes());
    for (const BtrfsVolume::Allocation& allocation : volume.allocations()) {
      sink.Add(kReserved, {allocation.kind, volume.uuid()}, allocation.reserved_bytes);
      for (const BtrfsVolume::Layout& layout : allocation.layouts) {
        sink.Add(kUsed, {allocation.kind, layout.profile, volume.uuid()}, layout.used_bytes);
        sink.Add(kSize, {allocation.kind, layout.profile, volume.uuid()}, layout.size_bytes);
        sink.Add(kRatio, {allocation.kind, layout.profile, volume.uuid()}, layout.ratio);
      }
    }
    const auto asked = std::find_if(mounted.begin(), mounted.end(),
                                    [&](const BtrfsFileSystem& one) { return one.uuid == volume.uuid(); });
    if (asked != mounted.end()) {
      EmitDevices(*asked, sink);
      return;
    }
    for (const BtrfsVolume::Device& device : volume.devices()) {
      sink.Add(kSysfsDeviceSize, {device.name, volume.uuid()}, device.size_bytes);
    }
  }

  static void EmitDevices(const BtrfsFileSystem& file_system, FamilySink& sink) {
    for (const BtrfsDevice& device : file_system.devices) {
      const std::string name = LabelText(device.path.substr(device.path.rfind('/') + 1));
      sink.Add(kDeviceSize, {name, device.uuid, file_system.uuid}, static_cast<double>(device.total_bytes));
      sink.Add(kDeviceUnused, {name, device.uuid, file_system.uuid},
               static_cast<double>(device.total_bytes - device.used_bytes));
      for (size_t i = 0; i < std::size(kErrorTypes); ++i) {
        sink.Add(kDeviceErrors, {kErrorTypes[i], name, device.uuid, file_system.uuid},
                 static_cast<double>(device.errors[i]));
      }
    }
  }

  const HostEnvironment& environment_;
  DeviceList list_;
  AttributeReader reader_;
  base::RereadFile mounts_, own_mounts_;
  std::vector<BtrfsVolume> volumes_;
};

}  // namespace

extern const PartSpec kBtrfs;
constinit const PartSpec kBtrfs = {
    .name = "btrfs",
    .help = "Space and devices of mounted btrfs file systems.",
    .metrics = kMetrics,
    .make = MakePart<Btrfs>,
};

}  // namespace bekci::exporters::host
