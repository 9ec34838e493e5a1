// ExemplarRing: the newest exemplars of all series, in memory: a ring, the oldest go.
//
// An exemplar is an example of a measured event (usually a trace's identifier). The ring takes memory as it fills.
// The idea is Prometheus' circular exemplar storage. Thread rule: any thread.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/storage/storage.h"
#include "agent/tsdb/wal_records.h"

namespace bekci::tsdb {

class ExemplarRing {
 public:
  explicit ExemplarRing(size_t capacity) : capacity_(capacity) {}

  // Errors: invalid ("duplicate exemplar", labels longer than the specification's 128 characters), out_of_order.
  // An exemplar without a time has `t_ms`.
  base::Status Add(const model::Labels& series, const model::Exemplar& exemplar, int64_t t_ms);
  // What Add would say.
  base::Status Check(const model::Labels& series, const model::Exemplar& exemplar, int64_t t_ms) const;

  std::vector<storage::ExemplarSeries> Select(int64_t min_ms, int64_t max_ms,
                                              std::span<const std::vector<model::Matcher>> selectors) const;
  size_t size() const;
  size_t capacity() const { return capacity_; }
  uint64_t appended() const;

 private:
  struct Entry {
    model::Labels series;
    model::Exemplar exemplar;
  };
  base::Status CheckLocked(const model::Labels& series, const model::Exemplar& exemplar) const REQUIRES(mutex_);

  const size_t capacity_;
  mutable base::Mutex mutex_;
  std::vector<Entry> entries_ GUARDED_BY(mutex_);
  size_t next_ GUARDED_BY(mutex_) = 0;  // where the next one goes
  // Of each series in the ring: how many entries it has and where the newest is.
  struct Newest {
    size_t entries = 0;
    size_t index = 0;
  };
  std::unordered_map<model::Labels, Newest> newest_ GUARDED_BY(mutex_);
  uint64_t appended_ GUARDED_BY(mutex_) = 0;
};

}  // namespace bekci::tsdb
