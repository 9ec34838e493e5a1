// QueryBtrfs: the devices of a btrfs file system, their space and errors, through ioctls on one of its directories.
//
// Source: linux/btrfs.h. BTRFS_IOC_FS_INFO gives the highest device number; numbers of removed devices answer ENODEV.
// Thread rule: pure.
#include "exporters/host/btrfs_query.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bekci::exporters::host {
namespace {

constexpr uint64_t kMaxDeviceNumber = 4096;

// The 16 bytes as 8-4-4-4-12 hexadecimal digits.
std::string FormatUuid(const unsigned char* bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

base::Result<BtrfsDevice> QueryDevice(int fd, uint64_t number) {
  btrfs_ioctl_dev_info_args info{};
  info.devid = number;
  if (ioctl(fd, BTRFS_IOC_DEV_INFO, &info) != 0) return base::FromErrno(errno, "BTRFS_IOC_DEV_INFO");
  btrfs_ioctl_get_dev_stats stats{};
  stats.devid = number;
  stats.nr_items = BTRFS_DEV_STAT_VALUES_MAX;
  if (ioctl(fd, BTRFS_IOC_GET_DEV_STATS, &stats) != 0) {
    // A device of which there are no statistics is an error, unlike a number without a device.
    return base::Unavailable(base::FromErrno(errno, "BTRFS_IOC_GET_DEV_STATS").message());
  }
  BtrfsDevice device;
  const char* path = reinterpret_cast<const char*>(info.path);
  device.path.assign(path, strnlen(path, sizeof info.path));
  device.uuid = FormatUuid(info.uuid);
  device.total_bytes = info.total_bytes;
  device.used_bytes = info.bytes_used;
  static_assert(BTRFS_DEV_STAT_WRITE_ERRS == 0 && BTRFS_DEV_STAT_GENERATION_ERRS == 4);  // the order of `errors`
  std::copy_n(stats.values, device.errors.size(), device.errors.begin());
  return device;
}

base::Result<BtrfsFileSystem> QueryOpen(int fd) {
  btrfs_ioctl_fs_info_args info{};
  if (ioctl(fd, BTRFS_IOC_FS_INFO, &info) != 0) return base::FromErrno(errno, "BTRFS_IOC_FS_INFO");
  BtrfsFileSystem found;
  found.uuid = FormatUuid(info.fsid);
  for (uint64_t number = 0; number <= std::min<uint64_t>(info.max_id, kMaxDeviceNumber); ++number) {
    auto device = QueryDevice(fd, number);
    if (!device.ok() && device.status().code() == base::Code::kNotFound) continue;
    if (!device.ok()) return std::move(device).status();
    found.devices.push_back(std::move(*device));
  }
  return found;
}

}  // namespace

base::Result<BtrfsFileSystem> QueryBtrfs(const std::string& mount_point) {
  const int fd = open(mount_point.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return base::FromErrno(errno, "open " + mount_point);
  auto found = QueryOpen(fd);
  close(fd);
  if (!found.ok()) return std::move(found).status().WithContext(mount_point);
  return found;
}

}  // namespace bekci::exporters::host
