#include "agent/tsdb/exemplar_ring.h"

#include <algorithm>
#include <map>
#include <utility>

namespace bekci::tsdb {
namespace {

constexpr size_t kMaxLabelCharacters = 128;  // OpenMetrics 1.0, "Exemplars"

model::Exemplar Timed(const model::Exemplar& exemplar, int64_t t_ms) {
  model::Exemplar timed = exemplar;
  if (!timed.timestamp.has_value()) timed.timestamp = base::Timestamp{t_ms};
  return timed;
}

size_t Characters(const model::Labels& labels) {
  size_t bytes = 0;
  for (const auto& [name, value] : labels) {
    for (const std::string_view text : {name, value}) {
      // Those that continue a character of UTF-8 do not count.
      bytes += static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
    }
  }
  return bytes;
}

}  // namespace

base::Status ExemplarRing::CheckLocked(const model::Labels& series, const model::Exemplar& exemplar) const {
  if (Characters(exemplar.labels) > kMaxLabelCharacters) {
    return base::Invalid("label length for exemplar exceeds maximum of 128 UTF-8 characters");
  }
  const auto newest = newest_.find(series);
  if (newest == newest_.end()) return base::OkStatus();
  const model::Exemplar& before = entries_[newest->second.index].exemplar;
  if (before == exemplar) return base::Invalid("duplicate exemplar");
  if (*exemplar.timestamp <= *before.timestamp) return {base::Code::kOutOfOrder, "out of order exemplar"};
  return base::OkStatus();
}

base::Status ExemplarRing::Check(const model::Labels& series, const model::Exemplar& exemplar, int64_t t_ms) const {
  base::MutexLock lock(mutex_);
  return CheckLocked(series, Timed(exemplar, t_ms));
}

base::Status ExemplarRing::Add(const model::Labels& series, const model::Exemplar& exemplar, int64_t t_ms) {
  if (capacity_ == 0) return base::OkStatus();
  model::Exemplar timed = Timed(exemplar, t_ms);
  base::MutexLock lock(mutex_);
  RETURN_IF_ERROR(CheckLocked(series, timed));
  if (entries_.size() < capacity_) {
    next_ = entries_.size();
    entries_.emplace_back();
  } else {
    const auto old = newest_.find(entries_[next_].series);
    if (old != newest_.end() && --old->second.entries == 0) newest_.erase(old);
  }
  entries_[next_] = {series, std::move(timed)};
  Newest& newest = newest_[series];
  ++newest.entries;
  newest.index = next_;
  next_ = (next_ + 1) % capacity_;
  ++appended_;
  return base::OkStatus();
}

std::vector<storage::ExemplarSeries> ExemplarRing::Select(
    int64_t min_ms, int64_t max_ms, std::span<const std::vector<model::Matcher>> selectors) const {
  std::map<model::Labels, std::vector<model::Exemplar>> found;
  {
    base::MutexLock lock(mutex_);
    for (const Entry& entry : entries_) {
      const int64_t t_ms = entry.exemplar.timestamp->ms;
      if (t_ms < min_ms || t_ms > max_ms) continue;
      const bool wanted = std::any_of(selectors.begin(), selectors.end(),
                                      [&](const auto& matchers) { return model::MatchesAll(matchers, entry.series); });
      if (wanted) found[entry.series].push_back(entry.exemplar);
    }
  }
  std::vector<storage::ExemplarSeries> series;
  for (auto& [labels, exemplars] : found) {
    std::sort(exemplars.begin(), exemplars.end(),
              [](const auto& a, const auto& b) { return *a.timestamp < *b.timestamp; });
    series.push_back({labels, std::move(exemplars)});
  }
  return series;
}

size_t ExemplarRing::size() const {
  base::MutexLock lock(mutex_);
  return entries_.size();
}

uint64_t ExemplarRing::appended() const {
  base::MutexLock lock(mutex_);
  return appended_;
}

}  // namespace bekci::tsdb
