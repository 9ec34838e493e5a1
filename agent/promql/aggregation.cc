#include "agent/promql/aggregation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "agent/promql/annotation_texts.h"
#include "agent/promql/matching.h"

namespace bekci::promql {

// ---- groups ----

Grouping::Grouping(bool without, std::vector<std::string> names) : without_(without), names_(std::move(names)) {
  if (without_) names_.insert(names_.end(), {"__name__", "__type__", "__unit__"});
  std::sort(names_.begin(), names_.end());
}

model::Labels Grouping::Of(const model::Labels& labels) const {
  if (without_) return RemoveLabels(labels, names_);
  return names_.empty() ? model::Labels() : KeepLabels(labels, names_);
}

size_t Grouping::Group(const model::Labels& labels) {
  const auto [entry, inserted] = numbers_.try_emplace(Of(labels), labels_.size());
  if (inserted) labels_.push_back(&entry->first);
  return entry->second;
}

// ---- notes ----

void FoldNotes::MixSchemas(std::string_view metric) {
  if (std::find(mixed_schemas.begin(), mixed_schemas.end(), metric) == mixed_schemas.end()) {
    mixed_schemas.emplace_back(metric);
  }
}

void FoldNotes::Annotate(AggregateOp op, PositionRange position, Annotations* annotations) const {
  constexpr auto kAggregation = HistogramOperation::kAggregation;
  if (histogram_ignored) {
    annotations->Info("ignored histogram in " + std::string(AggregateOpText(op)) + " aggregation", position);
  }
  if (mixed) annotations->Warn("encountered a mix of histograms and floats for aggregation", position);
  if (reset_collision) annotations->Warn(ResetCollisionText(kAggregation), position);
  if (bounds_reconciled) annotations->Info(BoundsReconciledText(kAggregation), position);
  for (const std::string& metric : mixed_schemas) annotations->Warn(MixedSchemasText(metric), position);
}

// ---- histograms ----

bool HistogramFold::AddTo(const model::NativeHistogram& histogram, Total* total, std::string_view metric) {
  model::HistogramNotes said;
  if (!total->sum->Add(histogram, &said)) {
    notes_->MixSchemas(metric);
    total->broken = true;
    return false;
  }
  notes_->reset_collision = notes_->reset_collision || said.reset_collision;
  notes_->bounds_reconciled = notes_->bounds_reconciled || said.bounds_reconciled;
  return true;
}

// As for floats: the sum, until it would pass the largest double; from there on a running mean.
void HistogramFold::AddToMean(const model::NativeHistogram& histogram, Total* total, std::string_view metric) {
  if (!total->incremental) {
    const model::CompensatedHistogram before = *total->sum;
    if (!AddTo(histogram, total, metric) || !total->sum->HasOverflow()) return;
    *total->sum = before;
    total->sum->Divide(total->count - 1);
    total->incremental = true;
  }
  total->sum->Multiply((total->count - 1) / total->count);
  model::NativeHistogram part = histogram;
  model::Divide(&part, total->count);
  AddTo(part, total, metric);
}

void HistogramFold::Add(const SeriesColumn& column, size_t step, size_t steps) {
  totals_.resize(steps);
  Total& total = totals_[step];
  const model::NativeHistogram& histogram = *column.histograms[step];
  ++total.count;
  if (total.broken) return;
  if (total.sum == nullptr) {
    total.sum = std::make_unique<model::CompensatedHistogram>(histogram);
    return;
  }
  const std::string_view metric = column.labels.Get(model::kMetricName);
  if (average_) {
    AddToMean(histogram, &total, metric);
  } else {
    AddTo(histogram, &total, metric);
  }
}

HistogramPtr HistogramFold::Result(size_t step) const {
  if (totals_.empty() || totals_[step].sum == nullptr || totals_[step].broken) return nullptr;
  const Total& total = totals_[step];
  auto result = std::make_shared<model::NativeHistogram>();
  if (average_ && !total.incremental) {
    model::CompensatedHistogram mean = *total.sum;
    mean.Divide(total.count);
    *result = mean.Total();
  } else {
    *result = total.sum->Total();
  }
  model::Compact(result.get());
  return result;
}

}  // namespace bekci::promql
