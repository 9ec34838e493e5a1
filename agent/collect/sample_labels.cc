#include "agent/collect/sample_labels.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::collect {
namespace {

using Pair = model::Labels::Pair;

constexpr size_t kShownBytes = 50;  // of names and values in messages

std::string Shown(std::string_view text) {
  return std::string(text.substr(0, kShownBytes));
}

const Pair* Find(const std::vector<Pair>& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [name](const Pair& pair) { return pair.first == name; });
  return found == pairs.end() ? nullptr : &*found;
}

}  // namespace

void SampleLabels::AddTargetLabels(const std::vector<Pair>& shown) {
  exported_.clear();
  std::vector<Pair> pushed_aside;
  for (const auto& [name, value] : options_.target) {
    const Pair* own = Find(shown, name);
    if (own == nullptr) {
      pairs_.emplace_back(name, value);
      continue;
    }
    if (options_.honor_labels) continue;
    if (!own->second.empty()) pushed_aside.push_back(*own);
    std::find_if(pairs_.begin(), pairs_.end(), [&](const Pair& pair) { return pair.first == own->first; })->second =
        value;
  }
  if (pushed_aside.empty()) return;
  // Short names first, so that "a" and "exported_a" get what they got in Prometheus.
  std::stable_sort(pushed_aside.begin(), pushed_aside.end(),
                   [](const Pair& a, const Pair& b) { return a.first.size() < b.first.size(); });
  exported_.reserve(pushed_aside.size());
  for (const auto& [name, value] : pushed_aside) {
    std::string free_name = "exported_" + std::string(name);
    for (const Pair* taken = Find(pairs_, free_name); taken != nullptr && !taken->second.empty();
         taken = Find(pairs_, free_name)) {
      free_name.insert(0, "exported_");
    }
    pairs_.emplace_back(exported_.emplace_back(std::move(free_name)), value);
  }
}

base::Result<std::optional<model::Labels>> SampleLabels::Make(std::string_view name, const std::vector<Pair>& shown) {
  pairs_ = shown;
  pairs_.emplace_back(model::kMetricName, name);
  if (!options_.target.empty()) AddTargetLabels(shown);
  std::optional<model::Labels> labels = model::Labels::FromPairs(pairs_);
  if (!options_.relabel.empty()) labels = model::Relabel(*labels, options_.relabel);
  if (!labels || labels->empty()) return std::optional<model::Labels>();
  RETURN_IF_ERROR(Check(*labels));
  return labels;
}

base::Status SampleLabels::Check(const model::Labels& labels) const {
  const std::string_view metric = labels.Get(model::kMetricName);
  if (metric.empty()) return base::Invalid("metric relabeling left no metric name (__name__) on " + labels.ToString());
  if (options_.legacy_names) {
    const bool good = model::IsLegacyMetricName(metric) &&
                      std::all_of(labels.begin(), labels.end(),
                                  [](const Pair& pair) { return model::IsLegacyLabelName(pair.first); });
    if (!good) return base::Invalid("invalid metric name or label names: " + labels.ToString());
  }
  const LabelLimits& limits = options_.limits;
  if (limits.labels == 0 && limits.name_length == 0 && limits.value_length == 0) return base::OkStatus();
  const std::string where = " (metric: " + Shown(metric) + ", ";
  if (const size_t count = limits.labels == 0 ? 0 : labels.count(); count > limits.labels) {
    return base::LimitReached("label_limit exceeded" + where + "number of labels: " + std::to_string(count) +
                              ", limit: " + std::to_string(limits.labels) + ")");
  }
  for (const auto& [name, value] : labels) {
    if (limits.name_length > 0 && name.size() > limits.name_length) {
      return base::LimitReached("label_name_length_limit exceeded" + where + "label name: " + Shown(name) +
                                ", length: " + std::to_string(name.size()) +
                                ", limit: " + std::to_string(limits.name_length) + ")");
    }
    if (limits.value_length > 0 && value.size() > limits.value_length) {
      return base::LimitReached("label_value_length_limit exceeded" + where + "label name: " + Shown(name) +
                                ", value: " + base::Quoted(Shown(value)) + ", length: " + std::to_string(value.size()) +
                                ", limit: " + std::to_string(limits.value_length) + ")");
    }
  }
  return base::OkStatus();
}

}  // namespace bekci::collect
