#include "agent/tsdb/head_appender.h"

#include <algorithm>
#include <bit>

#include "agent/model/histogram_arithmetic.h"
#include "agent/tsdb/head_put.h"
#include "agent/tsdb/histogram_layout.h"

namespace bekci::tsdb {
namespace {

SampleKind KindOf(double) {
  return SampleKind::kFloat;
}
SampleKind KindOf(const std::shared_ptr<const model::NativeHistogram>&) {
  return SampleKind::kHistogram;
}
double Plain(double value) {
  return value;
}
const model::NativeHistogram& Plain(const std::shared_ptr<const model::NativeHistogram>& value) {
  return *value;
}

}  // namespace

bool HeadAppender::Same(const PendingSample& before, double value) const {
  return before.histogram == kNoHistogram &&
         std::bit_cast<uint64_t>(before.sample.value) == std::bit_cast<uint64_t>(value);
}

bool HeadAppender::Same(const PendingSample& before, const std::shared_ptr<const model::NativeHistogram>& value) const {
  return before.histogram != kNoHistogram && model::Equal(*histograms_[before.histogram], *value);
}

void HeadAppender::Push(HeadSeries* series, int64_t t_ms, double value) {
  pending_.push_back({series, {series->id(), t_ms, value}, kNoHistogram});
}

void HeadAppender::Push(HeadSeries* series, int64_t t_ms, const std::shared_ptr<const model::NativeHistogram>& value) {
  pending_.push_back({series, {series->id(), t_ms, 0}, static_cast<uint32_t>(histograms_.size())});
  histograms_.push_back(value);
}

// Against what this batch already has of the series, else against the series.
template <typename Value>
AppendVerdict HeadAppender::JudgeInBatch(const HeadSeries& series, int64_t t_ms, const Value& value) const {
  if (series.pending_of == this && series.pending_index < pending_.size() &&
      pending_[series.pending_index].series == &series) {
    const PendingSample& before = pending_[series.pending_index];
    const AppendVerdict verdict = JudgeTime(true, before.sample.t_ms, t_ms);
    return verdict == AppendVerdict::kDuplicate && Same(before, value) ? AppendVerdict::kSameAgain : verdict;
  }
  return series.Judge(t_ms, Plain(value));
}

template <typename Value>
base::Result<storage::SeriesRef> HeadAppender::AppendTo(HeadSeries* series, bool pinned, int64_t t_ms,
                                                        const Value& value) {
  const SampleKind kind = KindOf(value);
  base::Status refused;
  AppendVerdict verdict = AppendVerdict::kOutOfOrder;
  if (t_ms < head_.MinAppendable() || t_ms > max_appendable_ms_) {
    refused = head_.OutOfBounds(kind);
    refusal_ = storage::Refusal::kOutOfBounds;
  } else {
    verdict = JudgeInBatch(*series, t_ms, value);
    if (verdict == AppendVerdict::kOutOfOrder || verdict == AppendVerdict::kDuplicate) {
      refused = head_.Refuse(verdict, kind);
      refusal_ = verdict == AppendVerdict::kOutOfOrder ? storage::Refusal::kOutOfOrder : storage::Refusal::kDuplicate;
    }
  }
  if (!refused.ok() || verdict == AppendVerdict::kSameAgain) {
    if (pinned) --series->pending;
    if (!refused.ok()) return refused;
    return series->id();
  }
  if (!pinned) ++series->pending;
  series->pending_of = this;
  series->pending_index = static_cast<uint32_t>(pending_.size());
  Push(series, t_ms, value);
  return series->id();
}

template <typename Value>
base::Result<storage::SeriesRef> HeadAppender::AppendValue(storage::SeriesRef ref, const model::Labels& labels,
                                                           int64_t t_ms, const Value& value) {
  if (max_appendable_ms_ == INT64_MIN) max_appendable_ms_ = head_.MaxAppendable();
  if (ref != 0) {
    base::MutexLock lock(head_.data_mutex_);
    if (HeadSeries* series = head_.directory_.Find(ref); series != nullptr) {
      return AppendTo(series, false, t_ms, value);
    }
  }
  if (ref != 0 && labels.empty()) {
    refusal_ = storage::Refusal::kGone;
    return base::NotFound("the series of this reference is gone");
  }
  const base::Result<HeadSeries*> series = head_.FindOrCreate(labels, source_);
  if (!series.ok()) {
    const bool limit = series.status().code() == base::Code::kLimit;
    refusal_ = limit ? storage::Refusal::kLimit : storage::Refusal::kInvalid;
    return series.status();
  }
  base::MutexLock lock(head_.data_mutex_);
  return AppendTo(*series, true, t_ms, value);
}

base::Result<storage::SeriesRef> HeadAppender::Append(storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                                      double value) {
  return AppendValue(ref, labels, t_ms, value);
}

base::Result<storage::SeriesRef> HeadAppender::AppendHistogram(
    storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
    std::shared_ptr<const model::NativeHistogram> histogram) {
  refusal_ = storage::Refusal::kInvalid;
  RETURN_IF_ERROR(CheckHistogram(*histogram));
  return AppendValue(ref, labels, t_ms, histogram);
}

base::Status HeadAppender::AppendExemplar(storage::SeriesRef ref, const model::Exemplar& exemplar) {
  model::Labels labels;
  {
    base::ReadLock index(head_.index_mutex_);
    base::MutexLock data(head_.data_mutex_);
    const HeadSeries* series = head_.directory_.Find(ref);
    if (series == nullptr) return base::NotFound("the series of this exemplar is not known");
    labels = head_.LabelsOf(*series);
  }
  const int64_t now_ms = head_.clock_.Now().ms;
  RETURN_IF_ERROR(head_.exemplars_.Check(labels, exemplar, now_ms));
  exemplars_.push_back({ref, std::move(labels), exemplar, now_ms});
  return base::OkStatus();
}

void HeadAppender::SetMetadata(std::string_view metric, const storage::MetricMetadata& metadata) {
  if (head_.metadata_.Set(metric, metadata)) metadata_.emplace_back(metric, metadata);
}

base::Status HeadAppender::Commit() {
  base::Status status = head_.Commit(this);
  Release();
  return status;
}

void HeadAppender::Release() {
  if (!pending_.empty()) {
    base::MutexLock lock(head_.data_mutex_);
    for (const PendingSample& pending : pending_) --pending.series->pending;
  }
  pending_.clear();
  histograms_.clear();
  exemplars_.clear();
  metadata_.clear();
  max_appendable_ms_ = INT64_MIN;
}

}  // namespace bekci::tsdb
