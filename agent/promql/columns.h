// Columns: the form in which the evaluator holds intermediate values. A range query asks for `count` steps; every value
// is then an array over all steps, and an operator works on whole arrays: the labels of a series are looked at once per
// query, not once per step. An instant query is the same with one step.
//
// A SeriesColumn is one series: labels and, per step, nothing, a float or a histogram. `values` and `kinds` always have
// `count` entries; `histograms` has as many or, where no step holds a histogram, none. What `values` holds at a step
// that is not a float is undefined but safe to read, so that loops may compute all steps and forget some.
//
// Histograms are shared and never changed once somebody else can see them.
// Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agent/model/labels.h"
#include "agent/model/native_histogram.h"

namespace bekci::promql {

using HistogramPtr = std::shared_ptr<const model::NativeHistogram>;

// The evaluation times: start, start + step, ...
struct StepGrid {
  int64_t start_ms = 0;
  int64_t step_ms = 1;  // > 0 unless count is 1
  size_t count = 1;     // >= 1
  int64_t at(size_t step) const { return start_ms + static_cast<int64_t>(step) * step_ms; }
  int64_t end_ms() const { return at(count - 1); }
};

enum class StepKind : uint8_t { kAbsent = 0, kFloat = 1, kHistogram = 2 };

struct SeriesColumn {
  model::Labels labels;
  // The metric name (with __type__ and __unit__) is to go, at the end of the query: delayed name removal.
  bool drop_name = false;
  std::vector<StepKind> kinds;
  std::vector<double> values;
  std::vector<HistogramPtr> histograms;

  size_t steps() const { return kinds.size(); }
  // Everything absent; keeps capacity. Labels and mark stay.
  void Reset(size_t count);
  void SetFloat(size_t step, double value) {
    kinds[step] = StepKind::kFloat;
    values[step] = value;
  }
  void SetHistogram(size_t step, HistogramPtr histogram);
  void SetAbsent(size_t step) { kinds[step] = StepKind::kAbsent; }

  bool has(size_t step) const { return kinds[step] != StepKind::kAbsent; }
  bool is_float(size_t step) const { return kinds[step] == StepKind::kFloat; }
  bool is_histogram(size_t step) const { return kinds[step] == StepKind::kHistogram; }
  bool has_histograms() const { return !histograms.empty(); }
  bool AllAbsent() const;
  // Histogram steps become absent.
  void DropHistograms();
  size_t PointCount() const;
};

using Columns = std::vector<SeriesColumn>;

// One scalar per step.
using ScalarColumn = std::vector<double>;

// Without __name__, __type__ and __unit__.
model::Labels DropMetricMetadata(const model::Labels& labels);
bool IsMetricMetadata(std::string_view label);

}  // namespace bekci::promql
