// Every kernel there is, by the file that holds it; kernel_table.cc says which function runs which.
// Thread rule: functions without state.
#pragma once

#include "agent/model/labels.h"
#include "agent/promql/kernels.h"

namespace bekci::promql {

// range_rate.cc, range_rate_extended.cc, range_rate_instant.cc
base::Status RunRate(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunIncrease(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunDelta(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunIrate(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunIdelta(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);

// range_counting.cc
base::Status RunCountOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunPresentOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunFirstOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunLastOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunTsOfFirstOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunTsOfLastOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunChanges(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunResets(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);

// range_statistics.cc, range_extremes.cc
base::Status RunSumOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunAvgOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunStddevOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunStdvarOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunQuantileOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunMadOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunMinOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunMaxOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunTsOfMinOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunTsOfMaxOverTime(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);

// range_trend.cc
base::Status RunDeriv(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunPredictLinear(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
base::Status RunDoubleExponentialSmoothing(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);

// element_math.cc: RunMath<F> is a kernel per function of one number, so they are found by id.
ElementKernel MathKernel(FunctionId id);
base::Status RunRound(const FunctionCall& call, SeriesColumn* column);
base::Status RunClamp(const FunctionCall& call, SeriesColumn* column);
base::Status RunClampMin(const FunctionCall& call, SeriesColumn* column);
base::Status RunClampMax(const FunctionCall& call, SeriesColumn* column);
// element_date.cc
ElementKernel DateKernel(FunctionId id);
// element_histogram.cc
ElementKernel HistogramNumberKernel(FunctionId id);

// vector_histogram.cc
base::Status RunHistogramQuantile(const FunctionCall& call, Columns* out);
base::Status RunHistogramQuantiles(const FunctionCall& call, Columns* out);
base::Status RunHistogramFraction(const FunctionCall& call, Columns* out);
// vector_labels.cc
base::Status RunLabelReplace(const FunctionCall& call, Columns* out);
base::Status RunLabelJoin(const FunctionCall& call, Columns* out);
// vector_sort.cc
base::Status RunSort(const FunctionCall& call, Columns* out);
base::Status RunSortDesc(const FunctionCall& call, Columns* out);
base::Status RunSortByLabel(const FunctionCall& call, Columns* out);
base::Status RunSortByLabelDesc(const FunctionCall& call, Columns* out);
// vector_scalar.cc
base::Status RunAbsent(const FunctionCall& call, Columns* out);
base::Status RunVector(const FunctionCall& call, Columns* out);
base::Status RunScalar(const FunctionCall& call, ScalarColumn* out);
base::Status RunPi(const FunctionCall& call, ScalarColumn* out);
base::Status RunTime(const FunctionCall& call, ScalarColumn* out);
base::Status RunStart(const FunctionCall& call, ScalarColumn* out);
base::Status RunEnd(const FunctionCall& call, ScalarColumn* out);
base::Status RunStep(const FunctionCall& call, ScalarColumn* out);
base::Status RunRange(const FunctionCall& call, ScalarColumn* out);
base::Status RunMinOf(const FunctionCall& call, ScalarColumn* out);
base::Status RunMaxOf(const FunctionCall& call, ScalarColumn* out);

// The labels of absent(`arg`) and absent_over_time(`arg`): what the `=` matchers of a plain selector say, each name
// that is matched but once.
model::Labels AbsentLabels(const Expr& arg);

}  // namespace bekci::promql
