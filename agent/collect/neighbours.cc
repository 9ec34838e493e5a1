#include "agent/collect/neighbours.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>

#include "agent/base/file_system.h"
#include "agent/base/text.h"

namespace bekci::collect {
namespace {

constexpr char kMounts[] = "/proc/self/mounts";
constexpr unsigned kUniqueMount = 0x4000;  // STATX_MNT_ID_UNIQUE; newer than Debian 12's headers

bool IsNetworkFileSystem(std::string_view type) {
  static constexpr std::string_view kPrefixes[] = {"nfs",  "cifs", "smb",       "fuse.",  "9p",
                                                   "ceph", "afs",  "glusterfs", "lustre", "ncp"};
  return std::ranges::any_of(kPrefixes, [type](std::string_view prefix) { return type.starts_with(prefix); });
}

std::set<std::string> NetworkMounts(const std::string& mounts) {
  std::set<std::string> found;
  base::LineReader lines(mounts);
  for (std::string_view line; lines.Next(&line);) {
    base::FieldReader fields(line);
    (void)fields.Next();
    const std::string_view point = fields.Next();
    if (IsNetworkFileSystem(fields.Next())) found.insert(std::string(point));
  }
  return found;
}

// The directory itself, resolved; empty when it cannot be hidden.
std::filesystem::path Resolve(const std::string& directory) {
  std::error_code error;
  std::filesystem::path resolved = std::filesystem::weakly_canonical(directory, error);
  if (error || !resolved.is_absolute() || resolved == resolved.root_path()) return {};
  return resolved;
}

constexpr int64_t Nanoseconds(int64_t seconds, int64_t nanoseconds) {
  return seconds * 1'000'000'000 + nanoseconds;
}

// Two changes in one tick of the kernel's clock (at most 10 ms) leave the same time, so a young one is not believed.
bool IsYoung(int64_t modified_ns) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const int64_t age_ns = Nanoseconds(now.tv_sec, now.tv_nsec) - modified_ns;
  return age_ns >= 0 && age_ns < 20'000'000;
}

bool EveryoneMayWrite(const struct stat& directory) {
  return (directory.st_mode & S_IWOTH) != 0;
}

bool EveryoneMayWrite(const std::filesystem::path& directory) {
  struct stat info {};
  return stat(directory.c_str(), &info) == 0 && EveryoneMayWrite(info);
}

// What asks no server and mounts nothing. Where even this fails the path alone has to do.
Neighbour Identify(std::string path) {
  Neighbour neighbour;
  struct statx info {};
  const int how = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  if (statx(AT_FDCWD, path.c_str(), how, STATX_INO | STATX_BTIME | STATX_MNT_ID | kUniqueMount, &info) == 0) {
    neighbour.device = uint64_t{info.stx_dev_major} << 32 | info.stx_dev_minor;
    neighbour.inode = info.stx_ino;
    neighbour.born_ns = Nanoseconds(info.stx_btime.tv_sec, info.stx_btime.tv_nsec);
    neighbour.mount = info.stx_mnt_id;
  }
  neighbour.path = std::move(path);
  return neighbour;
}

}  // namespace

std::vector<Neighbour> NeighboursOf(const std::string& directory, const std::string& mounts) {
  const std::filesystem::path hidden = Resolve(directory);
  const std::set<std::string> network = NetworkMounts(mounts);
  std::vector<Neighbour> neighbours;
  std::filesystem::path above = hidden.root_path();
  for (const std::filesystem::path& next : hidden.relative_path()) {
    if (next.empty()) continue;
    const bool is_public = EveryoneMayWrite(above);
    std::error_code error;
    for (auto it = std::filesystem::directory_iterator(above, error);
         !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
      if (it->path().filename() == next || network.contains(it->path().string())) continue;
      neighbours.push_back(Identify(it->path().string()));
      neighbours.back().public_directory = is_public;
    }
    above /= next;
  }
  std::sort(neighbours.begin(), neighbours.end());
  return neighbours;
}

std::vector<std::string> PublicDirectoriesAbove(const std::string& directory) {
  std::vector<std::string> found;
  for (std::filesystem::path above = Resolve(directory); above.has_relative_path();) {
    above = above.parent_path();
    if (EveryoneMayWrite(above)) found.push_back(above.string());
  }
  return found;
}

std::string FirstNew(const std::vector<Neighbour>& before, const std::vector<Neighbour>& now, bool in_public_too) {
  auto known = before.begin();
  for (const Neighbour& neighbour : now) {
    if (neighbour.public_directory && !in_public_too) continue;
    known = std::lower_bound(known, before.end(), neighbour);
    if (known == before.end() || *known != neighbour) return neighbour.path;
  }
  return {};
}

NeighbourWatch::NeighbourWatch(std::string directory)
    : directory_(std::move(directory)), mounts_fd_(directory_.empty() ? -1 : open(kMounts, O_RDONLY | O_CLOEXEC)) {
  Aim();
}

NeighbourWatch::~NeighbourWatch() {
  if (mounts_fd_ >= 0) close(mounts_fd_);
}

void NeighbourWatch::Aim() {
  above_.clear();
  if (!watches()) return;
  for (std::filesystem::path above = Resolve(directory_); above.has_relative_path();) {
    above = above.parent_path();
    above_.push_back({above.string(), 0, 0, 0});
  }
  (void)DirectoriesMoved();
}

// The kernel's sign that the mount table is another than at the last call.
bool NeighbourWatch::MountsMoved() const {
  pollfd table{mounts_fd_, POLLPRI, 0};
  return mounts_fd_ >= 0 && poll(&table, 1, 0) > 0 && (table.revents & (POLLPRI | POLLERR)) != 0;
}

// True when one of the directories above is another or has other entries than last time.
bool NeighbourWatch::DirectoriesMoved() {
  bool moved = false;
  for (Seen& seen : above_) {
    struct stat info {};
    if (stat(seen.path.c_str(), &info) != 0 || EveryoneMayWrite(info)) continue;
    Seen now{seen.path, info.st_dev, info.st_ino, Nanoseconds(info.st_mtim.tv_sec, info.st_mtim.tv_nsec)};
    if (IsYoung(now.modified_ns)) now.modified_ns = 0;
    moved = moved || now != seen || now.modified_ns == 0;
    seen = std::move(now);
  }
  return moved;
}

bool NeighbourWatch::Changed(base::MonotonicTime now) {
  if (!watches()) return false;
  const bool mounts_moved = MountsMoved();
  const bool moved = DirectoriesMoved() || mounts_moved;
  if (moved && !moving_since_) moving_since_ = now;
  if (!moving_since_ || (moved && now - *moving_since_ < kSettle)) return false;
  moving_since_.reset();
  return true;
}

std::vector<Neighbour> NeighbourWatch::Look() {
  if (!watches()) return {};
  (void)MountsMoved();
  Aim();
  moving_since_.reset();
  std::string mounts;
  base::RealFileSystem fs;
  // Without the table nothing is known of network mounts; then it is better to look at nothing.
  if (!fs.ReadFile(kMounts, &mounts).ok()) return {};
  return NeighboursOf(directory_, mounts);
}

}  // namespace bekci::collect
