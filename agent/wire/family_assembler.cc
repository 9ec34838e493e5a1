#include "agent/wire/family_assembler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "agent/base/text.h"

namespace bekci::wire {

using model::MetricType;

// Which sample names a type has: the declared name plus `suffix`. The model's family is the declared name plus
// `family_suffix`.
struct FamilyAssembler::Rule {
  MetricType type;
  std::string_view suffix;
  Role role;
  std::string_view family_suffix;
  bool in_text;
};

const FamilyAssembler::Rule FamilyAssembler::kRules[] = {
    {MetricType::kUntyped, "", Role::kValue, "", true},
    {MetricType::kGauge, "", Role::kValue, "", true},
    {MetricType::kStateset, "", Role::kValue, "", true},
    {MetricType::kCounter, "", Role::kValue, "", true},
    {MetricType::kCounter, "_total", Role::kValue, "_total", false},
    {MetricType::kCounter, "_created", Role::kCreated, "_total", false},
    {MetricType::kInfo, "_info", Role::kValue, "_info", false},
    {MetricType::kHistogram, "_bucket", Role::kBucket, "", true},
    {MetricType::kHistogram, "_sum", Role::kSum, "", true},
    {MetricType::kHistogram, "_count", Role::kCount, "", true},
    {MetricType::kHistogram, "_created", Role::kCreated, "", false},
    {MetricType::kGaugeHistogram, "_bucket", Role::kBucket, "", false},
    {MetricType::kGaugeHistogram, "_gsum", Role::kSum, "", false},
    {MetricType::kGaugeHistogram, "_gcount", Role::kCount, "", false},
    {MetricType::kSummary, "", Role::kQuantile, "", true},
    {MetricType::kSummary, "_sum", Role::kSum, "", true},
    {MetricType::kSummary, "_count", Role::kCount, "", true},
    {MetricType::kSummary, "_created", Role::kCreated, "", false},
};

// A family on its way, with what its metrics need until all lines are read.
struct FamilyAssembler::Building {
  model::MetricFamily family;
  const Declared* declared = nullptr;

  struct Group {
    size_t hash;
    uint32_t index;  // of the metric
  };
  struct Probe {
    size_t hash;
    const model::Labels& labels;
    const std::optional<base::Timestamp>& timestamp;
  };
  struct GroupHash {
    using is_transparent = void;
    size_t operator()(const Group& group) const { return group.hash; }
    size_t operator()(const Probe& probe) const { return probe.hash; }
  };
  struct GroupEqual {
    using is_transparent = void;
    const Building* building;
    bool operator()(const Group& a, const Group& b) const { return a.index == b.index; }
    bool operator()(const Probe& probe, const Group& group) const {
      const model::Metric& metric = building->family.metrics[group.index];
      return metric.labels == probe.labels && metric.timestamp == probe.timestamp;
    }
    bool operator()(const Group& group, const Probe& probe) const { return (*this)(probe, group); }
  };
  std::unordered_set<Group, GroupHash, GroupEqual> groups{0, GroupHash(), GroupEqual{this}};
  std::vector<bool> counted;                                   // per metric: its count was given
  std::unordered_map<model::Labels, base::Timestamp> created;  // that stood before their samples

  uint32_t FindOrAdd(model::Labels labels, const std::optional<base::Timestamp>& timestamp);
  void AddCreated(model::Labels labels, base::Timestamp when);
  void Complete();
  static void CompleteHistogram(model::Metric* metric, bool has_count);
  static void SortExemplars(model::Metric* metric);
};

FamilyAssembler::FamilyAssembler(Dialect dialect) : dialect_(dialect) {}
FamilyAssembler::~FamilyAssembler() = default;

uint32_t FamilyAssembler::Building::FindOrAdd(model::Labels labels, const std::optional<base::Timestamp>& timestamp) {
  std::vector<model::Metric>& metrics = family.metrics;
  if (!metrics.empty() && metrics.back().labels == labels && metrics.back().timestamp == timestamp) {
    return static_cast<uint32_t>(metrics.size() - 1);
  }
  const auto ms = static_cast<size_t>(timestamp ? timestamp->ms : 0);
  const Probe probe{labels.Hash() ^ (ms * 0x9E3779B97F4A7C15u), labels, timestamp};
  if (const auto at = groups.find(probe); at != groups.end()) return at->index;
  const auto index = static_cast<uint32_t>(metrics.size());
  groups.insert({probe.hash, index});
  counted.push_back(false);
  model::Metric& metric = metrics.emplace_back();
  metric.labels = std::move(labels);
  metric.timestamp = timestamp;
  return index;
}

void FamilyAssembler::Building::AddCreated(model::Labels labels, base::Timestamp when) {
  if (!family.metrics.empty() && family.metrics.back().labels == labels) {
    family.metrics.back().created = when;
  } else {
    created.insert_or_assign(std::move(labels), when);
  }
}

void FamilyAssembler::Building::Complete() {
  for (size_t i = 0; i < family.metrics.size(); ++i) {
    model::Metric& metric = family.metrics[i];
    if (!metric.created && !created.empty()) {
      if (const auto at = created.find(metric.labels); at != created.end()) metric.created = at->second;
    }
    if (family.type == MetricType::kHistogram || family.type == MetricType::kGaugeHistogram) {
      CompleteHistogram(&metric, counted[i]);
    }
  }
  family.help = declared->help;
  family.unit = declared->unit;
}

// Sorts buckets, of two with one bound keeps the later; +Inf and count stand in for each other.
void FamilyAssembler::Building::CompleteHistogram(model::Metric* metric, bool has_count) {
  auto& buckets = metric->buckets;
  std::stable_sort(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) { return a.bound < b.bound; });
  size_t kept = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (kept > 0 && buckets[kept - 1].bound == buckets[i].bound) --kept;
    buckets[kept++] = buckets[i];
  }
  buckets.resize(kept);
  const double infinity = std::numeric_limits<double>::infinity();
  if (buckets.empty() || buckets.back().bound != infinity) {
    buckets.push_back({infinity, metric->count});
  } else if (!has_count) {
    metric->count = buckets.back().value;
  }
  SortExemplars(metric);
}

