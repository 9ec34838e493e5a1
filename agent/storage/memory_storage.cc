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

// Moves what is newer than `newest_ms` from one column's end to another's.
template <typename T>
void MoveNewer(int64_t newest_ms, std::vector<int64_t>* times, std::vector<T>* values, std::vector<int64_t>* starts,
               std::vector<int64_t>* to_times, std::vector<T>* to_values, std::vector<int64_t>* to_starts) {
  for (size_t i = 0; i < times->size(); ++i) {
    if ((*times)[i] <= newest_ms) continue;
    PushStart(to_starts, to_times->size(), starts->empty() ? 0 : (*starts)[i]);
    to_times->push_back((*times)[i]);
    to_values->push_back(std::move((*values)[i]));
  }
}

// The newest samples of a series: what an append is held against.
struct Tail {
  int64_t float_ms = INT64_MIN;
  double value = 0;
  int64_t histogram_ms = INT64_MIN;
  std::shared_ptr<const model::NativeHistogram> histogram;
  int64_t newest_ms() const { return std::max(float_ms, histogram_ms); }
};

Tail TailOf(const Samples& samples) {
  Tail tail;
  if (!samples.times.empty()) {
    tail.float_ms = samples.times.back();
    tail.value = samples.values.back();
  }
  if (!samples.histogram_times.empty()) {
    tail.histogram_ms = samples.histogram_times.back();
    tail.histogram = samples.histograms.back();
  }
  return tail;
}

// Whether a chunk that ends with the newest histogram could take `next`.
bool Continues(const Tail& tail, const model::NativeHistogram& next) {
  using enum model::CounterResetHint;
  if (tail.histogram == nullptr || next.reset_hint == kYes) return false;
  if (tail.float_ms > tail.histogram_ms) return false;
  const model::NativeHistogram& last = *tail.histogram;
  return last.reset_hint != kGauge && next.schema == last.schema && next.zero_threshold == last.zero_threshold &&
         next.custom_values == last.custom_values && !model::CountsFell(next, last);
}

// The histogram with the hint it will have when it is read.
std::shared_ptr<const model::NativeHistogram> WithHint(const Tail& tail,
                                                       std::shared_ptr<const model::NativeHistogram> histogram) {
  using enum model::CounterResetHint;
  if (histogram->reset_hint == kGauge) return histogram;
  const model::CounterResetHint hint = Continues(tail, *histogram) ? kNo : kUnknown;
  if (histogram->reset_hint == hint) return histogram;
  auto copy = std::make_shared<model::NativeHistogram>(*histogram);
  copy->reset_hint = hint;
  return copy;
}

}  // namespace

class MemoryStorage::Reader : public Querier {
 public:
  // The caller holds the storage's mutex.
  Reader(std::shared_ptr<Table> table, int64_t min_ms, int64_t max_ms)
      : table_(std::move(table)), min_ms_(min_ms), max_ms_(max_ms) {
    table_->readers.fetch_add(1, std::memory_order_relaxed);
  }
  ~Reader() override { table_->readers.fetch_sub(1, std::memory_order_release); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  base::Result<SeriesList> Select(std::span<const model::Matcher> matchers, const SelectHints& hints) override {
    SeriesList list;
    size_t names = 0;
    ForEachName(matchers, [&](const Columns& columns) {
      ++names;
      for (const auto& [labels, column] : columns) {
        if (!Overlaps(column->samples) || !model::MatchesAll(matchers, labels)) continue;
        list.push_back(std::make_unique<One>(labels, *column));
      }
    });
    if (names > 1) {
      std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a->labels() < b->labels(); });
    }
    if (hints.limit != 0 && list.size() > hints.limit) list.resize(hints.limit);
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
    ForEachName(matchers, [&](const Columns& columns) {
      for (const auto& [labels, column] : columns) {
        if (Overlaps(column->samples) && model::MatchesAll(matchers, labels)) add(labels, &names);
      }
    });
    return {names.begin(), names.end()};
  }

  // The series of every metric that the matchers may mean: of one alone where they name it.
  template <typename F>
  void ForEachName(std::span<const model::Matcher> matchers, F&& visit) const {
    for (const model::Matcher& matcher : matchers) {
      if (matcher.type() != model::MatchType::kEqual || matcher.name() != model::kMetricName) continue;
      const auto found = table_->by_name.find(matcher.value());
      if (found != table_->by_name.end()) visit(found->second);
      return;
    }
    for (const auto& [name, columns] : table_->by_name) visit(columns);
  }

  const std::shared_ptr<Table> table_;
  int64_t min_ms_;
  int64_t max_ms_;
};

class MemoryStorage::Writer : public Appender {
 public:
  explicit Writer(MemoryStorage& storage) : storage_(storage) {}

