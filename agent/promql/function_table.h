// The functions of PromQL as the parser sees them: one row each. What they compute is the evaluator's, which finds a
// function by its id; docs and completion read the same rows.
//
// Source: Prometheus 3.14, promql/parser/functions.go.
// Thread rule: constant data.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/promql/ast.h"

namespace bekci::promql {

// In the order of the table, which is that of the names.
enum class FunctionId : unsigned char {
  kAbs,
  kAbsent,
  kAbsentOverTime,
  kAcos,
  kAcosh,
  kAsin,
  kAsinh,
  kAtan,
  kAtanh,
  kAvgOverTime,
  kCeil,
  kChanges,
  kClamp,
  kClampMax,
  kClampMin,
  kCos,
  kCosh,
  kCountOverTime,
  kDayOfMonth,
  kDayOfWeek,
  kDayOfYear,
  kDaysInMonth,
  kDeg,
  kDelta,
  kDeriv,
  kDoubleExponentialSmoothing,
  kEnd,
  kExp,
  kFirstOverTime,
  kFloor,
  kHistogramAvg,
  kHistogramCount,
  kHistogramFraction,
  kHistogramQuantile,
  kHistogramQuantiles,
  kHistogramStddev,
  kHistogramStdvar,
  kHistogramSum,
  kHour,
  kIdelta,
  kIncrease,
  kInfo,
  kIrate,
  kLabelJoin,
  kLabelReplace,
  kLastOverTime,
  kLn,
  kLog10,
  kLog2,
  kMadOverTime,
  kMaxOf,
  kMaxOverTime,
  kMinOf,
  kMinOverTime,
  kMinute,
  kMonth,
  kPi,
  kPredictLinear,
  kPresentOverTime,
  kQuantileOverTime,
  kRad,
  kRange,
  kRate,
  kResets,
  kRound,
  kScalar,
  kSgn,
  kSin,
  kSinh,
  kSort,
  kSortByLabel,
  kSortByLabelDesc,
  kSortDesc,
  kSqrt,
  kStart,
  kStartTimestamp,
  kStddevOverTime,
  kStdvarOverTime,
  kStep,
  kSumOverTime,
  kTan,
  kTanh,
  kTime,
  kTimestamp,
  kTsOfFirstOverTime,
  kTsOfLastOverTime,
  kTsOfMaxOverTime,
  kTsOfMinOverTime,
  kVector,
  kYear,
};
inline constexpr int kFunctionCount = 90;

struct Function {
  FunctionId id;
  std::string_view name;
  ValueType result;
  std::span<const ValueType> args;
  // 0: exactly `args`. n > 0: the last of `args` may be missing, or stand there up to n times. -1: any number of times.
  int variadic = 0;
  bool experimental = false;
};

std::span<const Function> Functions();                // by name
const Function* FindFunction(std::string_view name);  // null: there is none

}  // namespace bekci::promql
