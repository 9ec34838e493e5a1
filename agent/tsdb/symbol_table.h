// SymbolTable: every string that the head's labels are made of, once, under a number.
//
// Label names and most values stand in thousands of series; a series keeps eight bytes per label instead of both
// strings. Strings are counted: when the last series that uses one is dropped its number may be given again.
// Thread rule: none of its own; the head's index lock guards it. A text is good until its symbol is released.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace bekci::tsdb {

using Symbol = uint32_t;

class SymbolTable {
 public:
  // The symbol of `text`, made when missing, with one use more.
  Symbol Acquire(std::string_view text);
  // One use less; with the last one the symbol and its text are gone.
  void Release(Symbol symbol);
  std::optional<Symbol> Find(std::string_view text) const;
  std::string_view Text(Symbol symbol) const { return {entries_[symbol].text.get(), entries_[symbol].size}; }

  size_t count() const { return used_; }
  size_t bytes() const;  // of memory, all told

 private:
  struct Entry {
    std::unique_ptr<char[]> text;
    uint32_t size = 0;
    uint32_t uses = 0;
  };
  static constexpr uint32_t kEmpty = UINT32_MAX;
  static constexpr uint32_t kDeleted = UINT32_MAX - 1;

  size_t SlotOf(std::string_view text) const;  // where it is, or the first free slot
  void Rehash();

  std::vector<Entry> entries_;
  std::vector<Symbol> free_;
  std::vector<uint32_t> slots_;  // open addressing, a power of two
  size_t used_ = 0;
  size_t deleted_ = 0;
  size_t text_bytes_ = 0;
};

}  // namespace bekci::tsdb
