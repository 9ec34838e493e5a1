// FileWatch: sleeps until something changes in some directories, a time has passed, or somebody wakes it.
//
// inotify on the directories, not on the files: people replace files by rename, and a file may not be there yet. A
// directory that cannot be watched is simply not: whoever watches looks again now and then anyway.
// Thread rule: Wake from any thread, the rest from one.
#pragma once

#include <set>
#include <string>

#include "agent/base/clock.h"

namespace bekci::client {

class FileWatch {
 public:
  FileWatch();
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // From now on these directories and no others.
  void Watch(const std::set<std::string>& directories);
  // True when something changed in them; false after `patience` or a Wake. Several changes in a row are one.
  bool Wait(base::Duration patience);
  void Wake();

 private:
  int wake_fd_ = -1;
  int inotify_fd_ = -1;
};

}  // namespace bekci::client
