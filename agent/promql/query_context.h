// QueryContext: what all parts of one running query share: its text and times, the open store, the annotations it
// gathers, and the bounds it must not pass.
//
// Samples are counted as Prometheus counts them, so that the same bound means the same: every point of an intermediate
// vector that is held, and every point of the window being looked at; a histogram counts by its size. Beside that the
// cells of columns are counted, since here a step without a sample costs memory, too.
// Thread rule: one thread, but for the cancel token.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/promql/annotations.h"
#include "agent/promql/engine.h"
#include "agent/promql/plan.h"
#include "agent/storage/storage.h"

namespace bekci::promql {

// What a histogram counts for among samples.
int64_t HistogramSize(const model::NativeHistogram& histogram);
int64_t PointSize(const SeriesColumn& column);

class SampleBudget {
 public:
  SampleBudget(int64_t max_samples, base::Clock& clock, base::MonotonicTime deadline, const CancelToken* cancel);

  // Time and cancellation; to be asked between series. Errors: timeout, unavailable (canceled).
  base::Status Check();
  // `samples` more are held. Errors: limit, in Prometheus' words.
  base::Status Hold(int64_t samples);
  // So many are looked at for a moment.
  base::Status Peek(int64_t samples);
  // A grid so long that one column would break all bounds is refused before anything is allocated.
  base::Status CheckGrid(const StepGrid& grid) const;
  base::Status HoldCells(int64_t cells);

  struct Mark {
    int64_t samples = 0;
    int64_t cells = 0;
  };
  Mark mark() const { return {held_, cells_}; }
  // Back to `mark` and what `columns` hold: intermediate values were let go.
  void Settle(Mark mark, const Columns& columns);

  int64_t peak() const { return peak_; }
  int64_t max_samples() const { return max_samples_; }
  bool canceled() const { return canceled_; }

 private:
  int64_t max_samples_;
  int64_t max_cells_;
  base::Clock& clock_;
  base::MonotonicTime deadline_;
  const CancelToken* cancel_;
  int64_t held_ = 0;
  int64_t peak_ = 0;
  int64_t cells_ = 0;
  bool canceled_ = false;
};

// Samples looked at, in all and step by step.
class SampleCounter {
 public:
  SampleCounter(bool enabled, bool per_step) : enabled_(enabled), wanted_(per_step) {}
  bool enabled() const { return enabled_; }
  void SetSteps(size_t steps) { per_step_.resize(wanted_ ? steps : 0); }
  void Add(size_t step, int64_t samples) {
    total_ += samples;
    if (nested_ > 0 || once_ > 0) step = nested_ > 0 ? per_step_.size() - 1 : 0;
    if (step < per_step_.size()) per_step_[step] += samples;
  }
  // Within a subquery all counts for the last step; what is evaluated once counts for the first.
  void EnterSubquery() { ++nested_; }
  void LeaveSubquery() { --nested_; }
  void EnterOnce() { ++once_; }
  void LeaveOnce() { --once_; }
  int64_t total() const { return total_; }
  const std::vector<int64_t>& per_step() const { return per_step_; }

 private:
  bool enabled_;
  bool wanted_;
  int nested_ = 0;
  int once_ = 0;
  int64_t total_ = 0;
  std::vector<int64_t> per_step_;
};

struct QueryContext {
  std::string_view text;
  QueryRange query;
  Features features;
  int64_t lookback_ms = 0;
  Plan plan;
  storage::Querier* store = nullptr;  // null: the query has no selector
  SampleBudget budget;
  SampleCounter counter;
  Annotations annotations;
  std::vector<SelectorEvidence> evidence;
  bool store_failed = false;  // the error that ended the query came from the store

  std::string_view TextAt(PositionRange position) const {
    if (position.start > text.size() || position.end < position.start) return {};
    return text.substr(position.start, position.end - position.start);
  }
};

}  // namespace bekci::promql
