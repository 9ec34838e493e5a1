// BadSectors: another file system, on a disk that cannot read some pages of some files any more. For tests.
//
// Reads of such a page fail with EIO; in a mapping it is a true SIGBUS (a page of an empty file lies there), which
// page_faults.h has to meet. Pages can go bad at any time, also under mappings that are open, and recover: at once
// where nobody touched them, else for those who map the file anew. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/file_system.h"

namespace bekci::base {

class BadSectors : public FileSystem {
 public:
  static constexpr uint64_t kPageBytes = 4096;

  explicit BadSectors(FileSystem& base) : base_(base), state_(std::make_shared<State>()) {}

  void Break(const std::string& path, uint64_t page);
  void Repair();

  Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override;
  Result<std::unique_ptr<const MappedFile>> Map(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path, bool append) override {
    return base_.OpenWrite(path, append);
  }
  Result<std::unique_ptr<InPlaceFile>> OpenInPlace(const std::string& path) override { return base_.OpenInPlace(path); }
  Result<std::vector<std::string>> ListDirectory(const std::string& path) override { return base_.ListDirectory(path); }
  Result<FileInfo> Stat(const std::string& path) override { return base_.Stat(path); }
  Result<std::string> ReadLink(const std::string& path) override { return base_.ReadLink(path); }
  Status CreateDirectory(const std::string& path) override { return base_.CreateDirectory(path); }
  Status Rename(const std::string& from, const std::string& to) override { return base_.Rename(from, to); }
  Status Remove(const std::string& path) override { return base_.Remove(path); }
  Status SyncDirectory(const std::string& path) override { return base_.SyncDirectory(path); }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override { return base_.Lock(path); }

 private:
  class Reader;
  class Mapping;
  struct State {
    Mutex mutex;
    std::set<std::pair<std::string, uint64_t>> bad GUARDED_BY(mutex);  // path, page
    std::set<Mapping*> mappings GUARDED_BY(mutex);
  };

  FileSystem& base_;
  std::shared_ptr<State> state_;  // shared with open files
};

}  // namespace bekci::base
