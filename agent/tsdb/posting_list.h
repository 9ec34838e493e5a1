// PostingList: the series that have a certain label, as rising identifiers.
//
// Most labels of most hosts stand in one series, so a single identifier lives in the list itself.
// Thread rule: as its owner's.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "agent/tsdb/wal_records.h"

namespace bekci::tsdb {

class PostingList {
 public:
  PostingList() = default;
  PostingList(PostingList&& other) noexcept { *this = std::move(other); }
  PostingList& operator=(PostingList&& other) noexcept {
    std::swap(one_, other.one_);
    std::swap(many_, other.many_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~PostingList() { delete[] many_; }

  std::span<const SeriesId> ids() const { return {data(), size_}; }
  bool empty() const { return size_ == 0; }

  // Identifiers nearly always come in rising order; one that does not is put where it belongs.
  void Add(SeriesId id) {
    if (size_ > 0 && data()[size_ - 1] >= id) {
      SeriesId* const end = data() + size_;
      const auto at = static_cast<size_t>(std::lower_bound(data(), end, id) - data());
      if (data()[at] == id) return;
      Grow();
      std::memmove(data() + at + 1, data() + at, (size_ - at) * sizeof(SeriesId));
      data()[at] = id;
    } else {
      Grow();
      data()[size_] = id;
    }
    ++size_;
  }
  template <typename F>
  void RemoveIf(F&& gone) {
    size_ = static_cast<uint32_t>(std::remove_if(data(), data() + size_, gone) - data());
    if (size_ > 1 && size_ < capacity_ / 2) Resize(size_);
  }
  size_t heap_bytes() const { return many_ == nullptr ? 0 : capacity_ * sizeof(SeriesId) + 16; }

 private:
  const SeriesId* data() const { return many_ == nullptr ? &one_ : many_; }
  SeriesId* data() { return many_ == nullptr ? &one_ : many_; }
  void Grow() {
    const uint32_t capacity = many_ == nullptr ? 1 : capacity_;
    if (size_ == capacity) Resize(size_ < 4 ? 4 : size_ + size_ / 2);
  }
  void Resize(uint32_t capacity) {
    auto* bigger = new SeriesId[capacity];
    std::memcpy(bigger, data(), size_ * sizeof(SeriesId));
    delete[] many_;
    many_ = bigger;
    capacity_ = capacity;
  }

  SeriesId one_ = 0;
  SeriesId* many_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
};

}  // namespace bekci::tsdb
