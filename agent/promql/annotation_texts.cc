#include "agent/promql/annotation_texts.h"

#include "agent/base/text.h"

namespace bekci::promql {
namespace {

std::string_view OperationName(HistogramOperation operation) {
  switch (operation) {
    case HistogramOperation::kAddition:
      return "addition";
    case HistogramOperation::kSubtraction:
      return "subtraction";
    case HistogramOperation::kAggregation:
      break;
  }
  return "aggregation";
}

std::string About(std::string_view text, std::string_view metric) {
  return std::string(text) + " " + base::Quoted(metric);
}

}  // namespace

std::string ForMetric(std::string_view metric) {
  return metric.empty() ? std::string() : About(" for metric name", metric);
}

std::string InvalidQuantileText(double q) {
  return "quantile value should be between 0 and 1, got " + base::DoubleText(q);
}
std::string BadBucketLabelText(std::string_view le, std::string_view metric) {
  return About("bucket label \"le\" is missing or has a malformed value of", le) + ForMetric(metric);
}
std::string MixedFloatsHistogramsText(std::string_view metric) {
  return About("encountered a mix of histograms and floats for metric name", metric);
}
std::string MixedClassicNativeText(std::string_view metric) {
  return "vector contains a mix of classic and native histograms" + ForMetric(metric);
}
std::string MixedSchemasText(std::string_view metric) {
  return About("vector contains a mix of histograms with exponential and custom buckets schemas for metric name",
               metric);
}
std::string NotCounterText(std::string_view metric) {
  return About("this native histogram metric is not a counter:", metric);
}
std::string NotGaugeText(std::string_view metric) {
  return About("this native histogram metric is not a gauge:", metric);
}
std::string PossibleNonCounterText(std::string_view metric) {
  return About("metric might not be a counter, name does not end in _total/_sum/_count/_bucket:", metric);
}
std::string PossibleNonCounterTypeText(std::string_view type, std::string_view metric) {
  return About("metric might not be a counter, __type__ label is not set to \"counter\" or \"histogram\", got", type) +
         ": " + base::Quoted(metric);
}
std::string HistogramsIgnoredText(std::string_view metric) {
  return About("ignored histograms in a range containing both floats and histograms for metric name", metric);
}
std::string StartOverlapText(std::string_view metric) {
  return About("sample has start time that overlaps with previous sample timestamp for metric", metric);
}
std::string ForcedMonotonicityText(std::string_view metric) {
  return "input to histogram_quantile needed to be fixed for monotonicity (see "
         "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)" +
         ForMetric(metric);
}
std::string QuantileNanResultText(std::string_view metric) {
  return "input to histogram_quantile has NaN observations, result is NaN" + ForMetric(metric);
}
std::string QuantileNanSkewText(std::string_view metric) {
  return "input to histogram_quantile has NaN observations, result is skewed higher" + ForMetric(metric);
}
std::string FractionNanText(std::string_view metric) {
  return "input to histogram_fraction has NaN observations, which are excluded from all fractions" + ForMetric(metric);
}
std::string ResetCollisionText(HistogramOperation operation) {
  return "conflicting counter resets during histogram " + std::string(OperationName(operation));
}
std::string BoundsReconciledText(HistogramOperation operation) {
  return "mismatched custom buckets were reconciled during " + std::string(OperationName(operation));
}

}  // namespace bekci::promql
