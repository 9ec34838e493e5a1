#include "agent/promql/function_table.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace bekci::promql {
namespace {

// Kinds of arguments by the letters of their types: Vector, Matrix, Scalar, Text.
constexpr ValueType kV[] = {ValueType::kVector};
constexpr ValueType kM[] = {ValueType::kMatrix};
constexpr ValueType kS[] = {ValueType::kScalar};
constexpr ValueType kVS[] = {ValueType::kVector, ValueType::kScalar};
constexpr ValueType kVSS[] = {ValueType::kVector, ValueType::kScalar, ValueType::kScalar};
constexpr ValueType kVT[] = {ValueType::kVector, ValueType::kString};
constexpr ValueType kVV[] = {ValueType::kVector, ValueType::kVector};
constexpr ValueType kSS[] = {ValueType::kScalar, ValueType::kScalar};
constexpr ValueType kSV[] = {ValueType::kScalar, ValueType::kVector};
constexpr ValueType kSM[] = {ValueType::kScalar, ValueType::kMatrix};
constexpr ValueType kMS[] = {ValueType::kMatrix, ValueType::kScalar};
constexpr ValueType kMSS[] = {ValueType::kMatrix, ValueType::kScalar, ValueType::kScalar};
constexpr ValueType kSSV[] = {ValueType::kScalar, ValueType::kScalar, ValueType::kVector};
constexpr ValueType kVTSS[] = {ValueType::kVector, ValueType::kString, ValueType::kScalar, ValueType::kScalar};
constexpr ValueType kVTTT[] = {ValueType::kVector, ValueType::kString, ValueType::kString, ValueType::kString};
constexpr ValueType kVTTTT[] = {ValueType::kVector, ValueType::kString, ValueType::kString, ValueType::kString,
                                ValueType::kString};
constexpr std::span<const ValueType> kNothing;
constexpr ValueType kVector = ValueType::kVector;
constexpr ValueType kScalar = ValueType::kScalar;

// id, name, result, arguments, variadic, experimental
constexpr Function kFunctions[] = {
    {FunctionId::kAbs, "abs", kVector, kV, 0, false},
    {FunctionId::kAbsent, "absent", kVector, kV, 0, false},
    {FunctionId::kAbsentOverTime, "absent_over_time", kVector, kM, 0, false},
    {FunctionId::kAcos, "acos", kVector, kV, 0, false},
    {FunctionId::kAcosh, "acosh", kVector, kV, 0, false},
    {FunctionId::kAsin, "asin", kVector, kV, 0, false},
    {FunctionId::kAsinh, "asinh", kVector, kV, 0, false},
    {FunctionId::kAtan, "atan", kVector, kV, 0, false},
    {FunctionId::kAtanh, "atanh", kVector, kV, 0, false},
    {FunctionId::kAvgOverTime, "avg_over_time", kVector, kM, 0, false},
    {FunctionId::kCeil, "ceil", kVector, kV, 0, false},
    {FunctionId::kChanges, "changes", kVector, kM, 0, false},
    {FunctionId::kClamp, "clamp", kVector, kVSS, 0, false},
    {FunctionId::kClampMax, "clamp_max", kVector, kVS, 0, false},
    {FunctionId::kClampMin, "clamp_min", kVector, kVS, 0, false},
    {FunctionId::kCos, "cos", kVector, kV, 0, false},
    {FunctionId::kCosh, "cosh", kVector, kV, 0, false},
    {FunctionId::kCountOverTime, "count_over_time", kVector, kM, 0, false},
    {FunctionId::kDayOfMonth, "day_of_month", kVector, kV, 1, false},
    {FunctionId::kDayOfWeek, "day_of_week", kVector, kV, 1, false},
    {FunctionId::kDayOfYear, "day_of_year", kVector, kV, 1, false},
    {FunctionId::kDaysInMonth, "days_in_month", kVector, kV, 1, false},
    {FunctionId::kDeg, "deg", kVector, kV, 0, false},
    {FunctionId::kDelta, "delta", kVector, kM, 0, false},
    {FunctionId::kDeriv, "deriv", kVector, kM, 0, false},
    {FunctionId::kDoubleExponentialSmoothing, "double_exponential_smoothing", kVector, kMSS, 0, true},
    {FunctionId::kEnd, "end", kScalar, kNothing, 0, true},
    {FunctionId::kExp, "exp", kVector, kV, 0, false},
    {FunctionId::kFirstOverTime, "first_over_time", kVector, kM, 0, false},
    {FunctionId::kFloor, "floor", kVector, kV, 0, false},
    {FunctionId::kHistogramAvg, "histogram_avg", kVector, kV, 0, false},
    {FunctionId::kHistogramCount, "histogram_count", kVector, kV, 0, false},
    {FunctionId::kHistogramFraction, "histogram_fraction", kVector, kSSV, 0, false},
    {FunctionId::kHistogramQuantile, "histogram_quantile", kVector, kSV, 0, false},
    {FunctionId::kHistogramQuantiles, "histogram_quantiles", kVector, kVTSS, 9, true},
    {FunctionId::kHistogramStddev, "histogram_stddev", kVector, kV, 0, false},
    {FunctionId::kHistogramStdvar, "histogram_stdvar", kVector, kV, 0, false},
    {FunctionId::kHistogramSum, "histogram_sum", kVector, kV, 0, false},
    {FunctionId::kHour, "hour", kVector, kV, 1, false},
    {FunctionId::kIdelta, "idelta", kVector, kM, 0, false},
    {FunctionId::kIncrease, "increase", kVector, kM, 0, false},
    {FunctionId::kInfo, "info", kVector, kVV, 1, true},
    {FunctionId::kIrate, "irate", kVector, kM, 0, false},
    {FunctionId::kLabelJoin, "label_join", kVector, kVTTT, -1, false},
    {FunctionId::kLabelReplace, "label_replace", kVector, kVTTTT, 0, false},
    {FunctionId::kLastOverTime, "last_over_time", kVector, kM, 0, false},
    {FunctionId::kLn, "ln", kVector, kV, 0, false},
    {FunctionId::kLog10, "log10", kVector, kV, 0, false},
    {FunctionId::kLog2, "log2", kVector, kV, 0, false},
    {FunctionId::kMadOverTime, "mad_over_time", kVector, kM, 0, true},
    {FunctionId::kMaxOf, "max_of", kScalar, kSS, 0, true},
    {FunctionId::kMaxOverTime, "max_over_time", kVector, kM, 0, false},
    {FunctionId::kMinOf, "min_of", kScalar, kSS, 0, true},
    {FunctionId::kMinOverTime, "min_over_time", kVector, kM, 0, false},
    {FunctionId::kMinute, "minute", kVector, kV, 1, false},
    {FunctionId::kMonth, "month", kVector, kV, 1, false},
    {FunctionId::kPi, "pi", kScalar, kNothing, 0, false},
    {FunctionId::kPredictLinear, "predict_linear", kVector, kMS, 0, false},
    {FunctionId::kPresentOverTime, "present_over_time", kVector, kM, 0, false},
    {FunctionId::kQuantileOverTime, "quantile_over_time", kVector, kSM, 0, false},
    {FunctionId::kRad, "rad", kVector, kV, 0, false},
    {FunctionId::kRange, "range", kScalar, kNothing, 0, true},
    {FunctionId::kRate, "rate", kVector, kM, 0, false},
    {FunctionId::kResets, "resets", kVector, kM, 0, false},
    {FunctionId::kRound, "round", kVector, kVS, 1, false},
    {FunctionId::kScalar, "scalar", kScalar, kV, 0, false},
    {FunctionId::kSgn, "sgn", kVector, kV, 0, false},
    {FunctionId::kSin, "sin", kVector, kV, 0, false},
    {FunctionId::kSinh, "sinh", kVector, kV, 0, false},
    {FunctionId::kSort, "sort", kVector, kV, 0, false},
    {FunctionId::kSortByLabel, "sort_by_label", kVector, kVT, -1, true},
    {FunctionId::kSortByLabelDesc, "sort_by_label_desc", kVector, kVT, -1, true},
    {FunctionId::kSortDesc, "sort_desc", kVector, kV, 0, false},
    {FunctionId::kSqrt, "sqrt", kVector, kV, 0, false},
    {FunctionId::kStart, "start", kScalar, kNothing, 0, true},
    {FunctionId::kStartTimestamp, "start_timestamp", kVector, kV, 0, true},
    {FunctionId::kStddevOverTime, "stddev_over_time", kVector, kM, 0, false},
    {FunctionId::kStdvarOverTime, "stdvar_over_time", kVector, kM, 0, false},
    {FunctionId::kStep, "step", kScalar, kNothing, 0, true},
    {FunctionId::kSumOverTime, "sum_over_time", kVector, kM, 0, false},
    {FunctionId::kTan, "tan", kVector, kV, 0, false},
    {FunctionId::kTanh, "tanh", kVector, kV, 0, false},
    {FunctionId::kTime, "time", kScalar, kNothing, 0, false},
    {FunctionId::kTimestamp, "timestamp", kVector, kV, 0, false},
    {FunctionId::kTsOfFirstOverTime, "ts_of_first_over_time", kVector, kM, 0, true},
    {FunctionId::kTsOfLastOverTime, "ts_of_last_over_time", kVector, kM, 0, true},
    {FunctionId::kTsOfMaxOverTime, "ts_of_max_over_time", kVector, kM, 0, true},
    {FunctionId::kTsOfMinOverTime, "ts_of_min_over_time", kVector, kM, 0, true},
    {FunctionId::kVector, "vector", kVector, kS, 0, false},
    {FunctionId::kYear, "year", kVector, kV, 1, false},
};
static_assert(std::size(kFunctions) == kFunctionCount);

constexpr bool IsOrdered() {
  for (size_t i = 0; i < std::size(kFunctions); ++i) {
    if (static_cast<size_t>(kFunctions[i].id) != i) return false;
    if (i > 0 && !(kFunctions[i - 1].name < kFunctions[i].name)) return false;
  }
  return true;
}
static_assert(IsOrdered(), "rows stand in the order of FunctionId, which is that of the names");

}  // namespace

std::span<const Function> Functions() {
  return kFunctions;
}

const Function* FindFunction(std::string_view name) {
  const Function* const found =
      std::lower_bound(std::begin(kFunctions), std::end(kFunctions), name,
                       [](const Function& row, std::string_view text) { return row.name < text; });
  return found != std::end(kFunctions) && found->name == name ? found : nullptr;
}

}  // namespace bekci::promql
