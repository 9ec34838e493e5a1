// Reading a whole index for `verify`: every list of postings, every series, every reference between them.
#include <algorithm>
#include <string>
#include <utility>

#include "agent/tsdb/index_reader.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kMostLines = 100;

void Say(std::vector<std::string>* lines, std::string line) {
  if (lines->size() < kMostLines) lines->push_back(std::move(line));
}

bool Ascending(PostingsView list) {
  for (size_t i = 1; i < list.size(); ++i) {
    if (list[i] <= list[i - 1]) return false;
  }
  return true;
}

bool Holds(PostingsView list, uint32_t ref) {
  size_t low = 0;
  for (size_t high = list.size(); low < high;) {
    const size_t middle = (low + high) / 2;
    if (list[middle] < ref) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < list.size() && list[low] == ref;
}

}  // namespace

std::vector<std::string> IndexReader::VerifyAll() const {
  std::vector<std::string> lines;
  const auto all = AllPostings();
  if (!all.ok()) return {all.status().message()};
  if (!Ascending(*all)) Say(&lines, "index: the list of all series is not ascending");

  uint64_t listed = 0;
  for (const std::string_view name : LabelNames()) {
    for (ValueWalk walk = Values(name); !walk.done(); walk.Next()) {
      const std::string pair = std::string(name) + "=\"" + std::string(walk.value()) + "\"";
      const auto list = walk.postings();
      if (!list.ok()) {
        Say(&lines, list.status().message() + " (" + pair + ")");
        continue;
      }
      if (!Ascending(*list)) Say(&lines, "index: the list of " + pair + " is not ascending");
      for (size_t i = 0; i < list->size(); ++i) {
        if (!Holds(*all, (*list)[i])) Say(&lines, "index: the list of " + pair + " names a series that is not there");
      }
      listed += list->size();
    }
  }

  uint64_t labels_seen = 0;
  model::Labels before;
  for (size_t i = 0; i < all->size(); ++i) {
    const uint32_t ref = (*all)[i];
    const auto entry = Series(ref);
    model::Labels labels;
    base::Status status = entry.ok() ? ReadLabels(*entry, &labels) : entry.status();
    if (!status.ok()) {
      Say(&lines, status.message());
      continue;
    }
    labels_seen += labels.count();
    if (i > 0 && !(before < labels)) Say(&lines, "index: series " + labels.ToString() + " is not in order");
    before = std::move(labels);
  }
  if (lines.empty() && labels_seen != listed) Say(&lines, "index: lists of postings and series do not agree");
  return lines;
}

}  // namespace bekci::tsdb
