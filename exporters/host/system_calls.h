// SystemCalls: what the host's parts ask the kernel outside of files. procfs and sysfs come through base::FileSystem
// and so can be a captured tree; these calls cannot, hence this seam, which lets the golden host answer them as well.
//
// Thread rule: any thread; implementations hold no state.
#pragma once

#include <sys/statfs.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "agent/base/status.h"
#include "exporters/host/btrfs_query.h"

namespace bekci::exporters::host {

// The local time zone at one moment: "CET", 3600 (seconds east of UTC).
struct TimeZone {
  std::string name;
  int64_t offset_seconds = 0;
};

// Sockets by TCP state as the kernel numbers them (1 = established ... 12 = new_syn_recv), and their queues.
struct TcpCounts {
  std::array<uint64_t, 13> sockets_in_state{};
  uint64_t receive_queue_bytes = 0;
  uint64_t send_queue_bytes = 0;
};

class SystemCalls {
 public:
  virtual ~SystemCalls() = default;
  virtual base::Status Uname(struct utsname* out) = 0;
  // Reads the kernel's clock discipline. The returned clock state (TIME_OK ... TIME_ERROR) goes to `state`.
  virtual base::Status Adjtimex(struct timex* out, int* state) = 0;
  // May block for as long as a dead network mount does: call it where that is survivable.
  virtual base::Status StatFs(const std::string& path, struct statfs* out) = 0;
  virtual uint64_t PageSizeBytes() = 0;
  virtual TimeZone LocalTimeZone(int64_t unix_seconds) = 0;
  // Adds the TCP sockets of both address families through netlink's sock_diag. O(sockets + the kernel's table).
  virtual base::Status CountTcpSockets(TcpCounts* counts) = 0;
  // Devices of the btrfs file system that is mounted there.
  virtual base::Result<BtrfsFileSystem> QueryBtrfs(const std::string& mount_point) = 0;
};

// The running kernel. One object for the process.
SystemCalls& RealSystemCalls();

}  // namespace bekci::exporters::host
