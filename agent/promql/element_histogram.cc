// Numbers that a native histogram says by itself: count, sum, mean, spread. Floats become absent.
#include <cmath>

#include "agent/model/histogram_statistics.h"
#include "agent/promql/function_kernels.h"

namespace bekci::promql {
namespace {

using model::NativeHistogram;
using Number = double (*)(const NativeHistogram& h);

double Count(const NativeHistogram& h) {
  return h.count;
}
double Sum(const NativeHistogram& h) {
  return h.sum;
}
double Average(const NativeHistogram& h) {
  return h.sum / h.count;
}
double StandardDeviation(const NativeHistogram& h) {
  return std::sqrt(model::HistogramVariance(h));
}

template <Number kNumber>
base::Status RunNumber(const FunctionCall& /*call*/, SeriesColumn* column) {
  for (size_t step = 0; step < column->steps(); ++step) {
    if (column->is_histogram(step)) {
      column->SetFloat(step, kNumber(*column->histograms[step]));
    } else {
      column->SetAbsent(step);
    }
  }
  column->histograms.clear();
  return base::OkStatus();
}

struct NumberRow {
  FunctionId id;
  ElementKernel kernel;
};
constexpr NumberRow kNumbers[] = {
    {FunctionId::kHistogramAvg, RunNumber<Average>},
    {FunctionId::kHistogramCount, RunNumber<Count>},
    {FunctionId::kHistogramStddev, RunNumber<StandardDeviation>},
    {FunctionId::kHistogramStdvar, RunNumber<model::HistogramVariance>},
    {FunctionId::kHistogramSum, RunNumber<Sum>},
};

}  // namespace

ElementKernel HistogramNumberKernel(FunctionId id) {
  for (const NumberRow& row : kNumbers) {
    if (row.id == id) return row.kernel;
  }
  return nullptr;
}

}  // namespace bekci::promql
