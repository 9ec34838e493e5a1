#include "agent/model/schema.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace bekci::model {
namespace {

bool HasBounds(MetricType type) {
  return type == MetricType::kHistogram || type == MetricType::kGaugeHistogram || type == MetricType::kSummary;
}

// Both are sorted; so is the union.
void AddNames(const std::vector<std::string>& more, std::vector<std::string>* names) {
  if (more == *names) return;
  std::vector<std::string> both;
  std::set_union(names->begin(), names->end(), more.begin(), more.end(), std::back_inserter(both));
  *names = std::move(both);
}

// Why `bounds` cannot be a series of `type`, or empty.
std::string BoundsProblem(MetricType type, const std::vector<double>& bounds) {
  if (!HasBounds(type)) return bounds.empty() ? "" : "bounds on a series that has none";
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (std::isnan(bounds[i])) return "a bound that is not a number";
    if (i > 0 && bounds[i] <= bounds[i - 1]) return "bounds that do not rise";
  }
  if (type != MetricType::kSummary && (bounds.empty() || bounds.back() != std::numeric_limits<double>::infinity())) {
    return "a histogram without the +Inf bucket";
  }
  return "";
}

}  // namespace

size_t SlotCount(MetricType type, size_t bounds) {
  return HasBounds(type) ? bounds + 2 : 1;
}

std::shared_ptr<const Schema> Schema::Build(std::vector<FamilySchema> families, std::vector<Arrival> arrivals,
                                            std::vector<std::string>* problems) {
  auto report = [problems](std::string line) {
    if (problems != nullptr) problems->push_back(std::move(line));
  };
  auto schema = std::make_shared<Schema>();

  // Families of one name become one, in name order; of two types the first stays.
  std::vector<uint32_t> order(families.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return families[a].name < families[b].name; });
  std::vector<uint32_t> merged(families.size(), kDropped);  // given index -> index in schema->families_
  for (const uint32_t index : order) {
    FamilySchema& family = families[index];
    family.series.clear();
    if (family.only_described) {
      schema->described_.push_back(std::move(family));
      continue;
    }
    if (!schema->families_.empty() && schema->families_.back().name == family.name) {
      if (schema->families_.back().type != family.type) {
        report(family.name + " is both " + std::string(MetricTypeName(schema->families_.back().type)) + " and " +
               std::string(MetricTypeName(family.type)) + "; the latter is left out");
        continue;
      }
      AddNames(family.label_names, &schema->families_.back().label_names);
    } else {
      schema->families_.push_back(std::move(family));
    }
    merged[index] = static_cast<uint32_t>(schema->families_.size() - 1);
  }

  // Arrivals grouped by family and sorted by labels within it; the first of two equal series stays.
  std::vector<uint32_t> sorted;
  sorted.reserve(arrivals.size());
  std::vector<uint32_t> first_value(arrivals.size());
  size_t values = 0;
  for (size_t i = 0; i < arrivals.size(); ++i) {
    first_value[i] = static_cast<uint32_t>(values);
    values += SlotCount(families[arrivals[i].family].type, arrivals[i].bounds.size());
    if (merged[arrivals[i].family] != kDropped) sorted.push_back(static_cast<uint32_t>(i));
  }
  std::stable_sort(sorted.begin(), sorted.end(), [&](uint32_t a, uint32_t b) {
    const uint32_t x = merged[arrivals[a].family];
    const uint32_t y = merged[arrivals[b].family];
    return x != y ? x < y : arrivals[a].labels < arrivals[b].labels;
  });

  schema->slot_of_arrival_.assign(values, kDropped);
  for (const uint32_t i : sorted) {
    Arrival& arrival = arrivals[i];
    FamilySchema& family = schema->families_[merged[arrival.family]];
    if (!family.series.empty() && family.series.back().labels == arrival.labels) {
      report(family.name + arrival.labels.ToString() + " stands twice; the second is left out");
      continue;
    }
    if (std::string problem = BoundsProblem(family.type, arrival.bounds); !problem.empty()) {
      report(family.name + arrival.labels.ToString() + ": " + problem + "; it is left out");
      continue;
    }
    const size_t count = SlotCount(family.type, arrival.bounds.size());
    for (size_t k = 0; k < count; ++k) {
      schema->slot_of_arrival_[first_value[i] + k] = static_cast<uint32_t>(schema->slots_ + k);
    }
    family.series.push_back(
        {std::move(arrival.labels), std::move(arrival.bounds), static_cast<uint32_t>(schema->slots_)});
    schema->slots_ += count;
    ++schema->series_;
  }
  std::erase_if(schema->families_, [](const FamilySchema& family) { return family.series.empty(); });
  return schema;
}

void Schema::Order(const double* arrival, std::vector<double>* slots) const {
  slots->resize(slots_);
  for (size_t i = 0; i < slot_of_arrival_.size(); ++i) {
    if (slot_of_arrival_[i] != kDropped) (*slots)[slot_of_arrival_[i]] = arrival[i];
  }
}

std::vector<MetricFamily> ToFamilies(const Round& round) {
  std::vector<MetricFamily> out;
  if (round.schema) out.reserve(round.schema->families().size() + round.extra.size());
  for (size_t f = 0; round.schema && f < round.schema->families().size(); ++f) {
    const FamilySchema& family = round.schema->families()[f];
    MetricFamily& to =
        out.emplace_back(MetricFamily{family.name, family.help, family.unit, family.type, {}, family.label_names});
    to.metrics.reserve(family.series.size());
    for (const SeriesSchema& series : family.series) {
      Metric& metric = to.metrics.emplace_back();
      metric.labels = series.labels;
      const double* value = round.values.data() + series.first_slot;
      if (!HasBounds(family.type)) {
        metric.value = *value;
        continue;
      }
      auto& points = family.type == MetricType::kSummary ? metric.quantiles : metric.buckets;
      points.reserve(series.bounds.size());
      for (const double bound : series.bounds) points.push_back({bound, *value++});
      metric.sum = *value++;
      metric.count = *value;
    }
  }
  for (const MetricFamily& extra : round.extra) {
    auto at = std::lower_bound(out.begin(), out.end(), extra,
                               [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
    if (at != out.end() && at->name == extra.name && at->type == extra.type) {
      at->metrics.insert(at->metrics.end(), extra.metrics.begin(), extra.metrics.end());
    } else if (at == out.end() || at->name != extra.name) {
      out.insert(at, extra);
    }
  }
  return out;
}

}  // namespace bekci::model
