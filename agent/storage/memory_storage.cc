#include "agent/storage/memory_storage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/model/histogram_arithmetic.h"

namespace bekci::storage {
namespace {

// Copies of the parts of `from` that lie in [min_ms, max_ms].
template <typename T>
void CopyRange(const std::vector<int64_t>& times, const std::vector<T>& values, const std::vector<int64_t>& starts,
               int64_t min_ms, int64_t max_ms, std::vector<int64_t>* out_times, std::vector<T>* out_values,
               std::vector<int64_t>* out_starts) {
  const auto first = std::lower_bound(times.begin(), times.end(), min_ms) - times.begin();
  const auto last = std::upper_bound(times.begin(), times.end(), max_ms) - times.begin();
  if (first >= last) return;
  out_times->assign(times.begin() + first, times.begin() + last);
  out_values->assign(values.begin() + first, values.begin() + last);
  if (!starts.empty()) out_starts->assign(starts.begin() + first, starts.begin() + last);
}

// Start timestamps stand beside the samples only once one is known.
void PushStart(std::vector<int64_t>* starts, size_t before, int64_t start_ms) {
  if (start_ms == 0 && starts->empty()) return;
  starts->resize(before, 0);
  starts->push_back(start_ms);
}

// Whether a chunk that ends with the newest histogram of `samples` could take `next`.
bool Continues(const Samples& samples, const model::NativeHistogram& next) {
  using enum model::CounterResetHint;
  if (samples.histograms.empty() || next.reset_hint == kYes) return false;
  if (!samples.times.empty() && samples.times.back() > samples.histogram_times.back()) return false;
  const model::NativeHistogram& last = *samples.histograms.back();
  return last.reset_hint != kGauge && next.schema == last.schema && next.zero_threshold == last.zero_threshold &&
         next.custom_values == last.custom_values && !model::CountsFell(next, last);
}

// The histogram with the hint it will have when it is read.
std::shared_ptr<const model::NativeHistogram> WithHint(const Samples& samples,
                                                       std::shared_ptr<const model::NativeHistogram> histogram) {
  using enum model::CounterResetHint;
  if (histogram->reset_hint == kGauge) return histogram;
  const model::CounterResetHint hint = Continues(samples, *histogram) ? kNo : kUnknown;
  if (histogram->reset_hint == hint) return histogram;
  auto copy = std::make_shared<model::NativeHistogram>(*histogram);
  copy->reset_hint = hint;
  return copy;
}

}  // namespace

class MemoryStorage::Reader : public Querier {
 public:
  Reader(std::shared_ptr<const Table> table, int64_t min_ms, int64_t max_ms)
      : table_(std::move(table)), min_ms_(min_ms), max_ms_(max_ms) {}

  base::Result<SeriesList> Select(std::span<const model::Matcher> matchers, const SelectHints& hints) override {
    SeriesList list;
    for (const auto& [labels, column] : *table_) {
      if (!Overlaps(column->samples) || !model::MatchesAll(matchers, labels)) continue;
      list.push_back(std::make_unique<One>(labels, *column));
      if (hints.limit != 0 && list.size() == hints.limit) break;
    }
    return list;
  }

  base::Result<std::vector<std::string>> LabelNames(std::span<const model::Matcher> matchers) override {
    return Gather(matchers, [](const model::Labels& labels, std::set<std::string>* out) {
      for (const auto& [name, value] : labels) out->emplace(name);
    });
  }

  base::Result<std::vector<std::string>> LabelValues(std::string_view name,
                                                     std::span<const model::Matcher> matchers) override {
    return Gather(matchers, [&](const model::Labels& labels, std::set<std::string>* out) {
      if (const std::string_view value = labels.Get(name); !value.empty()) out->emplace(value);
    });
  }

 private:
  class One : public Series {
   public:
    One(const model::Labels& labels, const Column& column) : labels_(labels), column_(column) {}
    const model::Labels& labels() const override { return labels_; }
    base::Status Read(int64_t min_ms, int64_t max_ms, Samples* out) const override {
      const Samples& all = column_.samples;
      out->Clear();
      CopyRange(all.times, all.values, all.starts, min_ms, max_ms, &out->times, &out->values, &out->starts);
      CopyRange(all.histogram_times, all.histograms, all.histogram_starts, min_ms, max_ms, &out->histogram_times,
                &out->histograms, &out->histogram_starts);
      return base::OkStatus();
    }

   private:
    const model::Labels& labels_;
    const Column& column_;
  };

  bool Overlaps(const Samples& samples) const {
    const auto within = [&](const std::vector<int64_t>& times) {
      const auto first = std::lower_bound(times.begin(), times.end(), min_ms_);
      return first != times.end() && *first <= max_ms_;
    };
    return within(samples.times) || within(samples.histogram_times);
  }

  template <typename F>
  std::vector<std::string> Gather(std::span<const model::Matcher> matchers, F&& add) const {
    std::set<std::string> names;
    for (const auto& [labels, column] : *table_) {
      if (Overlaps(column->samples) && model::MatchesAll(matchers, labels)) add(labels, &names);
    }
    return {names.begin(), names.end()};
  }

