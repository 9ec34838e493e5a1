// HeadIndex: which series of the head have which labels.
//
// Per label name the values, per value the series (an inverted index). A selector is answered by set operations on
// rising lists: matchers that refuse the empty value intersect, the others subtract the series whose value they refuse.
// The idea is Prometheus' head postings.
//
// Thread rule: none of its own; the head's index lock guards it, shared for reading.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/model/matcher.h"
#include "agent/tsdb/posting_list.h"
#include "agent/tsdb/symbol_table.h"

namespace bekci::tsdb {

struct LabelSymbols {
  Symbol name = 0;
  Symbol value = 0;
};

class HeadIndex {
 public:
  explicit HeadIndex(const SymbolTable& symbols) : symbols_(symbols) {}

  void Add(SeriesId id, std::span<const LabelSymbols> labels);
  // Drops the series for which `gone(id)` holds from the lists of `labels`; empty lists and names go too.
  template <typename F>
  void Remove(std::span<const LabelSymbols> labels, F&& gone);

  // Series that meet all matchers, rising. `all` is every series, rising; it is asked for only when no matcher narrows.
  template <typename All>
  std::vector<SeriesId> Select(std::span<const model::Matcher> matchers, All&& all) const;

  std::vector<std::string> Names() const;                        // sorted
  std::vector<std::string> Values(std::string_view name) const;  // sorted
  size_t names() const { return names_.size(); }
  // Calls f(name, value, number of series) for every label.
  template <typename F>
  void ForEach(F&& f) const;
  size_t bytes() const;  // of memory, about

 private:
  using ByValue = std::unordered_map<Symbol, PostingList>;

  // The union of the lists of the values of `name` for which `wanted(matcher)` holds.
  std::vector<SeriesId> Union(const model::Matcher& matcher, bool wanted) const;
  std::vector<const PostingList*> Lists(const model::Matcher& matcher, bool wanted) const;

  const SymbolTable& symbols_;
  std::unordered_map<Symbol, ByValue> names_;
};

void IntersectInto(std::vector<SeriesId>* ids, std::span<const SeriesId> with);
void SubtractFrom(std::vector<SeriesId>* ids, std::span<const SeriesId> without);

template <typename F>
void HeadIndex::Remove(std::span<const LabelSymbols> labels, F&& gone) {
  for (const LabelSymbols& label : labels) {
    const auto name = names_.find(label.name);
    if (name == names_.end()) continue;
    const auto value = name->second.find(label.value);
    if (value == name->second.end()) continue;
    value->second.RemoveIf(gone);
    if (value->second.empty()) name->second.erase(value);
    if (name->second.empty()) names_.erase(name);
  }
}

template <typename All>
std::vector<SeriesId> HeadIndex::Select(std::span<const model::Matcher> matchers, All&& all) const {
  std::vector<SeriesId> ids;
  bool narrowed = false;
  for (const model::Matcher& matcher : matchers) {
    if (matcher.MatchesEmpty()) continue;
    std::vector<SeriesId> found = Union(matcher, true);
    if (narrowed) {
      IntersectInto(&ids, found);
    } else {
      ids = std::move(found);
    }
    narrowed = true;
    if (ids.empty()) return ids;
  }
  if (!narrowed) ids = all();
  for (const model::Matcher& matcher : matchers) {
    if (matcher.MatchesEmpty()) SubtractFrom(&ids, Union(matcher, false));
  }
  return ids;
}

template <typename F>
void HeadIndex::ForEach(F&& f) const {
  for (const auto& [name, values] : names_) {
    for (const auto& [value, list] : values) f(symbols_.Text(name), symbols_.Text(value), list.ids().size());
  }
}

}  // namespace bekci::tsdb
