// The three shapes a metric has on every wire: one value, buckets, or quantiles; and which label names the format
// itself writes for them and therefore takes out of a metric's own labels. Thread rule: pure functions.
#pragma once

#include <string_view>

#include "agent/model/metric_family.h"

namespace bekci::wire {

enum class Shape : unsigned char { kValue, kHistogram, kSummary };

inline Shape ShapeOf(model::MetricType type) {
  if (type == model::MetricType::kSummary) return Shape::kSummary;
  const bool histogram = type == model::MetricType::kHistogram || type == model::MetricType::kGaugeHistogram;
  return histogram ? Shape::kHistogram : Shape::kValue;
}

inline bool IsFormatLabel(Shape shape, std::string_view name) {
  return name == model::kMetricName || (shape == Shape::kHistogram && name == "le") ||
         (shape == Shape::kSummary && name == "quantile");
}

}  // namespace bekci::wire
