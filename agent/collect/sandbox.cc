#include "agent/collect/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>
#include <string>

#include "agent/base/file_system.h"
#include "agent/collect/neighbours.h"

namespace bekci::collect {
namespace {

constexpr uint64_t kReadRights = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr uint64_t kTruncate = 1ull << 14;  // ABI 3; newer than Debian 12's kernel headers
constexpr int kLargeBlock = 1 << 20;        // bytes; a page of scrapes larger than this is mapped on its own

int LandlockAbi() {
  return static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

// What a ruleset of this ABI takes away where no rule gives it back. READ_DIR is left alone: names are no secret, and a
// rule cannot allow the listing of a directory without allowing all below it.
uint64_t HandledRights(int abi) {
  uint64_t rights = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
                    LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                    LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
  if (abi >= 3) rights |= kTruncate;
  return rights;
}

// A path that cannot be opened (gone meanwhile, no permission) cannot be read by the worker either.
void AllowBeneath(int ruleset, const std::string& path, uint64_t rights) {
  const int fd = open(path.c_str(), O_PATH | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = rights;
  rule.parent_fd = fd;
  (void)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  close(fd);
}

void Check(int result, const char* what, base::Logger& log) {
  if (result != 0) log.Warn("collection worker is less confined", {{"error", base::FromErrno(errno, what).message()}});
}

[[noreturn]] void OnOutOfMemory() {
  static constexpr char kLine[] = "collection worker: out of memory under its limit\n";
  (void)!write(STDERR_FILENO, kLine, sizeof kLine - 1);
  _exit(kOutOfMemoryExit);
}

void LimitMemory(uint64_t bytes, base::Logger& log) {
  mallopt(M_ARENA_MAX, 2);  // an arena per thread would cost more than the few locks it saves
  // Large pages come from the kernel and go back to it. Left alone, glibc raises these bounds to the largest page ever
  // freed, and from then on the heap keeps holes of that size.
  mallopt(M_MMAP_THRESHOLD, kLargeBlock);
  mallopt(M_TRIM_THRESHOLD, 2 * kLargeBlock);
  const rlimit no_core{0, 0};
  Check(setrlimit(RLIMIT_CORE, &no_core), "setrlimit RLIMIT_CORE", log);
  std::set_new_handler(OnOutOfMemory);
  if (kSanitized || bytes == 0) return;
  const rlimit data{bytes, bytes};
  Check(setrlimit(RLIMIT_DATA, &data), "setrlimit RLIMIT_DATA", log);
}

void RaiseOomScore(base::Logger& log) {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, "700", 3) != 3) {
    log.Debug("collection worker keeps its OOM score", {{"error", base::FromErrno(errno, "oom_score_adj").message()}});
  }
  if (fd >= 0) close(fd);
}

void CloseInherited(int keep_fd, base::Logger& log) {
  const auto keep = static_cast<unsigned>(keep_fd);
  if (keep > 3) Check(close_range(3, keep - 1, 0), "close_range", log);
  Check(close_range(keep + 1, ~0u, 0), "close_range", log);
}

}  // namespace

bool HasLandlock() {
  return LandlockAbi() >= 1;
}

base::Status HideDirectory(const std::string& directory) {
  if (!HasLandlock()) return base::Unavailable("the kernel has no Landlock");
  std::string mounts;
  base::RealFileSystem fs;
  RETURN_IF_ERROR(fs.ReadFile("/proc/self/mounts", &mounts));
  const std::vector<Neighbour> neighbours = NeighboursOf(directory, mounts);
  if (neighbours.empty()) return base::Invalid("cannot hide " + directory);

  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = HandledRights(LandlockAbi());
  const auto ruleset =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0));
  if (ruleset < 0) return base::FromErrno(errno, "landlock_create_ruleset");
  for (const Neighbour& neighbour : neighbours) AllowBeneath(ruleset, neighbour.path, kReadRights);
  AllowBeneath(ruleset, "/dev", kReadRights | LANDLOCK_ACCESS_FS_WRITE_FILE);
  const long result = syscall(SYS_landlock_restrict_self, ruleset, 0);
  const int error_number = errno;
  close(ruleset);
  return result == 0 ? base::OkStatus() : base::FromErrno(error_number, "landlock_restrict_self");
}

void ConfineProcess(int keep_fd, uint64_t memory_limit_bytes, const std::string& hidden_directory, base::Logger& log) {
  // The core ends the worker. A terminal's or a service manager's signal to the whole group must not look like a crash.
  for (const int number : {SIGINT, SIGHUP, SIGPIPE, SIGTERM}) signal(number, SIG_IGN);
  Check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl PR_SET_PDEATHSIG", log);
  RaiseOomScore(log);
  CloseInherited(keep_fd, log);
  LimitMemory(memory_limit_bytes, log);
  Check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl PR_SET_NO_NEW_PRIVS", log);
  if (hidden_directory.empty()) return;
  if (base::Status hidden = HideDirectory(hidden_directory); !hidden.ok()) {
    log.Debug("collection worker can see the state directory", {{"error", hidden.message()}});
  }
}

}  // namespace bekci::collect
