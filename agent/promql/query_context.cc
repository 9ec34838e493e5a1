#include "agent/promql/query_context.h"

#include <algorithm>
#include <limits>

namespace bekci::promql {
namespace {

constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max() / 2;
// Cells cost 9 bytes, Prometheus' points 16: twice as many cells as samples keep within what the bound promises. Small
// bounds are for small data, not for short grids.
constexpr int64_t kMinCells = 4'000'000;

base::Status TooMany() {
  return base::LimitReached("query processing would load too many samples into memory in query execution");
}

}  // namespace

int64_t HistogramSize(const model::NativeHistogram& h) {
  // Bytes of Prometheus' FloatHistogram with its time, over those of a float point.
  constexpr size_t kFixed = 9 * sizeof(int64_t) + 5 * 24;
  const size_t spans = (h.positive_spans.size() + h.negative_spans.size()) * sizeof(model::BucketSpan);
  const size_t buckets =
      (h.positive_buckets.size() + h.negative_buckets.size() + h.custom_values.size()) * sizeof(double);
  return static_cast<int64_t>((kFixed + spans + buckets + 8) / 16);
}

int64_t PointSize(const SeriesColumn& column) {
  if (!column.has_histograms()) return static_cast<int64_t>(column.PointCount());
  int64_t size = 0;
  for (size_t i = 0; i < column.steps(); ++i) {
    if (column.is_histogram(i)) {
      size += HistogramSize(*column.histograms[i]);
    } else if (column.is_float(i)) {
      ++size;
    }
  }
  return size;
}

SampleBudget::SampleBudget(int64_t max_samples, base::Clock& clock, base::MonotonicTime deadline,
                           const CancelToken* cancel)
    : max_samples_(max_samples <= 0 ? kNoLimit : max_samples),
      max_cells_(max_samples <= 0 ? kNoLimit : std::max(kMinCells, std::min(max_samples, kNoLimit / 2) * 2)),
      clock_(clock),
      deadline_(deadline),
      cancel_(cancel) {}

base::Status SampleBudget::Check() {
  if (cancel_ != nullptr && cancel_->canceled()) {
    canceled_ = true;
    return base::Unavailable("query was canceled in expression evaluation");
  }
  if (clock_.Monotonic() >= deadline_) return base::Timeout("query timed out in expression evaluation");
  return base::OkStatus();
}

base::Status SampleBudget::Hold(int64_t samples) {
  held_ += samples;
  peak_ = std::max(peak_, held_);
  return held_ > max_samples_ ? TooMany() : base::OkStatus();
}

base::Status SampleBudget::Peek(int64_t samples) {
  peak_ = std::max(peak_, held_ + samples);
  return held_ + samples > max_samples_ ? TooMany() : base::OkStatus();
}

base::Status SampleBudget::CheckGrid(const StepGrid& grid) const {
  // Without a bound on samples there still is one on a single array.
  constexpr size_t kMaxSteps = size_t{1} << 31;
  return grid.count > kMaxSteps || static_cast<int64_t>(grid.count) > max_cells_ ? TooMany() : base::OkStatus();
}

base::Status SampleBudget::HoldCells(int64_t cells) {
  cells_ += cells;
  return cells_ > max_cells_ ? TooMany() : base::OkStatus();
}

void SampleBudget::Settle(Mark mark, const Columns& columns) {
  held_ = mark.samples;
  cells_ = mark.cells;
  for (const SeriesColumn& column : columns) {
    held_ += PointSize(column);
    cells_ += static_cast<int64_t>(column.steps());
  }
}

}  // namespace bekci::promql
