#include "agent/collect/slot_labels.h"

#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"

namespace bekci::collect {

model::Labels WithTargetLabels(std::string_view metric, const model::Labels& labels, const model::Labels& target) {
  std::vector<model::Labels::Pair> pairs;
  std::vector<std::string> moved;  // names; reserved, because pairs point into it
  moved.reserve(target.count());
  pairs.emplace_back(model::kMetricName, metric);
  for (const auto& [name, value] : labels) {
    std::string_view own = name;
    if (target.Has(name)) {
      std::string& other = moved.emplace_back("exported_" + std::string(name));
      while (labels.Has(other)) other.insert(0, "exported_");
      own = other;
    }
    pairs.emplace_back(own, value);
  }
  for (const auto& pair : target) pairs.push_back(pair);
  return model::Labels::FromPairs(std::move(pairs));
}

SlotName NameOfSlot(const model::FamilySchema& family, const model::SeriesSchema& series, size_t slot_of_series) {
  const size_t bounds = series.bounds.size();
  SlotName name;
  name.family = family.name;
  if (model::SlotCount(family.type, bounds) == 1) return name;
  if (slot_of_series == bounds) {
    name.suffix = "_sum";
  } else if (slot_of_series > bounds) {
    name.suffix = "_count";
  } else if (family.type == model::MetricType::kSummary) {
    name.bound_name = "quantile";
    name.bound = series.bounds[slot_of_series];
  } else {
    name.suffix = "_bucket";
    name.bound_name = "le";
    name.bound = series.bounds[slot_of_series];
  }
  return name;
}

model::Labels LabelsOfSlot(const SlotName& name, const model::Labels& labels, const model::Labels& target) {
  const std::string metric = std::string(name.family) + std::string(name.suffix);
  if (name.bound_name.empty()) return WithTargetLabels(metric, labels, target);
  return WithTargetLabels(metric, labels.With({{name.bound_name, base::DoubleText(name.bound)}}), target);
}

}  // namespace bekci::collect
