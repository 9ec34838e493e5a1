#include "agent/tsdb/postings.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace bekci::tsdb {
namespace {

// The first place in list[from..] whose value is not below `ref`: by leaps, for the next hit is near where lists are
// alike and far where they are not.
size_t SeekFrom(PostingsView list, size_t from, uint32_t ref) {
  size_t leap = 1;
  size_t low = from;
  while (low + leap < list.size() && list[low + leap] < ref) {
    low += leap;
    leap *= 2;
  }
  size_t high = std::min(low + leap + 1, list.size());
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (list[middle] < ref) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

template <typename Keep>
void Filter(std::vector<uint32_t>* refs, PostingsView list, Keep&& keep) {
  size_t place = 0;
  size_t kept = 0;
  for (const uint32_t ref : *refs) {
    place = SeekFrom(list, place, ref);
    if (keep(place < list.size() && list[place] == ref)) (*refs)[kept++] = ref;
  }
  refs->resize(kept);
}

// Lists of one label: a series is in at most one of them, so their union is as long as they are together.
struct Lists {
  std::vector<PostingsView> views;
  size_t total = 0;

  void Add(PostingsView view) {
    if (view.empty()) return;
    views.push_back(view);
    total += view.size();
  }
  std::vector<uint32_t> Decoded() const {
    std::vector<uint32_t> refs;
    refs.reserve(total);
    for (const PostingsView view : views) {
      for (size_t i = 0; i < view.size(); ++i) refs.push_back(view[i]);
    }
    if (views.size() > 1) {
      std::sort(refs.begin(), refs.end());
      refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
    }
    return refs;
  }
};

// The lists of the values that the matcher matches, or with `matching` false of those that it does not.
base::Result<Lists> ListsOf(const IndexReader& index, const model::Matcher& matcher, bool matching) {
  Lists lists;
  if (matcher.name().empty()) return lists;
  const bool by_expression = matching != matcher.is_negative();  // what the expression itself matches
  if (by_expression && !matcher.set().empty()) {
    for (const std::string& value : matcher.set()) {
      if (value.empty()) continue;
      ASSIGN_OR_RETURN(const PostingsView list, index.Postings(matcher.name(), value));
      lists.Add(list);
    }
    return lists;
  }
  auto walk = index.Values(matcher.name(), by_expression ? matcher.prefix() : std::string_view());
  for (; !walk.done(); walk.Next()) {
    if (matcher.Matches(walk.value()) != matching) continue;
    ASSIGN_OR_RETURN(const PostingsView list, walk.postings());
    lists.Add(list);
  }
  return lists;
}

// What one matcher does to the answer: its lists are kept, or taken away.
struct Step {
  Lists lists;
  bool keep = true;
};

void Apply(const Step& step, std::vector<uint32_t>* refs) {
  if (step.lists.views.size() == 1) {
    return step.keep ? Intersect(refs, step.lists.views[0]) : Subtract(refs, step.lists.views[0]);
  }
  const std::vector<uint32_t> others = step.lists.Decoded();
  std::vector<uint32_t> result;
  result.reserve(refs->size());
  if (step.keep) {
    std::set_intersection(refs->begin(), refs->end(), others.begin(), others.end(), std::back_inserter(result));
  } else {
    std::set_difference(refs->begin(), refs->end(), others.begin(), others.end(), std::back_inserter(result));
  }
  *refs = std::move(result);
}

}  // namespace

void Intersect(std::vector<uint32_t>* refs, PostingsView list) {
  Filter(refs, list, [](bool found) { return found; });
}

void Subtract(std::vector<uint32_t>* refs, PostingsView list) {
  Filter(refs, list, [](bool found) { return !found; });
}

bool Intersects(const std::vector<uint32_t>& refs, PostingsView list) {
  size_t place = 0;
  for (size_t i = 0; i < refs.size() && place < list.size(); ++i) {
    place = SeekFrom(list, place, refs[i]);
    if (place < list.size() && list[place] == refs[i]) return true;
  }
  return false;
}

base::Result<std::vector<uint32_t>> SelectPostings(const IndexReader& index, std::span<const model::Matcher> matchers) {
  std::vector<Step> steps;
  for (const model::Matcher& matcher : matchers) {
    const bool keep = !matcher.MatchesEmpty();
    ASSIGN_OR_RETURN(Lists lists, ListsOf(index, matcher, keep));
    if (keep && lists.total == 0) return std::vector<uint32_t>();
    if (lists.total > 0) steps.push_back({std::move(lists), keep});
  }
  // The shortest list that is kept comes first: everything after it is at most as long.
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) {
    return std::pair(!a.keep, a.lists.total) < std::pair(!b.keep, b.lists.total);
  });
  std::vector<uint32_t> refs;
  size_t first = 0;
  if (!steps.empty() && steps.front().keep) {
    refs = steps.front().lists.Decoded();
    first = 1;
  } else {
    ASSIGN_OR_RETURN(const PostingsView all, index.AllPostings());
    Lists lists;
    lists.Add(all);
    refs = lists.Decoded();
  }
  for (size_t i = first; i < steps.size() && !refs.empty(); ++i) Apply(steps[i], &refs);
  return refs;
}

}  // namespace bekci::tsdb
