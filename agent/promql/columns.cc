#include "agent/promql/columns.h"

#include <algorithm>

namespace bekci::promql {

void SeriesColumn::Reset(size_t count) {
  kinds.assign(count, StepKind::kAbsent);
  values.resize(count);
  histograms.clear();
}

void SeriesColumn::SetHistogram(size_t step, HistogramPtr histogram) {
  if (histograms.empty()) histograms.resize(kinds.size());
  kinds[step] = StepKind::kHistogram;
  histograms[step] = std::move(histogram);
}

bool SeriesColumn::AllAbsent() const {
  return std::all_of(kinds.begin(), kinds.end(), [](StepKind kind) { return kind == StepKind::kAbsent; });
}

void SeriesColumn::DropHistograms() {
  if (histograms.empty()) return;
  for (StepKind& kind : kinds) {
    if (kind == StepKind::kHistogram) kind = StepKind::kAbsent;
  }
  histograms.clear();
}

size_t SeriesColumn::PointCount() const {
  return static_cast<size_t>(
      std::count_if(kinds.begin(), kinds.end(), [](StepKind kind) { return kind != StepKind::kAbsent; }));
}

bool IsMetricMetadata(std::string_view label) {
  return label == model::kMetricName || label == "__type__" || label == "__unit__";
}

model::Labels DropMetricMetadata(const model::Labels& labels) {
  return labels.With({{model::kMetricName, ""}, {"__type__", ""}, {"__unit__", ""}});
}

}  // namespace bekci::promql