  base::Result<SeriesRef> Append(SeriesRef ref, const model::Labels& given, int64_t t_ms, double value) override {
    ASSIGN_OR_RETURN(const model::Labels* const found, Resolve(&ref, given));
    const model::Labels& labels = *found;
    Batch* batch = Pending(labels);
    if (batch->tail.float_ms == t_ms && std::bit_cast<uint64_t>(batch->tail.value) == std::bit_cast<uint64_t>(value)) {
      return ref;
    }
    RETURN_IF_ERROR(CheckTime(batch->tail, t_ms));
    PushStart(&batch->added.starts, batch->added.times.size(), start_ms_);
    batch->added.times.push_back(t_ms);
    batch->added.values.push_back(value);
    batch->tail.float_ms = t_ms;
    batch->tail.value = value;
    return ref;
  }

  base::Result<SeriesRef> AppendHistogram(SeriesRef ref, const model::Labels& given, int64_t t_ms,
                                          std::shared_ptr<const model::NativeHistogram> histogram) override {
    ASSIGN_OR_RETURN(const model::Labels* const found, Resolve(&ref, given));
    const model::Labels& labels = *found;
    Batch* batch = Pending(labels);
    if (batch->tail.histogram_ms == t_ms && model::Equal(*batch->tail.histogram, *histogram)) return ref;
    RETURN_IF_ERROR(CheckTime(batch->tail, t_ms));
    batch->tail.histogram = WithHint(batch->tail, std::move(histogram));
    batch->tail.histogram_ms = t_ms;
    PushStart(&batch->added.histogram_starts, batch->added.histogram_times.size(), start_ms_);
    batch->added.histograms.push_back(batch->tail.histogram);
    batch->added.histogram_times.push_back(t_ms);
    return ref;
  }

  Refusal refusal() const override { return refusal_; }
  void SetStart(int64_t start_ms) override { start_ms_ = start_ms; }

  base::Status AppendExemplar(SeriesRef, const model::Exemplar&) override { return base::OkStatus(); }

  base::Status Commit() override {
    base::MutexLock lock(storage_.mutex_);
    // Readers of the table as it is keep it: who writes goes on with a copy, which shares the columns.
    if (storage_.table_->readers.load(std::memory_order_acquire) != 0) {
      auto copy = std::make_shared<Table>();
      copy->by_name = storage_.table_->by_name;
      copy->series = storage_.table_->series;
      copy->generation = storage_.table_->generation + 1;
      storage_.table_ = std::move(copy);
    }
    for (auto& [labels, batch] : pending_) {
      if (!batch.added.empty()) Add(labels, &batch.added);
    }
    pending_.clear();
    return base::OkStatus();
  }

 private:
  struct Batch {
    Tail tail;
    Samples added;
  };

  void Add(const model::Labels& labels, Samples* added) REQUIRES(storage_.mutex_) {
    Table& table = *storage_.table_;
    std::shared_ptr<Column>& column = table.by_name[std::string(labels.Get(model::kMetricName))][labels];
    if (column == nullptr) {
      column = std::make_shared<Column>();
      ++table.series;
    } else if (column->generation != table.generation) {
      column = std::make_shared<Column>(*column);
    }
    column->generation = table.generation;
    Samples& all = column->samples;
    const int64_t newest_ms = TailOf(all).newest_ms();
    MoveNewer(newest_ms, &added->times, &added->values, &added->starts, &all.times, &all.values, &all.starts);
    MoveNewer(newest_ms, &added->histogram_times, &added->histograms, &added->histogram_starts, &all.histogram_times,
              &all.histograms, &all.histogram_starts);
  }

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

  Batch* Pending(const model::Labels& labels) {
    const auto [entry, added] = pending_.try_emplace(labels);
    if (!added) return &entry->second;
    base::MutexLock lock(storage_.mutex_);
    const auto& by_name = storage_.table_->by_name;
    const auto of_name = by_name.find(labels.Get(model::kMetricName));
    if (of_name == by_name.end()) return &entry->second;
    const auto found = of_name->second.find(labels);
    if (found != of_name->second.end()) entry->second.tail = TailOf(found->second->samples);
    return &entry->second;
  }

  base::Status CheckTime(const Tail& tail, int64_t t_ms) {
    const int64_t newest = tail.newest_ms();
    refusal_ = t_ms == newest ? Refusal::kDuplicate : Refusal::kOutOfOrder;
    if (t_ms == newest) return base::Invalid("duplicate sample for timestamp");
    if (t_ms < newest) return {base::Code::kOutOfOrder, "out of order sample"};
    return base::OkStatus();
  }

  MemoryStorage& storage_;
  int64_t start_ms_ = 0;
  Refusal refusal_ = Refusal::kInvalid;
  std::map<model::Labels, Batch> pending_;
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
  return table_->series;
}

}  // namespace bekci::storage
