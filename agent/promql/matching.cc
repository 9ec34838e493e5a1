#include "agent/promql/matching.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/binary_operation.h"
#include "agent/promql/columns.h"

namespace bekci::promql {
namespace {

bool IsIn(const std::vector<std::string>& sorted, std::string_view name) {
  return std::binary_search(sorted.begin(), sorted.end(), name,
                            [](std::string_view a, std::string_view b) { return a < b; });
}

template <typename F>
model::Labels Filtered(const model::Labels& labels, F&& keep) {
  std::vector<model::Labels::Pair> pairs;
  for (const auto& pair : labels) {
    if (keep(pair.first)) pairs.push_back(pair);
  }
  return model::Labels::FromPairs(std::move(pairs));
}

std::vector<std::string> Sorted(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

model::Labels KeepLabels(const model::Labels& labels, const std::vector<std::string>& names) {
  return Filtered(labels, [&](std::string_view name) { return IsIn(names, name); });
}

model::Labels RemoveLabels(const model::Labels& labels, const std::vector<std::string>& names) {
  return Filtered(labels, [&](std::string_view name) { return name != model::kMetricName && !IsIn(names, name); });
}

std::string LabelSetText(const model::Labels& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    if (text.size() > 1) text += ", ";
    text += (model::IsLegacyLabelName(name) ? std::string(name) : base::Quoted(name)) + "=" + base::Quoted(value);
  }
  return text + "}";
}

Signatures::Signatures(const VectorMatching& matching) : on_(matching.on), names_(Sorted(matching.labels)) {}

model::Labels Signatures::Of(const model::Labels& labels) const {
  return on_ ? KeepLabels(labels, names_) : RemoveLabels(labels, names_);
}

size_t Signatures::Group(const model::Labels& labels) {
  return numbers_.try_emplace(Of(labels), numbers_.size()).first->second;
}

ResultLabels::ResultLabels(BinaryOp op, const VectorMatching& matching)
    : drops_name_(DropsName(op)), matching_(matching), names_(Sorted(matching.labels)) {}

model::Labels ResultLabels::Of(const model::Labels& many, const model::Labels& one) const {
  const bool one_to_one = matching_.cardinality == Cardinality::kOneToOne;
  model::Labels result = Filtered(many, [&](std::string_view name) {
    if (drops_name_ && IsMetricMetadata(name)) return false;
    return !one_to_one || IsIn(names_, name) == matching_.on;
  });
  for (const std::string& name : matching_.include) result = result.With({{name, one.Get(name)}});
  return result;
}

}  // namespace bekci::promql
