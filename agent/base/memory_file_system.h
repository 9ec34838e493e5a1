// MemoryFileSystem: a whole file system in memory, for tests that must be fast, hermetic, and lose power.
//
// Every file remembers the content of its last Sync and every directory the entries of its last SyncDirectory. Crash()
// goes back to those: what a disk is allowed to do, at its worst. So a file whose data was synced but whose directory
// was not is gone, and a rename that was not followed by SyncDirectory did not happen. Open files do not survive.
//
// Symbolic links, "." and ".." work, so a sysfs tree can be laid out as the kernel does. Paths start at the root with
// or without a leading slash. Errors carry the codes of the real calls.
//
// Thread rule: any thread; a file object one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/random.h"

namespace bekci::base {

class MemoryFileSystem : public FileSystem {
 public:
  // Modification times come from `clock`; without one they are 0.
  explicit MemoryFileSystem(const Clock* clock = nullptr);
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<ReadableFile>> OpenRead(const std::string& path) override;
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

  // Fixtures: parents are made as needed, and all of it is durable at once. An existing file is replaced; files opened
  // before see the new content, as with procfs.
  void Put(const std::string& path, std::string_view content, uint32_t mode = 0644);
  void PutLink(const std::string& path, const std::string& target);

  // Power loss. With `random`, every file keeps a random part of what was appended since its last Sync (a torn tail),
  // or any of the sectors that were written in place.
  void Crash(Random* random = nullptr);

 private:
  struct Node;
  struct State;
  class Handle;
  class Reader;
  class Writer;
  class InPlace;
  class Claim;

  std::shared_ptr<State> state_;  // shared with open files, which may outlive this object
};

}  // namespace bekci::base