// By bound, as the buckets stand; of two with one bound the first is kept.
void FamilyAssembler::Building::SortExemplars(model::Metric* metric) {
  if (metric->exemplars.size() < 2) return;
  std::vector<size_t> order(metric->exemplars.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto& bounds = metric->exemplar_bounds;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return bounds[a] < bounds[b]; });
  std::vector<model::Exemplar> exemplars;
  std::vector<double> exemplar_bounds;
  for (const size_t i : order) {
    if (!exemplar_bounds.empty() && exemplar_bounds.back() == bounds[i]) continue;
    exemplar_bounds.push_back(bounds[i]);
    exemplars.push_back(std::move(metric->exemplars[i]));
  }
  metric->exemplars = std::move(exemplars);
  metric->exemplar_bounds = std::move(exemplar_bounds);
}

void FamilyAssembler::Take(MetadataLine& line) {
  switch (line.kind) {
    case MetadataLine::Kind::kHelp:
      SetHelp(line.name, std::move(line.text));
      break;
    case MetadataLine::Kind::kType:
      SetType(line.name, line.type);
      break;
    case MetadataLine::Kind::kUnit:
      SetUnit(line.name, std::move(line.text));
      break;
    case MetadataLine::Kind::kComment:
    case MetadataLine::Kind::kEof:
      break;
  }
}

FamilyAssembler::Declared& FamilyAssembler::Declare(std::string_view name) {
  last_place_ = {};
  const auto at = by_name_.find(name);
  if (at != by_name_.end()) {
    context_ = at->second;
  } else {
    context_ = declared_.emplace_back(std::make_unique<Declared>()).get();
    context_->name = name;
    by_name_.emplace(name, context_);
  }
  return *context_;
}

FamilyAssembler::Traits FamilyAssembler::TraitsOf(const SampleLine& sample) {
  Traits traits;
  for (const auto& [name, value] : sample.labels) {
    const bool le = name == "le";
    if (!le && name != "quantile") continue;
    const auto bound = base::ParseDouble(value);
    const bool good = bound && !std::isnan(*bound);
    (le ? traits.le : traits.quantile) = true;
    (le ? traits.good_le : traits.good_quantile) = good;
  }
  return traits;
}

FamilyAssembler::Building* FamilyAssembler::FamilyOf(const Declared& declared, std::string_view suffix,
                                                     MetricType type) {
  std::string key = declared.name;
  key.append(suffix).push_back(static_cast<char>('0' + static_cast<int>(type)));
  Building*& building = by_name_and_type_[key];
  if (building == nullptr) {
    building = families_.emplace_back(std::make_unique<Building>()).get();
    key.pop_back();
    building->family.name = std::move(key);
    building->family.type = type;
    building->declared = &declared;
  }
  return building;
}

bool FamilyAssembler::Fits(const Declared& declared, const SampleLine& sample, const Traits& traits, Place* place) {
  if (!sample.name.starts_with(declared.name)) return false;
  const std::string_view suffix = sample.name.substr(declared.name.size());
  const MetricType type = declared.type.value_or(MetricType::kUntyped);
  const bool histogram = type == MetricType::kHistogram || type == MetricType::kGaugeHistogram;
  const bool taken_label = histogram ? traits.le : type == MetricType::kSummary && traits.quantile;
  for (const Rule& rule : kRules) {
    if (rule.type != type || rule.suffix != suffix || (!rule.in_text && dialect_ == Dialect::kText)) continue;
    if (rule.role == Role::kBucket ? !traits.good_le
                                   : (rule.role == Role::kQuantile ? !traits.good_quantile : taken_label)) {
      continue;
    }
    if (rule.role == Role::kCreated && !ParseSeconds(sample.value_text)) continue;
    *place = {FamilyOf(declared, rule.family_suffix, type), rule.role};
    return true;
  }
  return false;
}

