// FaultyFileSystem: another file system, with faults as a test plans them.
//
// Every call through it or through a file it opened is an operation with a number, from 1. A test runs once to learn
// how many there are, then once for each number with that operation failing, and checks each time that nothing
// acknowledged was lost: "fail at call N, for every N". The idea is SQLite's and leveldb's I/O error tests.
//
//     for (uint64_t n = 1; ; ++n) {
//       FaultyFileSystem fs(memory);
//       fs.set_plan({.fail_at = n});
//       Work(fs);
//       if (fs.operations() < n) break;   // every operation had its turn
//     }
//
// Thread rule: any thread; with several, which operation gets which number is up to the scheduler.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"

namespace bekci::base {

struct FaultPlan {
  uint64_t fail_at = 0;            // number of the operation that fails; 0: none
  int error_number = EIO;          // what it fails with
  bool keep_failing = false;       // all later operations fail too: the disk is gone, not hiccuping
  bool tear_writes = false;        // a failing Append writes the first half of its data before it fails
  std::string path_contains = {};  // only operations on paths with this text are counted and fail
  std::optional<uint64_t> room =
      {};  // bytes by which files may still grow; then Append writes what fits and fails with ENOSPC
};

class FaultyFileSystem : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& base);

  // Replaces the plan and starts counting anew. Open files follow the new plan.
  void set_plan(FaultPlan plan);
  uint64_t operations() const;  // counted since the plan was set
  uint64_t failures() const;    // how many of them failed by plan

  Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override;
  Result<std::unique_ptr<const MappedFile>> Map(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> OpenWrite(const std::string& path, bool append) override;
  Result<std::unique_ptr<InPlaceFile>> OpenInPlace(const std::string& path) override;
  Result<std::vector<std::string>> ListDirectory(const std::string& path) override;
  Result<FileInfo> Stat(const std::string& path) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Status CreateDirectory(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

 private:
  class Faults;
  class Reader;
  class Writer;
  class InPlace;

  FileSystem& base_;
  std::shared_ptr<Faults> faults_;  // shared with open files
};

}  // namespace bekci::base
