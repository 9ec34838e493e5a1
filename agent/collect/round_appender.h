// RoundAppender: every scheduled round into the store, as a scrape of it would have given it.
//
// What stands in the store are the round's series under the job and instance of what was collected, and beside them
// what Prometheus writes about each scrape: up, scrape_duration_seconds and so on. A series that the round before had
// and this one has not gets a stale marker, and so do all series of an instance that failed or was removed. A tick for
// which there is no round (our worker was away) leaves a gap; shutting down writes nothing.
//
// The store's reference of each slot is kept for as long as the schema stays the same, so a round costs no label work
// and no allocation per number. A series that a cardinality limit refused is remembered as well: it is offered to the
// store again when that says there is room, and not before. Times are moved onto the interval's grid when they are
// within a hundredth of it (2 ms at most), as Prometheus does: what comes at even distances is compressed to almost
// nothing.
//
// Source: Prometheus' scrape loop; its report series and their order of events.
// Thread rule: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/mutex.h"
#include "agent/collect/collection.h"
#include "agent/model/labels.h"
#include "agent/model/schema.h"
#include "agent/storage/storage.h"

namespace bekci::collect {

// Samples that the store did not take, as Prometheus counts them for scrapes.
struct RefusedSamples {
  uint64_t out_of_order = 0;
  uint64_t out_of_bounds = 0;
  uint64_t duplicate = 0;
  uint64_t limit = 0;
  uint64_t invalid = 0;
  uint64_t bodies = 0;       // scrapes for whose page there was no room (worker.scrape_memory)
  uint64_t not_durable = 0;  // batches that the disk did not take at once
};

class RoundAppender : public RoundSink {
 public:
  explicit RoundAppender(const base::Clock& clock) : clock_(clock) {}
  ~RoundAppender() override;

  // From now on rounds go here; those that came before and were kept go first. Null: nowhere, until the next call.
  void SetStore(storage::Appendable* store) EXCLUDES(mutex_);

  void OnRound(const InstanceState& state) override EXCLUDES(mutex_);
  void OnRemoved(const InstanceConfig& config) override EXCLUDES(mutex_);
  // A round of something that is no instance: the agent's own metrics.
  void OnOwnRound(const InstanceState& state, std::string_view job) EXCLUDES(mutex_);

  RefusedSamples refused() const EXCLUDES(mutex_);

 private:
  enum Report : size_t {
    kUp,
    kDuration,
    kScraped,
    kKept,
    kAdded,
    kTimeout,
    kLimit,
    kBodyBytes,
    kReports,
  };
  // What is remembered of one instance.
  struct Source {
    model::Labels target;  // of its report series
    bool flat = false;     // a scrape target: its series have the target's labels already
    std::unique_ptr<storage::Appender> appender;
    std::shared_ptr<const model::Schema> schema;                  // of `refs`
    std::vector<storage::SeriesRef> refs;                         // one per slot; 0: not known; kRefused
    std::unordered_map<model::Labels, storage::SeriesRef> extra;  // of the last round's series beside the slots
    std::array<storage::SeriesRef, kReports> reports{};
    int64_t last_ms = INT64_MIN;
  };
  static constexpr storage::SeriesRef kRefused = UINT64_MAX;
  static bool IsKnown(storage::SeriesRef ref) { return ref != 0 && ref != kRefused; }
  struct Kept {
    InstanceState state;
    std::string job;
  };

  static std::string KeyOf(const InstanceConfig& config, std::string_view job);
  Source& SourceOf(const InstanceState& state, std::string_view job) REQUIRES(mutex_);
  void Take(const InstanceState& state, std::string_view job) REQUIRES(mutex_);
  int64_t TimeOf(const Source& source, const InstanceState& state) const;
  void AppendSlots(Source* source, const model::Round& round, int64_t t_ms) REQUIRES(mutex_);
  // Returns how many series are new; those that are gone get a stale marker.
  uint64_t AppendChangedSlots(Source* source, const model::Round& round, int64_t t_ms) REQUIRES(mutex_);
  uint64_t AppendExtra(Source* source, const model::Round& round, int64_t t_ms, bool track) REQUIRES(mutex_);
  struct ExtraRound {
    int64_t t_ms;
    bool track;
    bool full;           // series that were refused still would be
    uint64_t again = 0;  // and so were this time
    std::unordered_map<model::Labels, storage::SeriesRef> now;
  };
  void AppendFamily(Source* source, const model::MetricFamily& family, ExtraRound* round) REQUIRES(mutex_);
  // Counts what is refused once more; false when there is room again.
  bool StillRefused(Source* source, uint64_t samples) REQUIRES(mutex_);
  void AppendReports(Source* source, const InstanceState& state, int64_t t_ms, uint64_t samples, uint64_t added)
      REQUIRES(mutex_);
  void AppendReport(Source* source, Report report, int64_t t_ms, double value) REQUIRES(mutex_);
  void MarkStale(Source* source, int64_t t_ms) REQUIRES(mutex_);
  void Describe(Source* source, const model::Round& round) REQUIRES(mutex_);
  // The reference for the next time: 0 when the store does not know it any more, kRefused when a limit refused the
  // series. What was refused is counted.
  static storage::SeriesRef Settle(const storage::Appender& appender, base::Result<storage::SeriesRef> appended,
                                   storage::SeriesRef before, RefusedSamples* refused);
  void Commit(Source* source) REQUIRES(mutex_);

  const base::Clock& clock_;
  mutable base::Mutex mutex_;
  storage::Appendable* store_ GUARDED_BY(mutex_) = nullptr;
  std::map<std::string, Source> sources_ GUARDED_BY(mutex_);
  std::vector<Kept> kept_ GUARDED_BY(mutex_);  // rounds that came before the store was open
  RefusedSamples refused_ GUARDED_BY(mutex_);
};

}  // namespace bekci::collect
