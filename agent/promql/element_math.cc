// Functions of one number: each float of a column, in place. Steps without a float are computed as well and stay
// without (columns.h), which keeps the loops free of branches.
#include <cmath>
#include <numbers>

#include "agent/promql/function_kernels.h"
#include "agent/promql/go_math.h"

namespace bekci::promql {
namespace {

using Function1 = double (*)(double);

template <Function1 kFunction>
base::Status RunMath(const FunctionCall& /*call*/, SeriesColumn* column) {
  for (double& value : column->values) value = kFunction(value);
  return base::OkStatus();
}

double Sign(double v) {
  if (v < 0) return -1;
  return v > 0 ? 1 : v;  // zeros and NaN stay
}
double Degrees(double v) {
  return v * 180 / std::numbers::pi;
}
double Radians(double v) {
  return v * std::numbers::pi / 180;
}

struct MathRow {
  FunctionId id;
  ElementKernel kernel;
};
constexpr MathRow kMath[] = {
    {FunctionId::kAbs, RunMath<std::abs>},     {FunctionId::kAcos, RunMath<std::acos>},
    {FunctionId::kAcosh, RunMath<std::acosh>}, {FunctionId::kAsin, RunMath<std::asin>},
    {FunctionId::kAsinh, RunMath<std::asinh>}, {FunctionId::kAtan, RunMath<std::atan>},
    {FunctionId::kAtanh, RunMath<std::atanh>}, {FunctionId::kCeil, RunMath<std::ceil>},
    {FunctionId::kCos, RunMath<std::cos>},     {FunctionId::kCosh, RunMath<std::cosh>},
    {FunctionId::kDeg, RunMath<Degrees>},      {FunctionId::kExp, RunMath<std::exp>},
    {FunctionId::kFloor, RunMath<std::floor>}, {FunctionId::kLn, RunMath<std::log>},
    {FunctionId::kLog10, RunMath<std::log10>}, {FunctionId::kLog2, RunMath<std::log2>},
    {FunctionId::kRad, RunMath<Radians>},      {FunctionId::kSgn, RunMath<Sign>},
    {FunctionId::kSin, RunMath<std::sin>},     {FunctionId::kSinh, RunMath<std::sinh>},
    {FunctionId::kSqrt, RunMath<std::sqrt>},   {FunctionId::kTan, RunMath<std::tan>},
    {FunctionId::kTanh, RunMath<std::tanh>},
};

}  // namespace

ElementKernel MathKernel(FunctionId id) {
  for (const MathRow& row : kMath) {
    if (row.id == id) return row.kernel;
  }
  return nullptr;
}

base::Status RunRound(const FunctionCall& call, SeriesColumn* column) {
  for (size_t step = 0; step < column->values.size(); ++step) {
    // The inverse spares rounding errors for steps such as 0.1. Ties go up.
    const double inverse = 1 / (call.has(1) ? call.scalar(1)[step] : 1);
    column->values[step] = std::floor(column->values[step] * inverse + 0.5) / inverse;
  }
  return base::OkStatus();
}

base::Status RunClamp(const FunctionCall& call, SeriesColumn* column) {
  const ScalarColumn& low = call.scalar(1);
  const ScalarColumn& high = call.scalar(2);
  for (size_t step = 0; step < column->values.size(); ++step) {
    if (high[step] < low[step]) {
      column->SetAbsent(step);
    } else {
      column->values[step] = GoMax(low[step], GoMin(high[step], column->values[step]));
    }
  }
  return base::OkStatus();
}

base::Status RunClampMin(const FunctionCall& call, SeriesColumn* column) {
  const ScalarColumn& low = call.scalar(1);
  for (size_t step = 0; step < column->values.size(); ++step) {
    column->values[step] = GoMax(low[step], column->values[step]);
  }
  return base::OkStatus();
}

base::Status RunClampMax(const FunctionCall& call, SeriesColumn* column) {
  const ScalarColumn& high = call.scalar(1);
  for (size_t step = 0; step < column->values.size(); ++step) {
    column->values[step] = GoMin(high[step], column->values[step]);
  }
  return base::OkStatus();
}

}  // namespace bekci::promql
