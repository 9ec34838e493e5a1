// SeriesTable: from the hash of a label set to the series that has it. Open addressing: 27 bytes a series.
//
// Thread rule: none of its own; the head's index lock guards it.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "agent/tsdb/head_series.h"

namespace bekci::tsdb {

class SeriesTable {
 public:
  // The series of this hash for which `same(series)` holds, or null.
  template <typename F>
  HeadSeries* Find(uint64_t hash, F&& same) const {
    if (slots_.empty()) return nullptr;
    for (size_t slot = hash & (slots_.size() - 1);; slot = (slot + 1) & (slots_.size() - 1)) {
      if (slots_[slot].series == nullptr) return nullptr;
      if (slots_[slot].hash == hash && same(*slots_[slot].series)) return slots_[slot].series;
    }
  }
  void Add(uint64_t hash, HeadSeries* series) {
    if ((count_ + 1) * 4 > slots_.size() * 3) Rebuild(count_ + 1, [](const HeadSeries&) { return true; });
    Put({hash, series});
  }
  template <typename F>
  void RemoveIf(F&& gone) {
    size_t kept = 0;
    for (const Slot& slot : slots_) kept += static_cast<size_t>(slot.series != nullptr && !gone(*slot.series));
    Rebuild(kept, [&](const HeadSeries& series) { return !gone(series); });
  }
  size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint64_t hash = 0;
    HeadSeries* series = nullptr;
  };
  void Put(Slot entry) {
    size_t slot = entry.hash & (slots_.size() - 1);
    while (slots_[slot].series != nullptr) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = entry;
    ++count_;
  }
  template <typename F>
  void Rebuild(size_t count, F&& keep) {
    size_t size = 64;
    while (size * 3 < count * 4 + 4) size *= 2;
    std::vector<Slot> before = std::exchange(slots_, std::vector<Slot>(size));
    count_ = 0;
    for (const Slot& slot : before) {
      if (slot.series != nullptr && keep(*slot.series)) Put(slot);
    }
  }

  std::vector<Slot> slots_;  // a power of two
  size_t count_ = 0;
};

}  // namespace bekci::tsdb
