// WalFrames: how records stand in a file of the write-ahead log, so that damage costs only what it touches.
//
// The idea is leveldb's log: the file is cut into blocks of 32 KiB, and a record into fragments that do not cross
// blocks. What is ours: the header has a check of its own, so a damaged payload does not cost the record after it; the
// checksum also covers the file's number and the fragment's place, so neither a stale sector nor bytes that a target
// made to look like a fragment are ever taken for one; and where even a header is damaged the reader looks for the next
// fragment byte by byte, not for the next block. FORMAT.md draws it.
//
// Invariants: a fragment of a record never stands in two blocks; what is shorter than a header at the end of a block is
// zero. Thread rule: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/base/file_system.h"
#include "agent/base/status.h"

namespace bekci::tsdb {

inline constexpr size_t kWalBlockBytes = 32 * 1024;
inline constexpr size_t kWalFragmentHeaderBytes = 8;
inline constexpr size_t kWalFileHeaderBytes = 16;
// More than any commit: 2 million samples. A record that claims more was never written.
inline constexpr size_t kMaxWalRecordBytes = 64 << 20;

// The header that begins file `number`.
std::string WalFileHeader(uint32_t number);

// Appends to `out` the fragments of `record` as they stand in file `number` from `offset` on.
void AppendWalFrames(uint32_t number, uint64_t offset, std::string_view record, std::string* out);

// What a reader met that was not a record.
struct WalDamage {
  uint64_t places = 0;        // runs of damaged bytes with good records after them
  uint64_t bytes = 0;         // in those
  uint64_t torn_bytes = 0;    // after the last good record: what was being written when the power went
  uint64_t first_offset = 0;  // of the first of the places
};

class WalFrameReader {
 public:
  // `number` as in the file's name.
  WalFrameReader(std::unique_ptr<base::ReadableFile> file, uint32_t number);

  // The next whole record; false at the end. The view is good until the next call. Errors of reading the disk end the
  // file and stand in status().
  bool Next(std::string_view* record);
  // Complete once Next has returned false.
  const WalDamage& damage() const { return damage_; }
  const base::Status& status() const { return status_; }
  uint64_t offset() const { return block_start_ + at_; }

 private:
  struct Fragment {
    uint8_t type = 0;
    std::string_view payload;
  };
  enum class Header : uint8_t { kGood, kBad, kBeyondEnd };

  bool NextFragment(Fragment* fragment);
  bool LoadBlock();
  Header ReadHeader(size_t at, uint8_t* type, size_t* length) const;
  bool ChecksumFits(size_t at, size_t length) const;
  bool TakeAt(size_t at, Fragment* fragment);
  bool LengthIsTrusted(size_t at, size_t length) const;
  void SkipDamage();
  void Lose(size_t bytes);
  void SettleDamage();

  std::unique_ptr<base::ReadableFile> file_;
  const uint32_t number_;
  base::Status status_;
  WalDamage damage_;
  std::unique_ptr<char[]> buffer_;  // some blocks
  uint64_t buffer_start_ = 0;       // where they stand in the file
  size_t buffer_size_ = 0;
  bool at_end_ = false;
  uint64_t block_start_ = 0;  // of the current block, in the file
  std::string_view block_;    // shorter only at the end of the file
  size_t at_ = 0;             // in block_
  std::string record_;        // fragments so far
  bool in_record_ = false;
  uint64_t lost_bytes_ = 0;  // since the last good record, not yet known to be torn or damaged
  uint64_t lost_offset_ = 0;
};

}  // namespace bekci::tsdb
