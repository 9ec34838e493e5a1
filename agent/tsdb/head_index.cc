#include "agent/tsdb/head_index.h"

#include <algorithm>
#include <iterator>
#include <queue>

namespace bekci::tsdb {

void IntersectInto(std::vector<SeriesId>* ids, std::span<const SeriesId> with) {
  const auto end = std::set_intersection(ids->begin(), ids->end(), with.begin(), with.end(), ids->begin());
  ids->erase(end, ids->end());
}

void SubtractFrom(std::vector<SeriesId>* ids, std::span<const SeriesId> without) {
  if (without.empty()) return;
  const auto end = std::set_difference(ids->begin(), ids->end(), without.begin(), without.end(), ids->begin());
  ids->erase(end, ids->end());
}

void HeadIndex::Add(SeriesId id, std::span<const LabelSymbols> labels) {
  for (const LabelSymbols& label : labels) names_[label.name][label.value].Add(id);
}

// The lists of values that match (or, not wanted, that do not). What the matcher knows about its values spares looking
// at all of them.
std::vector<const PostingList*> HeadIndex::Lists(const model::Matcher& matcher, bool wanted) const {
  std::vector<const PostingList*> lists;
  const auto name_symbol = symbols_.Find(matcher.name());
  if (!name_symbol.has_value()) return lists;
  const auto name = names_.find(*name_symbol);
  if (name == names_.end()) return lists;
  const auto add = [&](std::string_view text) {
    const auto symbol = symbols_.Find(text);
    if (!symbol.has_value()) return;
    const auto value = name->second.find(*symbol);
    if (value != name->second.end() && matcher.Matches(text) == wanted) lists.push_back(&value->second);
  };
  // A positive matcher finds what it matches by name, a negative one what it refuses.
  if (matcher.is_negative() != wanted) {
    if (matcher.type() == model::MatchType::kEqual || matcher.type() == model::MatchType::kNotEqual) {
      add(matcher.value());
      return lists;
    }
    if (!matcher.set().empty()) {
      for (const std::string& text : matcher.set()) add(text);
      return lists;
    }
  }
  for (const auto& [value, list] : name->second) {
    if (matcher.Matches(symbols_.Text(value)) == wanted) lists.push_back(&list);
  }
  return lists;
}

std::vector<SeriesId> HeadIndex::Union(const model::Matcher& matcher, bool wanted) const {
  const std::vector<const PostingList*> lists = Lists(matcher, wanted);
  std::vector<SeriesId> ids;
  size_t total = 0;
  for (const PostingList* list : lists) total += list->ids().size();
  ids.reserve(total);
  for (const PostingList* list : lists) ids.insert(ids.end(), list->ids().begin(), list->ids().end());
  // A series has one value of a name, so nothing stands twice.
  if (lists.size() > 1) std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<std::string> HeadIndex::Names() const {
  std::vector<std::string> names;
  names.reserve(names_.size());
  for (const auto& [name, values] : names_) names.emplace_back(symbols_.Text(name));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> HeadIndex::Values(std::string_view name) const {
  std::vector<std::string> texts;
  const auto symbol = symbols_.Find(name);
  if (!symbol.has_value()) return texts;
  const auto found = names_.find(*symbol);
  if (found == names_.end()) return texts;
  for (const auto& [value, list] : found->second) texts.emplace_back(symbols_.Text(value));
  std::sort(texts.begin(), texts.end());
  return texts;
}

size_t HeadIndex::bytes() const {
  constexpr size_t kNode = sizeof(PostingList) + 8 + 8 + 16 + 8;  // key, link, malloc's share, bucket
  size_t total = names_.size() * (sizeof(ByValue) + 40);
  for (const auto& [name, values] : names_) {
    total += values.size() * kNode;
    for (const auto& [value, list] : values) total += list.heap_bytes();
  }
  return total;
}

}  // namespace bekci::tsdb
