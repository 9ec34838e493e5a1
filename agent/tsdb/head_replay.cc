// Head::Replay: the head as the log tells it. Postings are built once at the end, in order, instead of series by
// series.
#include <algorithm>
#include <utility>

#include "agent/tsdb/head.h"
#include "agent/tsdb/head_put.h"

namespace bekci::tsdb {

// Nobody else knows the head yet; the locks are held for the analysis' sake, and taken once.
class HeadReplay : public WalReplayHandler {
 public:
  HeadReplay(Head& head, const Head::HasBlock& has_block) : head_(head), has_block_(has_block) {}

  void OnSeries(SeriesId id, const model::Labels& labels, std::string_view owner) override {
    if (id == 0 || labels.empty() || labels.count() > UINT16_MAX) return;
    base::WriteLock index(head_.index_mutex_);
    base::MutexLock data(head_.data_mutex_);
    if (head_.directory_.Find(id) != nullptr) return;  // said again
    head_.last_id_ = std::max(head_.last_id_, id);
    const uint64_t hash = labels.Hash();
    HeadSeries* series = head_.FindLocked(labels, hash);
    if (series != nullptr) {
      // It was dropped and came back under another number. What follows in the log has the new one.
      std::unique_ptr<HeadSeries> moved = head_.directory_.Take(series->id());
      moved->set_id(id);
      series = head_.directory_.Put(id, std::move(moved));
    } else {
      const uint32_t source = head_.limits_.SourceNumber(owner);
      series = head_.CreateLocked(id, labels, hash, source);
      head_.limits_.AdmitAlways(source);
    }
    if (head_.wal_ != nullptr) series->logged_epoch = head_.wal_->epoch();
  }

  void OnFloats(const WalFloats& floats) override {
    base::MutexLock data(head_.data_mutex_);
    const bool one_time = floats.times.size() == 1;
    size_t i = 0;
    for (const WalFloats::Run& run : floats.runs) {
      for (uint64_t k = 0; k < run.count; ++k, ++i) {
        Take(run.first + k, floats.times[one_time ? 0 : i], floats.values[i]);
      }
    }
  }

  void OnHistogram(WalHistogram sample) override {
    base::MutexLock data(head_.data_mutex_);
    Take(sample.series, sample.t_ms, *sample.histogram);
  }

  void OnExemplar(SeriesId id, const model::Exemplar& exemplar) override {
    base::ReadLock index(head_.index_mutex_);
    base::MutexLock data(head_.data_mutex_);
    const HeadSeries* series = head_.directory_.Find(id);
    if (series == nullptr || !exemplar.timestamp.has_value()) return;
    (void)head_.exemplars_.Add(head_.LabelsOf(*series), exemplar, exemplar.timestamp->ms);
  }

  void OnMetadata(std::string_view metric, const storage::MetricMetadata& metadata) override {
    head_.metadata_.Set(metric, metadata);
  }

  void OnBlock(std::string_view ulid, int64_t end_ms) override {
    if (!ulid.empty() && !has_block_(ulid)) return;
    head_.CloseBefore(end_ms);
    head_.HideBefore(end_ms);
    passed_block_ = true;
  }

  int64_t TakeNewestTime() override { return std::exchange(newest_ms_, INT64_MIN); }

  void BuildIndex() {
    base::WriteLock index(head_.index_mutex_);
    base::MutexLock data(head_.data_mutex_);
    for (const HeadSeries* series : head_.directory_.All()) head_.index_.Add(series->id(), series->labels());
  }
  bool passed_block() const { return passed_block_; }
  uint64_t unknown() const { return unknown_; }

 private:
  // What the series refuses was refused when it was committed, too, or was committed twice.
  template <typename Value>
  void Take(SeriesId id, int64_t t_ms, const Value& value) REQUIRES(head_.data_mutex_) {
    if (t_ms < -kFurthestMs || t_ms > kFurthestMs) return;
    newest_ms_ = std::max(newest_ms_, t_ms);
    if (t_ms < head_.min_valid_ms_) return;
    HeadSeries* series = head_.directory_.Find(id);
    if (series == nullptr) {
      ++unknown_;
    } else if (series->Judge(t_ms, value) == AppendVerdict::kNew) {
      head_.Put(series, t_ms, value);
    }
  }

  Head& head_;
  const Head::HasBlock& has_block_;
  int64_t newest_ms_ = INT64_MIN;
  uint64_t unknown_ = 0;
  bool passed_block_ = false;
};

base::Result<WalReplayStats> Head::Replay(const HasBlock& has_block, const WalProgress& progress) {
  HeadReplay replay(*this, has_block);
  ASSIGN_OR_RETURN(const WalReplayStats stats, wal_->Replay(&replay, progress));
  replay.BuildIndex();
  // Samples stand in the log before the word that they are in a block.
  if (replay.passed_block()) TryDropHidden();
  if (replay.unknown() > 0) {
    log_.Warn("samples in the write-ahead log belong to series whose description is lost",
              {{"samples", replay.unknown()}});
  }
  return stats;
}

}  // namespace bekci::tsdb
