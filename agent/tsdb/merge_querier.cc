#include "agent/tsdb/merge_querier.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace bekci::tsdb {
namespace {

using model::Labels;
using model::Matcher;

// The same series in one or more parts, those in the order of their times.
class MergedSeries : public storage::Series {
 public:
  explicit MergedSeries(std::unique_ptr<const PartSeries> first) { parts_.push_back(std::move(first)); }

  const Labels& labels() const override { return parts_.front()->labels(); }
  void Take(MergedSeries& later) {
    for (auto& part : later.parts_) parts_.push_back(std::move(part));
  }

  base::Status Read(int64_t min_ms, int64_t max_ms, storage::Samples* out) const override {
    out->Clear();
    base::Status status;
    for (const auto& part : parts_) {
      const size_t floats = out->times.size();
      const size_t histograms = out->histogram_times.size();
      base::Status part_status = part->ReadMore(min_ms, max_ms, out);
      if (status.ok()) status = std::move(part_status);
      RestoreOrder(floats, histograms, out);
    }
    return status;
  }

 private:
  std::vector<std::unique_ptr<const PartSeries>> parts_;
};
using MergedList = std::vector<std::unique_ptr<MergedSeries>>;

// Two lists sorted by labels into one. Equality, the usual case where blocks hold the same series, is one comparison of
// bytes; only where the lists differ are labels compared one by one.
MergedList Merge(MergedList a, MergedList b) {
  MergedList out;
  out.reserve(std::max(a.size(), b.size()));
  auto x = a.begin();
  auto y = b.begin();
  while (x != a.end() && y != b.end()) {
    const Labels& left = (*x)->labels();
    const Labels& right = (*y)->labels();
    if (left == right) {
      (*x)->Take(**y);
      out.push_back(std::move(*x));
      ++x;
      ++y;
    } else {
      auto& first = left < right ? x : y;
      out.push_back(std::move(*first));
      ++first;
    }
  }
  std::move(x, a.end(), std::back_inserter(out));
  std::move(y, b.end(), std::back_inserter(out));
  return out;
}

// Neighbours are merged first, so that each series goes through few merges and parts stay in order.
MergedList MergeAll(std::vector<MergedList> lists) {
  while (lists.size() > 1) {
    size_t kept = 0;
    for (size_t i = 0; i < lists.size(); i += 2) {
      MergedList one = std::move(lists[i]);
      if (i + 1 < lists.size()) one = Merge(std::move(one), std::move(lists[i + 1]));
      lists[kept++] = std::move(one);
    }
    lists.resize(kept);
  }
  return lists.empty() ? MergedList() : std::move(lists.front());
}

class MergeQuerier : public storage::Querier {
 public:
  MergeQuerier(std::vector<std::unique_ptr<PartQuerier>> parts, std::shared_ptr<const void> keep_alive)
      : keep_alive_(std::move(keep_alive)), parts_(std::move(parts)) {
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const auto& a, const auto& b) { return a->min_ms() < b->min_ms(); });
  }

  base::Result<storage::SeriesList> Select(std::span<const Matcher> matchers,
                                           const storage::SelectHints& hints) override {
    std::vector<MergedList> lists;
    RETURN_IF_ERROR(EachPart([&](PartQuerier& part) -> base::Status {
      ASSIGN_OR_RETURN(PartSeriesList list, part.SelectParts(matchers, hints));
      MergedList& merged = lists.emplace_back();
      merged.reserve(list.size());
      for (auto& series : list) merged.push_back(std::make_unique<MergedSeries>(std::move(series)));
      return base::OkStatus();
    }));
    MergedList merged = MergeAll(std::move(lists));
    if (hints.limit != 0 && merged.size() > hints.limit) merged.resize(hints.limit);
    storage::SeriesList out;
    out.reserve(merged.size());
    for (auto& series : merged) out.push_back(std::move(series));
    return out;
  }

  base::Result<std::vector<std::string>> LabelNames(std::span<const Matcher> matchers) override {
    return Names([&](PartQuerier& part) { return part.LabelNames(matchers); });
  }
  base::Result<std::vector<std::string>> LabelValues(std::string_view name,
                                                     std::span<const Matcher> matchers) override {
    return Names([&](PartQuerier& part) { return part.LabelValues(name, matchers); });
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = warnings_;
    for (const auto& part : parts_) {
      for (std::string& line : part->warnings()) all.push_back(std::move(line));
    }
    return all;
  }

 private:
  template <typename F>
  base::Status EachPart(F&& call) {
    size_t failed = 0;
    base::Status last;
    for (const auto& part : parts_) {
      base::Status status = call(*part);
      if (status.ok()) continue;
      warnings_.push_back(status.message());
      last = std::move(status);
      ++failed;
    }
    return failed > 0 && failed == parts_.size() ? last : base::OkStatus();
  }

  template <typename F>
  base::Result<std::vector<std::string>> Names(F&& of_part) {
    std::vector<std::string> all;
    RETURN_IF_ERROR(EachPart([&](PartQuerier& part) -> base::Status {
      ASSIGN_OR_RETURN(std::vector<std::string> names, of_part(part));
      std::vector<std::string> both;
      both.reserve(std::max(all.size(), names.size()));
      std::set_union(std::move_iterator(all.begin()), std::move_iterator(all.end()), std::move_iterator(names.begin()),
                     std::move_iterator(names.end()), std::back_inserter(both));
      all = std::move(both);
      return base::OkStatus();
    }));
    return all;
  }

  std::shared_ptr<const void> keep_alive_;
  std::vector<std::unique_ptr<PartQuerier>> parts_;
  std::vector<std::string> warnings_;
};

