#include "agent/promql/testing/classic_histograms.h"

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/text.h"
#include "agent/storage/samples.h"

namespace bekci::promql::testing {
namespace {

// The parts of one histogram at one time.
struct Parts {
  std::map<double, double> cumulative;  // by upper bound
  std::optional<double> count;
  double sum = 0;
};

enum class Role { kNone, kBucket, kCount, kSum };

struct Suffix {
  std::string_view text;
  Role role;
};
constexpr Suffix kSuffixes[] = {{"_bucket", Role::kBucket}, {"_count", Role::kCount}, {"_sum", Role::kSum}};

struct Place {
  Role role = Role::kNone;
  model::Labels labels;  // of the histogram
  double bound = 0;      // of a bucket
};

Place PlaceOf(const model::Labels& labels) {
  const std::string_view name = labels.Get(model::kMetricName);
  for (const Suffix& suffix : kSuffixes) {
    if (!name.ends_with(suffix.text)) continue;
    Place place{suffix.role, {}, 0};
    if (place.role == Role::kBucket) {
      const auto bound = base::ParseDouble(labels.Get("le"));
      if (!bound || std::isnan(*bound)) return {};
      place.bound = *bound;
    }
    place.labels = labels.With({{model::kMetricName, name.substr(0, name.size() - suffix.text.size())}, {"le", ""}});
    return place;
  }
  return {};
}

base::Result<HistogramPtr> Convert(const Parts& parts) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  std::map<double, double> cumulative = parts.cumulative;
  const double highest = cumulative.empty() ? 0 : cumulative.rbegin()->second;
  const double count = parts.count.value_or(highest);
  cumulative.try_emplace(kInf, count);
  if (cumulative[kInf] != count) return base::Invalid("count mismatch: the +Inf bucket is not the count");
  auto histogram = std::make_shared<model::NativeHistogram>();
  histogram->schema = model::kCustomBucketsSchema;
  histogram->is_float = true;
  histogram->count = count;
  histogram->sum = parts.sum;
  double below = 0;
  for (const auto& [bound, total] : cumulative) {
    if (total < 0) return base::Invalid("a bucket's count is negative");
    if (total < below) return base::Invalid("buckets are not cumulative");
    if (bound != kInf) histogram->custom_values.push_back(bound);
    histogram->positive_buckets.push_back(total - below);
    below = total;
  }
  histogram->positive_spans = {{0, static_cast<uint32_t>(histogram->positive_buckets.size())}};
  return HistogramPtr(std::move(histogram));
}

void AddPart(const Place& place, double value, Parts* parts) {
  switch (place.role) {
    case Role::kBucket:
      parts->cumulative.try_emplace(place.bound, value);
      break;
    case Role::kCount:
      parts->count = value;
      break;
    case Role::kSum:
      parts->sum = value;
      break;
    case Role::kNone:
      break;
  }
}

}  // namespace

base::Result<std::map<model::Labels, HistogramSamples>> ConvertClassicHistograms(std::span<const LoadedSeries> series,
                                                                                 int64_t step_ms) {
  std::map<model::Labels, std::map<int64_t, Parts>> groups;
  for (const LoadedSeries& loaded : series) {
    const Place place = PlaceOf(loaded.series.labels);
    if (place.role == Role::kNone) continue;
    const std::vector<Position>& positions = loaded.series.positions;
    for (size_t i = 0; i < positions.size(); ++i) {
      const Position& position = positions[i];
      if (position.omitted || position.histogram != nullptr || storage::IsStale(position.value)) continue;
      AddPart(place, position.value, &groups[place.labels][static_cast<int64_t>(i) * step_ms]);
    }
  }
  std::map<model::Labels, HistogramSamples> converted;
  for (const auto& [labels, times] : groups) {
    for (const auto& [t_ms, parts] : times) {
      auto histogram = Convert(parts);
      if (!histogram.ok()) return std::move(histogram).WithContext(labels.ToString()).status();
      converted[labels].emplace_back(t_ms, *std::move(histogram));
    }
  }
  return converted;
}

}  // namespace bekci::promql::testing
