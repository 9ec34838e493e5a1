// The words of warnings and infos that functions, operators and aggregations share. They are Prometheus' own: people
// search for them. Source: Prometheus 3.14, util/annotations. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::promql {

// What histograms were put together by.
enum class HistogramOperation : unsigned char { kAddition, kSubtraction, kAggregation };

// ` for metric name "M"`, or nothing without a name.
std::string ForMetric(std::string_view metric);

std::string InvalidQuantileText(double q);
std::string BadBucketLabelText(std::string_view le, std::string_view metric);
std::string MixedFloatsHistogramsText(std::string_view metric);
std::string MixedClassicNativeText(std::string_view metric);
std::string MixedSchemasText(std::string_view metric);
std::string NotCounterText(std::string_view metric);
std::string NotGaugeText(std::string_view metric);
std::string PossibleNonCounterText(std::string_view metric);
std::string PossibleNonCounterTypeText(std::string_view type, std::string_view metric);
std::string HistogramsIgnoredText(std::string_view metric);
std::string StartOverlapText(std::string_view metric);
std::string ForcedMonotonicityText(std::string_view metric);
std::string QuantileNanResultText(std::string_view metric);
std::string QuantileNanSkewText(std::string_view metric);
std::string FractionNanText(std::string_view metric);
std::string ResetCollisionText(HistogramOperation operation);
std::string BoundsReconciledText(HistogramOperation operation);
inline constexpr std::string_view kSortInRangeText =
    "sort is ineffective for range queries since results are always ordered by labels";

}  // namespace bekci::promql
