// TemporaryDirectory: a fresh directory on the real disk, removed with all that is in it at the end of a test.
//
// The path is canonical: what looks at parents or mounts sees what the kernel sees. Thread rule: one thread.
#pragma once

#include <string>

namespace bekci {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace bekci
