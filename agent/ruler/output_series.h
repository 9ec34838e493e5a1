// OutputSeries: the series that one rule writes, from evaluation to evaluation: their references in the store, and
// which of them are gone and need a stale marker.
//
// Source: Prometheus' rule groups (seriesInPreviousEval). Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/native_histogram.h"
#include "agent/storage/storage.h"

namespace bekci::ruler {

struct OutputSample {
  model::Labels labels;
  double value = 0;
  std::shared_ptr<const model::NativeHistogram> histogram;  // then value means nothing
};

// Samples that the store did not take, by reason, and in words.
struct RefusedOutput {
  uint64_t out_of_order = 0;
  uint64_t too_old = 0;
  uint64_t duplicate = 0;
  uint64_t other = 0;
  std::string first_error;
};

class OutputSeries {
 public:
  // Appends `samples` at `t_ms` and stale markers for what the last call wrote and this one does not.
  void Write(const std::vector<OutputSample>& samples, int64_t t_ms, storage::Appender& appender,
             RefusedOutput* refused);
  // Stale markers for everything: the rule is gone.
  void End(int64_t t_ms, storage::Appender& appender);
  // A process before this one wrote this series last.
  void Expect(const model::Labels& labels) { series_.try_emplace(labels); }
  // Takes over what a rule before this one wrote last.
  void TakeOver(OutputSeries&& before) { series_ = std::move(before.series_); }
  // Series that were written last.
  size_t size() const { return series_.size(); }
  bool empty() const { return series_.empty(); }

 private:
  struct Entry {
    storage::SeriesRef ref = 0;
    uint64_t round = 0;
  };
  static void Count(const storage::Appender& appender, const base::Status& status, const model::Labels& labels,
                    RefusedOutput* refused);

  std::unordered_map<model::Labels, Entry> series_;
  uint64_t round_ = 0;
};

}  // namespace bekci::ruler
