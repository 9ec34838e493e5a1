#include "agent/tsdb/symbol_table.h"

#include <cstring>
#include <functional>

namespace bekci::tsdb {

size_t SymbolTable::SlotOf(std::string_view text) const {
  const size_t mask = slots_.size() - 1;
  size_t free_slot = SIZE_MAX;
  for (size_t slot = std::hash<std::string_view>{}(text)&mask;; slot = (slot + 1) & mask) {
    const uint32_t symbol = slots_[slot];
    if (symbol == kEmpty) return free_slot == SIZE_MAX ? slot : free_slot;
    if (symbol == kDeleted) {
      if (free_slot == SIZE_MAX) free_slot = slot;
    } else if (Text(symbol) == text) {
      return slot;
    }
  }
}

void SymbolTable::Rehash() {
  size_t size = 64;
  while (size < used_ * 2 + 2) size *= 2;
  slots_.assign(size, kEmpty);
  deleted_ = 0;
  for (Symbol symbol = 0; symbol < entries_.size(); ++symbol) {
    if (entries_[symbol].uses > 0) slots_[SlotOf(Text(symbol))] = symbol;
  }
}

Symbol SymbolTable::Acquire(std::string_view text) {
  if ((used_ + deleted_ + 1) * 4 > slots_.size() * 3) Rehash();
  const size_t slot = SlotOf(text);
  if (slots_[slot] < kDeleted) {
    ++entries_[slots_[slot]].uses;
    return slots_[slot];
  }
  if (slots_[slot] == kDeleted) --deleted_;
  Symbol symbol = 0;
  if (free_.empty()) {
    symbol = static_cast<Symbol>(entries_.size());
    entries_.emplace_back();
  } else {
    symbol = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[symbol];
  entry.text.reset(new char[text.size()]);
  if (!text.empty()) std::memcpy(entry.text.get(), text.data(), text.size());
  entry.size = static_cast<uint32_t>(text.size());
  entry.uses = 1;
  slots_[slot] = symbol;
  ++used_;
  text_bytes_ += text.size();
  return symbol;
}

void SymbolTable::Release(Symbol symbol) {
  Entry& entry = entries_[symbol];
  if (--entry.uses > 0) return;
  slots_[SlotOf(Text(symbol))] = kDeleted;
  ++deleted_;
  --used_;
  text_bytes_ -= entry.size;
  entry = {};
  free_.push_back(symbol);
}

std::optional<Symbol> SymbolTable::Find(std::string_view text) const {
  if (slots_.empty()) return std::nullopt;
  const uint32_t symbol = slots_[SlotOf(text)];
  return symbol < kDeleted ? std::optional<Symbol>(symbol) : std::nullopt;
}

size_t SymbolTable::bytes() const {
  constexpr size_t kAllocation = 16;  // what malloc adds, about
  return entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(uint32_t) + text_bytes_ + used_ * kAllocation;
}

}  // namespace bekci::tsdb
