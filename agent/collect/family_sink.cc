#include "agent/collect/family_sink.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

#include "agent/base/text.h"

namespace bekci::collect {
namespace {

void AppendU32(std::string* out, uint32_t value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

uint32_t ReadU32(const char* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// What a schema cannot hold: such points travel whole.
bool NeedsWholeMetric(const model::Metric& metric) {
  return metric.timestamp || metric.created || metric.native || !metric.exemplars.empty();
}

}  // namespace

void FamilySink::Add(const MetricSpec& spec, std::span<const std::string_view> label_values, double value) {
  if (Expect(spec, {label_values, nullptr, {}})) values_.push_back(value);
}

void FamilySink::AddHistogram(const MetricSpec& spec, Values label_values, std::span<const model::BoundValue> buckets,
                              double sum, double count) {
  AddDistribution(spec, {{label_values.begin(), label_values.size()}, nullptr, buckets}, sum, count);
}

void FamilySink::AddSummary(const MetricSpec& spec, Values label_values, std::span<const model::BoundValue> quantiles,
                            double sum, double count) {
  AddDistribution(spec, {{label_values.begin(), label_values.size()}, nullptr, quantiles}, sum, count);
}

void FamilySink::AddDistribution(const MetricSpec& spec, const Key& key, double sum, double count) {
  if (!Expect(spec, key)) return;
  for (const model::BoundValue& bound : key.bounds) values_.push_back(bound.value);
  values_.push_back(sum);
  values_.push_back(count);
}

void FamilySink::AddFamily(const model::MetricFamily& family) {
  const MetricSpec spec{family.name, family.type, family.help, {}, family.unit};
  model::MetricFamily whole;
  for (const model::Metric& metric : family.metrics) {
    if (NeedsWholeMetric(metric)) {
      if (max_series_ != 0 && extra_.size() + whole.metrics.size() + cursor_ >= max_series_) {
        ++refused_;
      } else {
        whole.metrics.push_back(metric);
      }
    } else if (family.type == model::MetricType::kSummary) {
      AddDistribution(spec, {{}, &metric.labels, metric.quantiles}, metric.sum, metric.count);
    } else if (model::SlotCount(family.type, 0) > 1) {
      AddDistribution(spec, {{}, &metric.labels, metric.buckets}, metric.sum, metric.count);
    } else if (Expect(spec, {{}, &metric.labels, {}})) {
      values_.push_back(metric.value);
    }
  }
  if (whole.metrics.empty()) return;
  whole.name = family.name;
  whole.help = family.help;
  whole.unit = family.unit;
  whole.type = family.type;
  extra_.push_back(std::move(whole));
}

bool FamilySink::AddUnchanged(std::span<const double> values) {
  if (recording_ || values.size() > points_.size() - cursor_) return false;
  cursor_ += values.size();
  values_.insert(values_.end(), values.begin(), values.end());
  return true;
}

void FamilySink::AddWhole(model::MetricFamily family) {
  if (max_series_ != 0 && family.metrics.size() > max_series_) {
    refused_ += family.metrics.size() - max_series_;
    family.metrics.resize(max_series_);
  }
  if (!family.metrics.empty()) extra_.push_back(std::move(family));
}

void FamilySink::SetDescriptions(std::vector<model::FamilySchema> descriptions) {
  descriptions_ = std::move(descriptions);
  changed_ = true;
}

bool FamilySink::Expect(const MetricSpec& spec, const Key& key) {
  if (max_series_ != 0 && cursor_ >= max_series_) {
    ++refused_;
    return false;
  }
  if (!recording_) {
    if (cursor_ < points_.size() && Matches(points_[cursor_], spec, key)) {
      ++cursor_;
      return true;
    }
    Diverge();
  }
  Record(spec, key);
  ++cursor_;
  return true;
}

bool FamilySink::Matches(const Point& point, const MetricSpec& spec, const Key& key) {
  if (point.named != (key.named != nullptr) || point.bounds != key.bounds.size()) return false;
  if (!IsOf(families_[point.family], spec)) return false;
  const char* at = keys_.data() + point.begin;
  const char* const end = at + point.labels_size;
  if (key.named != nullptr) {
    if (key.named->data() != std::string_view(at, point.labels_size)) return false;
  } else {
    for (const std::string_view value : key.values) {
      if (at == end || std::string_view(at + 4, ReadU32(at)) != value) return false;
      at += 4 + value.size();
    }
    if (at != end) return false;
  }
  at = end;
  for (const model::BoundValue& bound : key.bounds) {
    double known;
    std::memcpy(&known, at, sizeof known);
    if (std::bit_cast<uint64_t>(known) != std::bit_cast<uint64_t>(bound.bound)) return false;  // also where NaN stands
    at += sizeof bound.bound;
  }
  return true;
}

// The texts that follow from the name are compared by where they stand first: they are constants nearly always.
bool FamilySink::IsOf(Family& family, const MetricSpec& spec) {
  if (family.name != spec.name || family.type != spec.type) return false;
  const Texts given{spec.help, spec.labels, spec.unit};
  const auto same_place = [](std::string_view a, std::string_view b) {
    return a.data() == b.data() && a.size() == b.size();
  };
  if (same_place(given.help, family.seen.help) && same_place(given.labels, family.seen.labels) &&
      same_place(given.unit, family.seen.unit)) {
    return true;
  }
  if (family.help != spec.help || family.labels != spec.labels || family.unit != spec.unit) return false;
  family.seen = given;
  return true;
}

// Keeps what this round shares with the last and records from here.
void FamilySink::Diverge() {
  if (cursor_ < points_.size()) keys_.resize(points_[cursor_].begin);
  points_.resize(cursor_);
  recording_ = true;
  changed_ = true;
}

void FamilySink::Record(const MetricSpec& spec, const Key& key) {
  Point point{FamilyIndex(spec), static_cast<uint32_t>(keys_.size()), 0, static_cast<uint32_t>(key.bounds.size()),
              key.named != nullptr};
  if (key.named != nullptr) {
    keys_ += key.named->data();
  } else {
    for (const std::string_view value : key.values) {
      AppendU32(&keys_, static_cast<uint32_t>(value.size()));
      keys_ += value;
    }
  }
  point.labels_size = static_cast<uint32_t>(keys_.size()) - point.begin;
  for (const model::BoundValue& bound : key.bounds) {
    keys_.append(reinterpret_cast<const char*>(&bound.bound), sizeof bound.bound);
  }
  points_.push_back(point);
}

uint32_t FamilySink::FamilyIndex(const MetricSpec& spec) {
  const size_t hash = std::hash<std::string_view>{}(spec.name);
  const auto [first, last] = family_by_name_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (IsOf(families_[it->second], spec)) return it->second;
  }
  const auto index = static_cast<uint32_t>(families_.size());
  families_.push_back({std::string(spec.name),
                       std::string(spec.help),
                       std::string(spec.labels),
                       std::string(spec.unit),
                       spec.type,
                       {spec.help, spec.labels, spec.unit}});
  family_by_name_hash_.emplace(hash, index);
  return index;
}

void FamilySink::Begin() {
  cursor_ = 0;
  recording_ = false;
  refused_ = 0;
  counts_.reset();
  values_.clear();
  extra_.clear();
}

FamilySink::Output FamilySink::Finish() {
  if (!recording_ && cursor_ < points_.size()) Diverge();  // series at the end are gone
  if (changed_) ForgetUnusedFamilies();
  Output output{changed_, values_, extra_, refused_, counts_};
  changed_ = false;
  return output;
}

void FamilySink::ForgetUnusedFamilies() {
  std::vector<bool> used(families_.size());
  for (const Point& point : points_) used[point.family] = true;
  std::vector<uint32_t> renumbered(families_.size());
  size_t kept = 0;
  for (size_t i = 0; i < families_.size(); ++i) {
    if (!used[i]) continue;
    renumbered[i] = static_cast<uint32_t>(kept);
    if (kept != i) families_[kept] = std::move(families_[i]);
    ++kept;
  }
  families_.resize(kept);
  family_by_name_hash_.clear();
  for (size_t i = 0; i < kept; ++i) {
    family_by_name_hash_.emplace(std::hash<std::string_view>{}(families_[i].name), static_cast<uint32_t>(i));
  }
  for (Point& point : points_) point.family = renumbered[point.family];
}

void FamilySink::Describe(std::vector<model::FamilySchema>* families,
                          std::vector<model::Schema::Arrival>* arrivals) const {
  std::vector<std::vector<std::string_view>> names;
  names.reserve(families_.size());
  families->clear();
  arrivals->clear();
  for (const Family& family : families_) {
    model::FamilySchema& to = families->emplace_back();
    to.name = family.name;
    to.help = family.help;
    to.unit = family.unit;
    to.type = family.type;
    names.push_back(family.labels.empty() ? std::vector<std::string_view>() : base::Split(family.labels, ','));
    to.label_names.assign(names.back().begin(), names.back().end());
    std::sort(to.label_names.begin(), to.label_names.end());
  }
  arrivals->reserve(points_.size());
  std::vector<model::Labels::Pair> pairs;
  for (const Point& point : points_) {
    model::Schema::Arrival& arrival = arrivals->emplace_back();
    arrival.family = point.family;
    const char* at = keys_.data() + point.begin;
    const char* const end = at + point.labels_size;
    pairs.clear();
    if (point.named) {
      for (model::Labels::Iterator it(std::string_view(at, point.labels_size)); it != model::Labels::Iterator(); ++it) {
        pairs.push_back(*it);
      }
    } else {
      for (size_t i = 0; at != end && i < names[point.family].size(); ++i) {
        pairs.emplace_back(names[point.family][i], std::string_view(at + 4, ReadU32(at)));
        at += 4 + ReadU32(at);
      }
    }
    arrival.labels = model::Labels::FromPairs(pairs);
    arrival.bounds.resize(point.bounds);
    if (point.bounds > 0) std::memcpy(arrival.bounds.data(), end, point.bounds * sizeof(double));
  }
  families->insert(families->end(), descriptions_.begin(), descriptions_.end());
}

model::Round FamilySink::FinishRound(std::vector<std::string>* problems) {
  const Output output = Finish();
  if (output.schema_changed || !built_) {
    std::vector<model::FamilySchema> families;
    std::vector<model::Schema::Arrival> arrivals;
    Describe(&families, &arrivals);
    built_ = model::Schema::Build(std::move(families), std::move(arrivals), problems);
  }
  model::Round round;
  round.schema = built_;
  built_->Order(output.values.data(), &round.values);
  round.extra.assign(output.extra.begin(), output.extra.end());
  return round;
}

}  // namespace bekci::collect
