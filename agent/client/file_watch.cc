#include "agent/client/file_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>

namespace bekci::client {
namespace {

// Whoever writes a file makes several events of it; what comes within this time is one change.
constexpr int kSettleMs = 50;
constexpr uint32_t kEvents = IN_CREATE | IN_DELETE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

void Drain(int fd) {
  alignas(8) char buffer[4096];
  while (read(fd, buffer, sizeof buffer) > 0) {
  }
}

}  // namespace

FileWatch::FileWatch() : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

FileWatch::~FileWatch() {
  if (inotify_fd_ >= 0) close(inotify_fd_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

void FileWatch::Watch(const std::set<std::string>& directories) {
  if (inotify_fd_ >= 0) close(inotify_fd_);
  inotify_fd_ = -1;
  if (directories.empty()) return;
  inotify_fd_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  for (const std::string& directory : directories) (void)inotify_add_watch(inotify_fd_, directory.c_str(), kEvents);
}

bool FileWatch::Wait(base::Duration patience) {
  pollfd fds[] = {{wake_fd_, POLLIN, 0}, {inotify_fd_, POLLIN, 0}};
  const auto count = static_cast<nfds_t>(inotify_fd_ >= 0 ? 2 : 1);
  const int64_t ms = std::clamp<int64_t>(base::ToMillis(patience) + 1, 0, 3'600'000);
  (void)poll(fds, count, static_cast<int>(ms));
  if ((fds[0].revents & POLLIN) != 0) {
    Drain(wake_fd_);
    return false;
  }
  if (count < 2 || (fds[1].revents & POLLIN) == 0) return false;
  (void)poll(fds, 1, kSettleMs);  // a Wake ends it, and is seen at the next Wait
  Drain(inotify_fd_);
  return true;
}

void FileWatch::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_fd_, &one, sizeof one);
}

}  // namespace bekci::client
