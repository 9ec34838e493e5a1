#include "agent/wire/classic_histogram.h"

#include <algorithm>
#include <limits>

namespace bekci::wire {

void ClassicBuckets::Fill(const model::Metric& metric) {
  const bool native = metric.buckets.empty() && metric.native;
  sum_ = native ? metric.native->sum : metric.sum;
  count_ = native ? metric.native->count : metric.count;
  points_ = metric.buckets;
  if (native && metric.native->schema == model::kCustomBucketsSchema) FillCustom(*metric.native);
  const double infinity = std::numeric_limits<double>::infinity();
  if (points_.empty() || points_.back().bound != infinity) points_.push_back({infinity, count_});
  FillExemplars(metric);
}

// The bucket with index i of a custom histogram ends at custom_values[i]; the one behind the last bound is +Inf.
void ClassicBuckets::FillCustom(const model::NativeHistogram& native) {
  for (const double bound : native.custom_values) points_.push_back({bound, 0});
  int64_t index = 0;
  size_t next = 0;
  for (const model::BucketSpan& span : native.positive_spans) {
    index += span.offset;
    for (uint32_t i = 0; i < span.length && next < native.positive_buckets.size(); ++i, ++index, ++next) {
      if (index < 0 || static_cast<size_t>(index) >= points_.size()) continue;
      points_[static_cast<size_t>(index)].value = native.positive_buckets[next];
    }
  }
  for (size_t i = 1; i < points_.size(); ++i) points_[i].value += points_[i - 1].value;
}

void ClassicBuckets::FillExemplars(const model::Metric& metric) {
  exemplars_.clear();
  if (metric.exemplars.empty() || metric.exemplars.size() != metric.exemplar_bounds.size()) return;
  exemplars_.resize(points_.size(), nullptr);
  for (size_t e = 0; e < metric.exemplars.size(); ++e) {
    const double bound = metric.exemplar_bounds[e];
    const auto at = std::lower_bound(points_.begin(), points_.end(), bound,
                                     [](const model::BoundValue& point, double b) { return point.bound < b; });
    if (at == points_.end() || at->bound != bound) continue;
    const model::Exemplar*& place = exemplars_[static_cast<size_t>(at - points_.begin())];
    if (place == nullptr) place = &metric.exemplars[e];
  }
}

}  // namespace bekci::wire