FamilyAssembler::Place FamilyAssembler::Find(const SampleLine& sample, const Traits& traits) {
  Place place;
  if (context_ && Fits(*context_, sample, traits, &place)) return place;
  const auto exact = by_name_.find(sample.name);
  if (exact != by_name_.end() && exact->second->type && Fits(*exact->second, sample, traits, &place)) return place;
  const size_t suffix = sample.name.rfind('_');
  if (suffix != std::string_view::npos && suffix > 0) {
    const auto base = by_name_.find(sample.name.substr(0, suffix));
    if (base != by_name_.end() && Fits(*base->second, sample, traits, &place)) return place;
  }
  if (exact != by_name_.end()) return {FamilyOf(*exact->second, "", MetricType::kUntyped), Role::kValue};
  Declared* const context = context_;
  Declared& own = Declare(sample.name);
  context_ = context;  // a sample line is no metadata
  return {FamilyOf(own, "", MetricType::kUntyped), Role::kValue};
}

void FamilyAssembler::Add(const SampleLine& sample) {
  const Traits traits = TraitsOf(sample);
  // Where a _created line belongs depends on its value, so that answer is not kept.
  const bool same =
      last_place_.family && last_name_ == sample.name && last_traits_ == traits && !sample.name.ends_with("_created");
  if (!same) {
    last_place_ = Find(sample, traits);
    last_name_ = sample.name;
    last_traits_ = traits;
  }
  AddPart(sample, last_place_);
}

// The labels of the metric that the sample is a part of: le or quantile is the part's own. `*bound` is its number.
model::Labels FamilyAssembler::MetricLabels(const SampleLine& sample, Role role, double* bound) {
  SampleLine::Pairs pairs = sample.labels;
  if (role == Role::kBucket || role == Role::kQuantile) {
    const std::string_view own = role == Role::kBucket ? "le" : "quantile";
    const auto at = std::find_if(pairs.begin(), pairs.end(), [own](const auto& pair) { return pair.first == own; });
    *bound = base::ParseDouble(at->second).value_or(0);  // Fits has seen that it is a number
    pairs.erase(at);
  }
  return model::Labels::FromPairs(std::move(pairs));
}

void FamilyAssembler::AddPart(const SampleLine& sample, Place place) {
  double bound = 0;
  model::Labels labels = MetricLabels(sample, place.role, &bound);
  Building& building = *place.family;
  if (place.role == Role::kCreated) {
    building.AddCreated(std::move(labels), *ParseSeconds(sample.value_text));
    return;
  }
  if (place.role == Role::kValue) {
    model::Metric& metric = building.family.metrics.emplace_back();
    metric.labels = std::move(labels);
    metric.timestamp = sample.timestamp;
    metric.value = sample.value;
    if (building.family.type == MetricType::kCounter) AddExemplar(sample, &metric);
    return;
  }
  const uint32_t index = building.FindOrAdd(std::move(labels), sample.timestamp);
  model::Metric& metric = building.family.metrics[index];
  switch (place.role) {
    case Role::kBucket:
      metric.buckets.push_back({bound, sample.value});
      if (AddExemplar(sample, &metric)) metric.exemplar_bounds.push_back(bound);
      break;
    case Role::kQuantile:
      metric.quantiles.push_back({bound, sample.value});
      break;
    case Role::kSum:
      metric.sum = sample.value;
      break;
    default:
      metric.count = sample.value;
      building.counted[index] = true;
      break;
  }
}

bool FamilyAssembler::AddExemplar(const SampleLine& sample, model::Metric* metric) {
  if (!sample.has_exemplar) return false;
  metric->exemplars.push_back(
      {model::Labels::FromPairs(sample.exemplar_labels), sample.exemplar_value, sample.exemplar_timestamp});
  return true;
}

std::vector<model::MetricFamily> FamilyAssembler::Finish() {
  std::vector<model::MetricFamily> out;
  for (const auto& building : families_) {
    if (building->family.metrics.empty()) continue;
    building->Complete();
    out.push_back(std::move(building->family));
  }
  families_.clear();
  by_name_and_type_.clear();
  by_name_.clear();
  declared_.clear();
  context_ = nullptr;
  last_place_ = {};
  return out;
}

}  // namespace bekci::wire
