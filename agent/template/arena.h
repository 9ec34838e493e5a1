// Arena: memory that is handed out in one direction and given back all at once.
//
// A parsed template and the values of one expansion are many small things with one lifetime. Bumping a pointer makes
// each of them cheap, and counting the bytes bounds what a template can use: the arena never refuses (so nobody has to
// check a pointer), it says exceeded(), which the execution looks at between its steps. What a single allocation may
// ask for is bounded by its callers.
//
// Holds only what needs no destructor. Thread rule: one owner.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bekci::templates {

class Arena {
 public:
  // `first` is memory of the caller that is used up before any is asked for; it outlives the arena.
  explicit Arena(size_t limit_bytes, std::span<std::byte> first = {})
      : limit_(limit_bytes), next_(first.data()), end_(first.data() + first.size()) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  template <typename T>
  std::span<T> NewArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    T* const items = static_cast<T*>(Allocate(count * sizeof(T)));
    for (size_t i = 0; i < count; ++i) new (items + i) T();
    return {items, count};
  }
  template <typename T>
  T* New(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T))) T(value);
  }
  template <typename T>
  std::span<const T> Copy(const std::vector<T>& items) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (items.empty()) return {};
    T* const copy = static_cast<T*>(Allocate(items.size() * sizeof(T)));
    std::memcpy(static_cast<void*>(copy), items.data(), items.size() * sizeof(T));
    return {copy, items.size()};
  }
  std::string_view Copy(std::string_view text);

  // Counts bytes that are kept elsewhere because of this arena's owner.
  void Charge(size_t bytes) { used_ += bytes; }
  bool exceeded() const { return used_ > limit_; }
  size_t used_bytes() const { return used_; }

 private:
  static constexpr size_t kAlignment = alignof(std::max_align_t);

  void* Allocate(size_t size) {
    size = (size + kAlignment - 1) / kAlignment * kAlignment;
    used_ += size;
    if (size > static_cast<size_t>(end_ - next_)) return AllocateElsewhere(size);
    std::byte* const place = next_;
    next_ += size;
    return place;
  }
  void* AllocateElsewhere(size_t size);

  size_t limit_;
  size_t used_ = 0;
  std::byte* next_;
  std::byte* end_;
  size_t next_chunk_ = 1024;
  std::vector<std::unique_ptr<std::byte[]>> chunks_;
};

}  // namespace bekci::templates
