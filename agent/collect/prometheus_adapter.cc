#include "agent/collect/prometheus_adapter.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <exception>
#include <limits>

namespace bekci::collect {
namespace {

model::MetricType TypeOf(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return model::MetricType::kCounter;
    case prometheus::MetricType::Gauge:
      return model::MetricType::kGauge;
    case prometheus::MetricType::Summary:
      return model::MetricType::kSummary;
    case prometheus::MetricType::Histogram:
      return model::MetricType::kHistogram;
    case prometheus::MetricType::Untyped:
      break;
  }
  return model::MetricType::kUntyped;
}

model::Labels LabelsOf(const prometheus::ClientMetric& metric) {
  std::vector<model::Labels::Pair> pairs;
  for (const auto& label : metric.label) pairs.emplace_back(label.name, label.value);
  return model::Labels::FromPairs(std::move(pairs));
}

void TakeHistogram(const prometheus::ClientMetric::Histogram& histogram, model::Metric* out) {
  out->count = static_cast<double>(histogram.sample_count);
  out->sum = histogram.sample_sum;
  for (const auto& bucket : histogram.bucket) {
    out->buckets.push_back({bucket.upper_bound, static_cast<double>(bucket.cumulative_count)});
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (out->buckets.empty() || out->buckets.back().bound != kInfinity) out->buckets.push_back({kInfinity, out->count});
}

void TakeSummary(const prometheus::ClientMetric::Summary& summary, model::Metric* out) {
  out->count = static_cast<double>(summary.sample_count);
  out->sum = summary.sample_sum;
  for (const auto& quantile : summary.quantile) out->quantiles.push_back({quantile.quantile, quantile.value});
}

model::Metric MetricOf(const prometheus::ClientMetric& metric, prometheus::MetricType type) {
  model::Metric out;
  out.labels = LabelsOf(metric);
  if (metric.timestamp_ms != 0) out.timestamp = base::Timestamp{metric.timestamp_ms};
  switch (type) {
    case prometheus::MetricType::Counter:
      out.value = metric.counter.value;
      break;
    case prometheus::MetricType::Gauge:
      out.value = metric.gauge.value;
      break;
    case prometheus::MetricType::Untyped:
      out.value = metric.untyped.value;
      break;
    case prometheus::MetricType::Summary:
      TakeSummary(metric.summary, &out);
      break;
    case prometheus::MetricType::Histogram:
      TakeHistogram(metric.histogram, &out);
      break;
  }
  return out;
}

}  // namespace

base::Status AddCollectable(const prometheus::Collectable& collectable, FamilySink& sink) {
  std::vector<prometheus::MetricFamily> families;
  try {
    families = collectable.Collect();
  } catch (const std::exception& e) {
    return base::Internal(std::string("collectable threw: ") + e.what());
  }
  for (const prometheus::MetricFamily& family : families) {
    model::MetricFamily converted{family.name, family.help, "", TypeOf(family.type), {}};
    for (const auto& metric : family.metric) converted.metrics.push_back(MetricOf(metric, family.type));
    sink.AddFamily(converted);
  }
  return base::OkStatus();
}

}  // namespace bekci::collect
