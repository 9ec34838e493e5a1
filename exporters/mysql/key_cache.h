// KeyCache: what was made of a key that the server names in a row ("Com_select") is found again next round.
//
// The server lists its keys in the same order round after round, so the expected cost of a key is one comparison.
// Bounded: a server that is not what it should be cannot fill the memory.
// Thread rule: one thread at a time.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace bekci::exporters::mysql {

template <typename T>
class KeyCache {
 public:
  static constexpr size_t kMaxKeys = 20'000;

  void Rewind() { cursor_ = 0; }

  // What make(key) returned when the key was first seen; null when the cache is full.
  template <typename Make>
  T* Find(std::string_view key, Make&& make) {
    if (cursor_ < entries_.size() && entries_[cursor_].first == key) return &entries_[cursor_++].second;
    const auto [first, last] = by_hash_.equal_range(std::hash<std::string_view>{}(key));
    for (auto it = first; it != last; ++it) {
      if (entries_[it->second].first != key) continue;
      cursor_ = it->second + 1;
      return &entries_[it->second].second;
    }
    if (entries_.size() >= kMaxKeys) return nullptr;
    by_hash_.emplace(std::hash<std::string_view>{}(key), entries_.size());
    auto& entry = entries_.emplace_back(std::piecewise_construct, std::forward_as_tuple(key), std::tuple<>());
    make(&entry.second);
    cursor_ = entries_.size();
    return &entry.second;
  }

 private:
  std::deque<std::pair<std::string, T>> entries_;  // a deque: a T may point into itself
  std::unordered_multimap<size_t, size_t> by_hash_;
  size_t cursor_ = 0;
};

}  // namespace bekci::exporters::mysql
