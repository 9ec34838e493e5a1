// How a family of a pool is declared: every one has the pool's name and where it was asked as labels.
#pragma once

#include "agent/collect/family_sink.h"

namespace bekci::exporters::phpfpm {

using collect::MetricSpec;
using model::MetricType;

inline constexpr char kPoolLabels[] = "pool,scrape_uri";

// `labels` where there are more; they include the two.
constexpr MetricSpec PoolGauge(std::string_view name, std::string_view help, std::string_view labels = kPoolLabels) {
  return {name, MetricType::kGauge, help, labels};
}
constexpr MetricSpec PoolCounter(std::string_view name, std::string_view help, std::string_view labels = kPoolLabels) {
  return {name, MetricType::kCounter, help, labels};
}

}  // namespace bekci::exporters::phpfpm
