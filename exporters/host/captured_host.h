// CapturedHost: a machine in memory for tests: the file tree of tests/golden/host/web-1.tree, a clock that stands still
// and system calls with fixed answers. Every test gets a copy of its own and may damage it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "exporters/host/host.h"

namespace bekci::exporters::host {

class FixedCalls : public SystemCalls {
 public:
  base::Status Uname(struct utsname* out) override;
  base::Status Adjtimex(struct timex* out, int* state) override;
  base::Status StatFs(const std::string& path, struct statfs* out) override;
  uint64_t PageSizeBytes() override { return 4096; }
  TimeZone LocalTimeZone(int64_t) override { return {"CET", 3600}; }
  // The captured /proc/net/tcp is asked instead.
  base::Status CountTcpSockets(TcpCounts*) override { return base::Unavailable("no kernel here"); }
  base::Result<BtrfsFileSystem> QueryBtrfs(const std::string&) override { return base::Unavailable("no kernel here"); }
};

struct CapturedFile {
  std::string path;
  std::string content;
  std::string target;  // of a symbolic link; then there is no content
};

// The entries of the archive, read from the source tree. Aborts the test program when it is damaged.
const std::vector<CapturedFile>& CapturedFiles();
// The same of another archive of tests/golden: "devices/storage.tree".
std::vector<CapturedFile> ReadArchive(const std::string& name);

class CapturedHost {
 public:
  CapturedHost() : CapturedHost(CapturedFiles()) {}
  explicit CapturedHost(const std::vector<CapturedFile>& files);

  // A collector with these options (YAML). Parts that need more than files are off, the rest is on. `through`: a file
  // system in front of this host's.
  std::unique_ptr<collect::Collector> Make(const std::string& yaml = "", base::FileSystem* through = nullptr);
  // One round as a text page. `part`: only that one.
  static std::string Page(collect::Collector& collector, std::string_view part = {});
  // Make and Page of one part.
  std::string PageOf(std::string_view part);

  base::FakeClock clock;  // first: the file system stamps its files with it from the start
  base::MemoryFileSystem fs;
  base::CaptureLogger log;
  FixedCalls calls;
};

}  // namespace bekci::exporters::host
