#include "agent/tsdb/head.h"

#include <algorithm>
#include <utility>

#include "agent/tsdb/head_appender.h"
#include "agent/tsdb/head_put.h"

namespace bekci::tsdb {

Head::Head(const base::Clock& clock, base::Logger& log, Wal* wal, HeadOptions options)
    : clock_(clock),
      log_(log),
      wal_(wal),
      options_(std::move(options)),
      limits_(options_.limits),
      exemplars_(options_.exemplars) {}

Head::~Head() = default;

bool Head::HasLabels(const SymbolTable& symbols, const HeadSeries& series, const model::Labels& labels) {
  auto wanted = labels.begin();
  for (const LabelSymbols& label : series.labels()) {
    if (wanted == labels.end()) return false;
    const auto [name, value] = *wanted;
    if (symbols.Text(label.value) != value || symbols.Text(label.name) != name) return false;
    ++wanted;
  }
  return wanted == labels.end();
}

model::Labels Head::LabelsOf(const HeadSeries& series) const {
  std::vector<model::Labels::Pair> pairs;
  pairs.reserve(series.labels().size());
  for (const LabelSymbols& label : series.labels()) {
    pairs.emplace_back(symbols_.Text(label.name), symbols_.Text(label.value));
  }
  return model::Labels::FromPairs(std::move(pairs));
}

HeadSeries* Head::FindLocked(const model::Labels& labels, uint64_t hash) const {
  const SymbolTable* const symbols = &symbols_;
  return table_.Find(hash, [&](const HeadSeries& series) { return HasLabels(*symbols, series, labels); });
}

HeadSeries* Head::CreateLocked(SeriesId id, const model::Labels& labels, uint64_t hash, uint32_t source) {
  std::vector<LabelSymbols> symbols;
  symbols.reserve(labels.count());
  for (const auto& [name, value] : labels) symbols.push_back({symbols_.Acquire(name), symbols_.Acquire(value)});
  HeadSeries* series = directory_.Put(id, std::make_unique<HeadSeries>(id, symbols, source));
  table_.Add(hash, series);
  ++stats_.series;
  ++stats_.series_created;
  return series;
}

base::Result<HeadSeries*> Head::FindOrCreate(const model::Labels& labels, uint32_t source) {
  if (labels.empty()) return base::Invalid("empty labelset: invalid sample");
  if (labels.count() > UINT16_MAX) return base::Invalid("too many labels: invalid sample");
  const uint64_t hash = labels.Hash();
  {
    base::ReadLock index(index_mutex_);
    if (HeadSeries* series = FindLocked(labels, hash); series != nullptr) {
      base::MutexLock data(data_mutex_);
      ++series->pending;
      return series;
    }
  }
  RETURN_IF_ERROR(limits_.Admit(source, labels.Get(model::kMetricName)));
  base::WriteLock index(index_mutex_);
  HeadSeries* series = FindLocked(labels, hash);
  base::MutexLock data(data_mutex_);
  if (series != nullptr) {
    limits_.Release(source);
  } else {
    series = CreateLocked(++last_id_, labels, hash, source);
    index_.Add(series->id(), series->labels());
  }
  ++series->pending;
  return series;
}

int64_t Head::MinAppendable() const {
  const int64_t newest = stats_.max_ms;
  const int64_t half = options_.range_ms / 2;
  const int64_t oldest = std::max(min_valid_ms_, -kFurthestMs);
  return newest == INT64_MIN ? oldest : std::max(oldest, newest - half);
}

base::Status Head::OutOfBounds(SampleKind kind) {
  ++stats_.out_of_bounds[static_cast<size_t>(kind)];
  return {base::Code::kOutOfOrder, "out of bounds"};
}

base::Status Head::Refuse(AppendVerdict verdict, SampleKind kind) {
  if (verdict == AppendVerdict::kOutOfOrder) {
    ++stats_.out_of_order[static_cast<size_t>(kind)];
    return {base::Code::kOutOfOrder, "out of order sample"};
  }
  ++stats_.duplicates[static_cast<size_t>(kind)];
  return base::Invalid("duplicate sample for timestamp");
}

CommitNumber Head::OldestReader() const {
  CommitNumber oldest = visible_;
  for (const auto& [serial, commit] : readers_) oldest = std::min(oldest, commit);
  return oldest;
}

std::unique_ptr<storage::Appender> Head::NewAppender(std::string_view source) {
  return std::make_unique<HeadAppender>(*this, limits_.SourceNumber(source));
}

HeadStats Head::stats() const {
  base::MutexLock lock(data_mutex_);
  HeadStats stats = stats_;
  stats.chunks = stats.chunks_created - stats.chunks_removed;
  stats.series_refused = limits_.refused();
  stats.readers = readers_.size();
  return stats;
}

HeadMemory Head::Measure() const {
  HeadMemory memory;
  {
    base::ReadLock lock(index_mutex_);
    memory.index_bytes = symbols_.bytes() + index_.bytes() + table_.bytes();
  }
  base::MutexLock lock(data_mutex_);
  memory.series = directory_.count();
  memory.index_bytes += directory_.count() * sizeof(void*);
  memory.samples = stats_.appended[0] + stats_.appended[1];
  for (const HeadSeries* series : directory_.All()) memory.series_bytes += series->heap_bytes();
  return memory;
}

void Head::ForEachLabel(const std::function<void(std::string_view, std::string_view, size_t)>& f) const {
  base::ReadLock lock(index_mutex_);
  index_.ForEach(f);
}

}  // namespace bekci::tsdb
