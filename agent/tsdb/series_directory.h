// SeriesDirectory: from a series' identifier to the series, in pages, because identifiers are given in rising order and
// neighbours are looked up together.
//
// Thread rule: none of its own; the head's data lock guards it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/tsdb/head_series.h"

namespace bekci::tsdb {

class SeriesDirectory {
 public:
  HeadSeries* Find(SeriesId id) const {
    const uint64_t number = id / kPageSize;
    if (number != found_number_ || found_ == nullptr) {
      const auto page = pages_.find(number);
      if (page == pages_.end()) return nullptr;
      found_ = page->second.get();
      found_number_ = number;
    }
    return found_->series[id % kPageSize].get();
  }
  HeadSeries* Put(SeriesId id, std::unique_ptr<HeadSeries> series) {
    std::unique_ptr<Page>& page = pages_[id / kPageSize];
    if (page == nullptr) page = std::make_unique<Page>();
    ++page->used;
    ++count_;
    page->series[id % kPageSize] = std::move(series);
    return page->series[id % kPageSize].get();
  }
  std::unique_ptr<HeadSeries> Take(SeriesId id) {
    const auto page = pages_.find(id / kPageSize);
    if (page == pages_.end() || page->second->series[id % kPageSize] == nullptr) return nullptr;
    std::unique_ptr<HeadSeries> series = std::move(page->second->series[id % kPageSize]);
    --count_;
    if (--page->second->used == 0) {
      pages_.erase(page);
      found_ = nullptr;
    }
    return series;
  }
  size_t count() const { return count_; }

  // In rising order of identifiers.
  std::vector<HeadSeries*> All() const {
    std::vector<uint64_t> numbers;
    numbers.reserve(pages_.size());
    for (const auto& [number, page] : pages_) numbers.push_back(number);
    std::sort(numbers.begin(), numbers.end());
    std::vector<HeadSeries*> all;
    all.reserve(count_);
    for (const uint64_t number : numbers) {
      for (const auto& series : pages_.at(number)->series) {
        if (series != nullptr) all.push_back(series.get());
      }
    }
    return all;
  }

 private:
  static constexpr uint64_t kPageSize = 256;
  struct Page {
    std::array<std::unique_ptr<HeadSeries>, kPageSize> series;
    uint32_t used = 0;
  };

  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;
  // The page of the last look-up.
  mutable Page* found_ = nullptr;
  mutable uint64_t found_number_ = 0;
  size_t count_ = 0;
};

}  // namespace bekci::tsdb
