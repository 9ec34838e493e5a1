// How the head's oldest range becomes a block and leaves memory.
#include <algorithm>
#include <utility>

#include "agent/tsdb/head.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kSeriesPerRecord = 1000;  // of a checkpoint: some 50 KiB

int64_t AlignDown(int64_t t_ms, int64_t range_ms) {
  const int64_t start = t_ms / range_ms * range_ms;
  return start > t_ms ? start - range_ms : start;
}

}  // namespace

std::optional<HeadRange> Head::DueRange() const {
  base::MutexLock lock(data_mutex_);
  const int64_t min_ms = std::max(stats_.min_ms, hidden_before_ms_);
  if (min_ms > stats_.max_ms || stats_.max_ms - min_ms <= options_.range_ms / 2 * 3) return std::nullopt;
  const int64_t start = AlignDown(min_ms, options_.range_ms);
  return HeadRange{start, start + options_.range_ms};
}

void Head::CloseBefore(int64_t ms) {
  base::MutexLock commit(commit_mutex_);  // a batch under way is whole before or judged after
  base::MutexLock lock(data_mutex_);
  min_valid_ms_ = std::max(min_valid_ms_, ms);
}

base::Status Head::AnnounceBlock(std::string_view ulid, int64_t end_ms) {
  if (wal_ == nullptr) return base::OkStatus();
  base::MutexLock commit(commit_mutex_);
  WalRecordBuilder record(wal_->NextSequence());
  record.AddBlock(ulid, end_ms);
  return wal_->Write(record.Take(), end_ms);
}

base::Status Head::WriteRange(const HeadRange& range, const MakeBlock& make) {
  std::vector<std::pair<model::Labels, const HeadSeries*>> all;
  std::vector<std::string_view> symbols;
  {
    base::ReadLock index(index_mutex_);
    base::MutexLock lock(data_mutex_);
    for (const HeadSeries* series : directory_.All()) {
      if (series->empty() || series->min_ms() >= range.max_ms || series->max_ms() < range.min_ms) continue;
      for (const LabelSymbols& label : series->labels()) {
        symbols.push_back(symbols_.Text(label.name));
        symbols.push_back(symbols_.Text(label.value));
      }
      all.emplace_back(LabelsOf(*series), series);
    }
  }
  if (all.empty()) return base::NoData("no samples in the range");
  // The texts stay where they are: series and symbols are dropped by this thread only.
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  ASSIGN_OR_RETURN(const std::unique_ptr<BlockWriter> writer, make(symbols));
  std::vector<VisibleChunk> chunks;
  std::vector<ChunkView> views;
  std::string open_bytes;
  for (const auto& [labels, series] : all) {
    {
      base::MutexLock lock(data_mutex_);
      series->Collect(UINT64_MAX, range.min_ms, range.max_ms - 1, &chunks, &open_bytes);
    }
    views.clear();
    for (const VisibleChunk& chunk : chunks) {
      views.push_back({chunk.encoding, chunk.min_ms, chunk.max_ms, chunk.bytes.empty() ? open_bytes : chunk.bytes});
    }
    if (!views.empty()) RETURN_IF_ERROR(writer->AddSeries(labels, views));
  }
  BlockMeta meta;
  meta.min_ms = range.min_ms;
  meta.max_ms = range.max_ms;
  return writer->Finish(std::move(meta)).status();
}

void Head::HideBefore(int64_t ms) {
  base::MutexLock lock(data_mutex_);
  hidden_before_ms_ = std::max(hidden_before_ms_, ms);
  hidden_from_reader_ = last_reader_;
}

bool Head::TryDropHidden() {
  base::WriteLock index(index_mutex_);
  base::MutexLock lock(data_mutex_);
  if (!readers_.empty() && readers_.begin()->first <= hidden_from_reader_) return false;
  std::vector<SeriesId> gone;
  stats_.min_ms = INT64_MAX;
  for (HeadSeries* series : directory_.All()) {
    stats_.chunks_removed += series->DropBefore(hidden_before_ms_);
    if (!series->empty()) {
      stats_.min_ms = std::min(stats_.min_ms, series->min_ms());
    } else if (series->pending == 0) {
      gone.push_back(series->id());
    }
  }
  RemoveSeries(gone);
  ++stats_.truncations;
  return true;
}

void Head::RemoveSeries(const std::vector<SeriesId>& ids) {
  if (ids.empty()) return;
  std::vector<std::unique_ptr<HeadSeries>> gone;
  std::vector<LabelSymbols> labels;
  for (const SeriesId id : ids) {
    std::unique_ptr<HeadSeries> series = directory_.Take(id);
    labels.insert(labels.end(), series->labels().begin(), series->labels().end());
    limits_.Release(series->owner());
    gone.push_back(std::move(series));
  }
  const auto before = [](const LabelSymbols& a, const LabelSymbols& b) {
    return a.name != b.name ? a.name < b.name : a.value < b.value;
  };
  std::sort(labels.begin(), labels.end(), before);
  const auto same = [](const LabelSymbols& a, const LabelSymbols& b) { return a.name == b.name && a.value == b.value; };
  labels.erase(std::unique(labels.begin(), labels.end(), same), labels.end());
  const auto is_gone = [&ids](SeriesId id) { return std::binary_search(ids.begin(), ids.end(), id); };
  index_.Remove(labels, is_gone);
  table_.RemoveIf([&](const HeadSeries& series) { return is_gone(series.id()); });
  for (const auto& series : gone) {
    for (const LabelSymbols& label : series->labels()) {
      symbols_.Release(label.name);
      symbols_.Release(label.value);
    }
  }
  stats_.series -= ids.size();
  stats_.series_removed += ids.size();
}

std::vector<std::string> Head::CheckpointRecords() const {
  std::vector<std::string> records;
  WalRecordBuilder series_record(0);
  size_t in_record = 0;
  const auto flush = [&] {
    if (in_record == 0) return;
    series_record.EndSeries();
    records.push_back(series_record.Take());
    series_record = WalRecordBuilder(0);
    in_record = 0;
  };
  {
    base::ReadLock index(index_mutex_);
    base::MutexLock lock(data_mutex_);
    for (const HeadSeries* series : directory_.All()) {
      series_record.AddSeries(series->id(), LabelsOf(*series), limits_.SourceName(series->owner()));
      if (++in_record == kSeriesPerRecord) flush();
    }
  }
  flush();
  WalRecordBuilder metadata_record(0);
  {
    base::MutexLock lock(data_mutex_);
    if (hidden_before_ms_ != INT64_MIN) metadata_record.AddBlock("", hidden_before_ms_);
  }
  for (const auto& [metric, metadata] : metadata_.Get("", 0)) metadata_record.AddMetadata(metric, metadata);
  if (!metadata_record.empty()) records.push_back(metadata_record.Take());
  return records;
}

}  // namespace bekci::tsdb