// Merges times[0..from) and times[from..), both rising; of two equal ones that of the second part stays.
template <typename T>
void MergeColumn(size_t from, std::vector<int64_t>* times, std::vector<T>* values) {
  if (from == 0 || from == times->size() || (*times)[from - 1] < (*times)[from]) return;
  std::vector<int64_t> merged_times;
  std::vector<T> merged_values;
  merged_times.reserve(times->size());
  merged_values.reserve(times->size());
  size_t a = 0;
  size_t b = from;
  while (a < from || b < times->size()) {
    const bool second = a == from || (b < times->size() && (*times)[b] <= (*times)[a]);
    size_t& next = second ? b : a;
    if (second && a < from && (*times)[a] == (*times)[b]) ++a;
    merged_times.push_back((*times)[next]);
    merged_values.push_back(std::move((*values)[next]));
    ++next;
  }
  *times = std::move(merged_times);
  *values = std::move(merged_values);
}

// Drops floats at whose times a histogram stands.
void DropDoubles(storage::Samples* out) {
  size_t kept = 0;
  auto histogram = out->histogram_times.begin();
  for (size_t i = 0; i < out->times.size(); ++i) {
    while (histogram != out->histogram_times.end() && *histogram < out->times[i]) ++histogram;
    if (histogram != out->histogram_times.end() && *histogram == out->times[i]) continue;
    out->times[kept] = out->times[i];
    out->values[kept++] = out->values[i];
  }
  out->times.resize(kept);
  out->values.resize(kept);
}

}  // namespace

base::Result<storage::SeriesList> PartQuerier::Select(std::span<const Matcher> matchers,
                                                      const storage::SelectHints& hints) {
  ASSIGN_OR_RETURN(PartSeriesList list, SelectParts(matchers, hints));
  storage::SeriesList out;
  out.reserve(list.size());
  for (auto& series : list) out.push_back(std::move(series));
  return out;
}

void RestoreOrder(size_t floats, size_t histograms, storage::Samples* out) {
  const bool both_columns = !out->times.empty() && !out->histogram_times.empty();
  MergeColumn(floats, &out->times, &out->values);
  MergeColumn(histograms, &out->histogram_times, &out->histograms);
  // A float and a histogram at one time need parts that overlap: each part by itself has one of them.
  if (both_columns && (floats > 0 || histograms > 0)) DropDoubles(out);
}

std::unique_ptr<storage::Querier> MakeMergeQuerier(std::vector<std::unique_ptr<PartQuerier>> parts,
                                                   std::shared_ptr<const void> keep_alive) {
  return std::make_unique<MergeQuerier>(std::move(parts), std::move(keep_alive));
}

}  // namespace bekci::tsdb
