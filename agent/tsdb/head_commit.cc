// Commit: a batch becomes a record of the log, then samples of the series, then visible.
#include <algorithm>

#include "agent/tsdb/head.h"
#include "agent/tsdb/head_appender.h"
#include "agent/tsdb/head_put.h"

namespace bekci::tsdb {
namespace {

constexpr size_t kSlice = 512;  // samples per hold of the data lock: some 15 us

}  // namespace

base::Status Head::Commit(HeadAppender* appender) {
  if (appender->empty()) return base::OkStatus();
  base::MutexLock commit(commit_mutex_);
  base::Status durable;
  if (wal_ != nullptr) {
    int64_t newest_ms = INT64_MIN;
    for (const PendingSample& pending : appender->pending_) {
      newest_ms = std::max(newest_ms, pending.sample.t_ms);
    }
    durable = wal_->Write(DescribeBatch(appender), newest_ms);
  }
  Apply(appender);
  return durable;
}

// Series that the log does not know yet, then runs of floats and of histograms in the order in which they came, so that
// reading it back does the same again.
std::string Head::DescribeBatch(HeadAppender* appender) {
  WalRecordBuilder record(wal_->NextSequence());
  DescribeSeries(*appender, &record);
  std::vector<WalFloat>& floats = appender->floats_;
  std::vector<WalHistogram> histograms;
  const auto flush = [&] {
    record.AddFloats(floats);
    record.AddHistograms(histograms);
    floats.clear();
    histograms.clear();
  };
  for (const PendingSample& pending : appender->pending_) {
    if (pending.histogram == kNoHistogram) {
      if (!histograms.empty()) flush();
      floats.push_back(pending.sample);
    } else {
      if (!floats.empty()) flush();
      histograms.push_back({pending.sample.series, pending.sample.t_ms, appender->histograms_[pending.histogram]});
    }
  }
  flush();
  for (const HeadAppender::PendingExemplar& pending : appender->exemplars_) {
    model::Exemplar exemplar = pending.exemplar;
    if (!exemplar.timestamp.has_value()) exemplar.timestamp = base::Timestamp{pending.t_ms};
    record.AddExemplar(pending.series, exemplar);
  }
  for (const auto& [metric, metadata] : appender->metadata_) record.AddMetadata(metric, metadata);
  return record.Take();
}

void Head::DescribeSeries(const HeadAppender& appender, WalRecordBuilder* record) {
  const uint64_t epoch = wal_->epoch();
  std::vector<HeadSeries*> unknown;
  for (const PendingSample& pending : appender.pending_) {
    if (pending.series->logged_epoch == epoch) continue;
    pending.series->logged_epoch = epoch;
    unknown.push_back(pending.series);
  }
  if (unknown.empty()) return;
  base::ReadLock index(index_mutex_);
  record->BeginSeries();
  for (const HeadSeries* series : unknown) {
    record->AddSeries(series->id(), LabelsOf(*series), limits_.SourceName(series->owner()));
  }
  record->EndSeries();
}

// In slices, so that no reader waits long. A batch of more than one slice is hidden from readers that open meanwhile.
void Head::Apply(HeadAppender* appender) {
  const std::vector<PendingSample>& batch = appender->pending_;
  for (size_t start = 0; start < batch.size(); start += kSlice) {
    base::MutexLock lock(data_mutex_);
    const bool remember = batch.size() > kSlice || !readers_.empty();
    const CommitNumber oldest = remember ? OldestReader() : 0;
    const size_t end = std::min(batch.size(), start + kSlice);
    for (size_t i = start; i < end; ++i) {
      if (!ApplyOne(*appender, batch[i])) continue;
      if (remember) {
        batch[i].series->RememberCommit(visible_ + 1, oldest);
      } else {
        batch[i].series->ForgetCommits();
      }
    }
    if (end == batch.size()) ++visible_;
  }
  for (const HeadAppender::PendingExemplar& pending : appender->exemplars_) {
    (void)exemplars_.Add(pending.labels, pending.exemplar, pending.t_ms);  // judged when it came
  }
}

// Judges once more: another appender may have been faster. Nobody is told then, as in Prometheus; it is counted.
bool Head::ApplyOne(const HeadAppender& appender, const PendingSample& pending) {
  const int64_t t_ms = pending.sample.t_ms;
  const bool is_float = pending.histogram == kNoHistogram;
  const SampleKind kind = is_float ? SampleKind::kFloat : SampleKind::kHistogram;
  if (t_ms < min_valid_ms_) {
    (void)OutOfBounds(kind);
    return false;
  }
  const AppendVerdict verdict = is_float ? pending.series->Judge(t_ms, pending.sample.value)
                                         : pending.series->Judge(t_ms, *appender.histograms_[pending.histogram]);
  if (verdict == AppendVerdict::kSameAgain) return false;
  if (verdict != AppendVerdict::kNew) {
    (void)Refuse(verdict, kind);
    return false;
  }
  if (is_float) {
    Put(pending.series, t_ms, pending.sample.value);
  } else {
    Put(pending.series, t_ms, *appender.histograms_[pending.histogram]);
  }
  ++stats_.appended[static_cast<size_t>(kind)];
  return true;
}

}  // namespace bekci::tsdb