  std::shared_ptr<const Table> table_;
  int64_t min_ms_;
  int64_t max_ms_;
};

class MemoryStorage::Writer : public Appender {
 public:
  explicit Writer(MemoryStorage& storage) : storage_(storage) {}

  base::Result<SeriesRef> Append(SeriesRef ref, const model::Labels& given, int64_t t_ms, double value) override {
    ASSIGN_OR_RETURN(const model::Labels* const found, Resolve(&ref, given));
    const model::Labels& labels = *found;
    Samples* samples = Pending(labels);
    if (!samples->times.empty() && samples->times.back() == t_ms &&
        std::bit_cast<uint64_t>(samples->values.back()) == std::bit_cast<uint64_t>(value)) {
      return ref;
    }
    RETURN_IF_ERROR(CheckTime(*samples, t_ms));
    PushStart(&samples->starts, samples->times.size(), start_ms_);
    samples->times.push_back(t_ms);
    samples->values.push_back(value);
    return ref;
  }

  base::Result<SeriesRef> AppendHistogram(SeriesRef ref, const model::Labels& given, int64_t t_ms,
                                          std::shared_ptr<const model::NativeHistogram> histogram) override {
    ASSIGN_OR_RETURN(const model::Labels* const found, Resolve(&ref, given));
    const model::Labels& labels = *found;
    Samples* samples = Pending(labels);
    if (!samples->histogram_times.empty() && samples->histogram_times.back() == t_ms &&
        model::Equal(*samples->histograms.back(), *histogram)) {
      return ref;
    }
    RETURN_IF_ERROR(CheckTime(*samples, t_ms));
    PushStart(&samples->histogram_starts, samples->histogram_times.size(), start_ms_);
    samples->histograms.push_back(WithHint(*samples, std::move(histogram)));
    samples->histogram_times.push_back(t_ms);
    return ref;
  }

  Refusal refusal() const override { return refusal_; }
  void SetStart(int64_t start_ms) override { start_ms_ = start_ms; }

  base::Status AppendExemplar(SeriesRef, const model::Exemplar&) override { return base::OkStatus(); }

  base::Status Commit() override {
    base::MutexLock lock(storage_.mutex_);
    auto table = std::make_shared<Table>(*storage_.table_);
    for (auto& [labels, column] : pending_) (*table)[labels] = std::move(column);
    pending_.clear();
    storage_.table_ = std::move(table);
    return base::OkStatus();
  }

 private:
  // The labels meant, and their reference into `ref`.
  base::Result<const model::Labels*> Resolve(SeriesRef* ref, const model::Labels& given) {
    if (!given.empty()) {
      *ref = storage_.RefOf(given);
      return &given;
    }
    const model::Labels* const known = storage_.LabelsOf(*ref);
    refusal_ = Refusal::kGone;
    if (known == nullptr) return base::NotFound("no series has this reference");
    return known;
  }

  Samples* Pending(const model::Labels& labels) {
    std::shared_ptr<Column>& column = pending_[labels];
    if (column == nullptr) {
      base::MutexLock lock(storage_.mutex_);
      const auto found = storage_.table_->find(labels);
      column = found == storage_.table_->end() ? std::make_shared<Column>() : std::make_shared<Column>(*found->second);
    }
    return &column->samples;
  }

  base::Status CheckTime(const Samples& samples, int64_t t_ms) {
    int64_t newest = INT64_MIN;
    if (!samples.times.empty()) newest = samples.times.back();
    if (!samples.histogram_times.empty()) newest = std::max(newest, samples.histogram_times.back());
    refusal_ = t_ms == newest ? Refusal::kDuplicate : Refusal::kOutOfOrder;
    if (t_ms == newest) return base::Invalid("duplicate sample for timestamp");
    if (t_ms < newest) return {base::Code::kOutOfOrder, "out of order sample"};
    return base::OkStatus();
  }

  MemoryStorage& storage_;
  int64_t start_ms_ = 0;
  Refusal refusal_ = Refusal::kInvalid;
  std::map<model::Labels, std::shared_ptr<Column>> pending_;
};

base::Result<std::unique_ptr<Querier>> MemoryStorage::OpenQuerier(int64_t min_ms, int64_t max_ms) {
  base::MutexLock lock(mutex_);
  return std::unique_ptr<Querier>(std::make_unique<Reader>(table_, min_ms, max_ms));
}

std::unique_ptr<Appender> MemoryStorage::NewAppender() {
  return std::make_unique<Writer>(*this);
}

SeriesRef MemoryStorage::RefOf(const model::Labels& labels) {
  base::MutexLock lock(mutex_);
  const auto [entry, added] = refs_.try_emplace(labels, by_ref_.size() + 1);
  if (added) by_ref_.push_back(&entry->first);
  return entry->second;
}

const model::Labels* MemoryStorage::LabelsOf(SeriesRef ref) const {
  base::MutexLock lock(mutex_);
  return ref == 0 || ref > by_ref_.size() ? nullptr : by_ref_[ref - 1];
}

void MemoryStorage::Clear() {
  base::MutexLock lock(mutex_);
  table_ = std::make_shared<Table>();
}

size_t MemoryStorage::series() const {
  base::MutexLock lock(mutex_);
  return table_->size();
}

}  // namespace bekci::storage
