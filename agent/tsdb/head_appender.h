// HeadAppender: a batch on its way into the head. See head.h.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/storage/storage.h"
#include "agent/tsdb/head.h"

namespace bekci::tsdb {

inline constexpr uint32_t kNoHistogram = UINT32_MAX;

// One sample; `sample.value` counts unless it is a histogram.
struct PendingSample {
  HeadSeries* series;
  WalFloat sample;
  uint32_t histogram;  // index into the appender's histograms, or kNoHistogram
};

class HeadAppender : public storage::Appender {
 public:
  HeadAppender(Head& head, uint32_t source) : head_(head), source_(source) {}
  ~HeadAppender() override { Release(); }
  HeadAppender(const HeadAppender&) = delete;
  HeadAppender& operator=(const HeadAppender&) = delete;

  base::Result<storage::SeriesRef> Append(storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                          double value) override;
  base::Result<storage::SeriesRef> AppendHistogram(storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                                   std::shared_ptr<const model::NativeHistogram> histogram) override;
  storage::Refusal refusal() const override { return refusal_; }
  bool StillRefused(uint64_t samples) override { return head_.limits().StillFull(source_, samples); }
  base::Status AppendExemplar(storage::SeriesRef ref, const model::Exemplar& exemplar) override;
  void SetMetadata(std::string_view metric, const storage::MetricMetadata& metadata) override;
  base::Status Commit() override;

 private:
  friend class Head;
  struct PendingExemplar {
    SeriesId series;
    model::Labels labels;
    model::Exemplar exemplar;
    int64_t t_ms;
  };

  // `pinned`: the series has a pending sample counted for this call already.
  template <typename Value>
  base::Result<storage::SeriesRef> AppendTo(HeadSeries* series, bool pinned, int64_t t_ms, const Value& value)
      REQUIRES(head_.data_mutex_);
  template <typename Value>
  base::Result<storage::SeriesRef> AppendValue(storage::SeriesRef ref, const model::Labels& labels, int64_t t_ms,
                                               const Value& value);
  template <typename Value>
  AppendVerdict JudgeInBatch(const HeadSeries& series, int64_t t_ms, const Value& value) const
      REQUIRES(head_.data_mutex_);
  bool Same(const PendingSample& before, double value) const;
  bool Same(const PendingSample& before, const std::shared_ptr<const model::NativeHistogram>& value) const;
  void Push(HeadSeries* series, int64_t t_ms, double value);
  void Push(HeadSeries* series, int64_t t_ms, const std::shared_ptr<const model::NativeHistogram>& value);
  bool empty() const { return pending_.empty() && exemplars_.empty() && metadata_.empty(); }
  void Release();

  Head& head_;
  const uint32_t source_;
  storage::Refusal refusal_ = storage::Refusal::kInvalid;
  int64_t max_appendable_ms_ = INT64_MIN;  // of this batch; INT64_MIN: not asked yet
  std::vector<PendingSample> pending_;
  std::vector<std::shared_ptr<const model::NativeHistogram>> histograms_;
  std::vector<PendingExemplar> exemplars_;
  std::vector<std::pair<std::string, storage::MetricMetadata>> metadata_;
  std::vector<WalFloat> floats_;  // of a run while the record is made; kept for its capacity
};

}  // namespace bekci::tsdb
