// JournalFile: a pair of files that hold one growing list of records, in space that they own.
//
// Records are written in place into the current file, whose blocks were allocated beforehand, so that they find room on
// a disk that is full. When it has no room left, a snapshot of all that still counts is written into the other file,
// which becomes current the moment its header is durable. So there is always one whole file. JOURNAL.md draws the
// bytes.
//
// Invariants: a frame's check sum covers the file's generation and the frame's place, so nothing that stood in the file
// before can be taken for a record; frames begin at multiples of 8 bytes.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::base {

struct JournalDamage {
  uint64_t places = 0;  // runs of damaged bytes with good records after them
  uint64_t files = 0;   // headers that cannot be read where a file stood
};

class JournalFile {
 public:
  static constexpr uint64_t kInitialBytes = 256 * 1024;
  static constexpr uint64_t kMaxBytes = uint64_t{256} << 20;

  // Files `prefix`-0 and `prefix`-1, made when missing. `read` is called with every record in order. What is damaged
  // is passed over and counted. Errors: unavailable, denied, limit: the disk.
  static Result<std::unique_ptr<JournalFile>> Open(FileSystem& fs, const std::string& directory,
                                                   const std::string& prefix,
                                                   const std::function<void(std::string_view)>& read,
                                                   JournalDamage* damage);

  // Adds records, all or (as far as a reader is concerned) the first of them. `snapshot` is asked for the records that
  // say all that counts, these included, when the file is full or its disk failed. An error says that they are not on
  // the disk; the next call begins with a snapshot.
  using Snapshot = std::function<std::vector<std::string>()>;
  Status Append(const std::vector<std::string>& records, const Snapshot& snapshot);
  // What was appended survives a power loss.
  Status Sync();

  uint64_t used_bytes() const { return at_; }
  uint64_t reserved_bytes() const { return size_; }

 private:
  JournalFile(FileSystem& fs, std::string directory, std::string prefix)
      : fs_(fs), directory_(std::move(directory)), prefix_(std::move(prefix)) {}

  std::string PathOf(uint64_t generation) const;
  Status OpenFiles();
  Status WriteSnapshot(const std::vector<std::string>& records);

  FileSystem& fs_;
  const std::string directory_;
  const std::string prefix_;
  std::unique_ptr<InPlaceFile> files_[2];
  uint64_t generation_ = 0;  // of the current file; 0: there is none
  uint64_t tried_ = 0;       // generation of the last snapshot that was begun
  bool directory_synced_ = false;
  uint64_t at_ = 0;           // where the next frame goes
  uint64_t size_ = 0;         // of the current file
  bool must_rewrite_ = true;  // nothing is known to be whole behind at_
};

}  // namespace bekci::base
