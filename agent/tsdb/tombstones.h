// Tombstones: what was deleted from a block without writing it anew: per series, intervals of time.
// Thread rule: immutable after reading.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/storage/samples.h"

namespace bekci::tsdb {

struct DeletedInterval {
  int64_t min_ms = 0;
  int64_t max_ms = 0;  // closed
};

class Tombstones {
 public:
  // A missing file is no tombstones. Errors: corrupt.
  static base::Result<Tombstones> Read(base::FileSystem& fs, const std::string& path);
  static base::Result<Tombstones> Parse(std::string_view bytes);
  static std::string EmptyFile();

  bool empty() const { return intervals_.empty(); }
  // Of one series, by time, not touching.
  std::span<const DeletedInterval> Of(uint64_t series_ref) const;
  uint64_t count() const { return count_; }

 private:
  std::map<uint64_t, std::vector<DeletedInterval>> intervals_;
  uint64_t count_ = 0;
};

// Removes the samples that lie in the intervals from the columns, beginning with `floats` and `histograms`.
void RemoveDeleted(std::span<const DeletedInterval> deleted, size_t floats, size_t histograms,
                   storage::Samples* samples);

}  // namespace bekci::tsdb
