// The mount table: /proc/<pid>/mounts as fstab(5) describes its lines, and which file systems may hang.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bekci::exporters::host {

struct Mount {
  std::string device;
  std::string mount_point;  // unescaped: "/mnt/my disk"
  std::string fs_type;
  bool read_only = false;
};

// Appends the mounts of `text` to `out` in order; `malformed` counts lines that are none. A mount that stands twice
// (same device, mount point and type) is kept once: the first, as node_exporter does.
void ParseMounts(std::string_view text, std::vector<Mount>* out, size_t* malformed);

// Whether statfs on this type asks only this kernel and so returns at once. Everything else (nfs, cifs, ceph, fuse and
// types not known here) may wait for a server or a process that does not answer.
bool AnswersLocally(std::string_view fs_type);

// The mount point as the host sees it when its root is mounted at `rootfs`: "/host/var" is "/var" below "/host".
std::string StripRootfs(std::string_view rootfs, std::string_view mount_point);

}  // namespace bekci::exporters::host
