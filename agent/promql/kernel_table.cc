// The table of kernels: which function runs what, and which keep the metric name.
#include <array>
#include <optional>

#include "agent/promql/function_kernels.h"

namespace bekci::promql {
namespace {

constexpr NameRule kDrop = NameRule::kDrop;
constexpr NameRule kKeep = NameRule::kKeep;

constexpr Kernel kKernels[] = {
    // Over ranges.
    {FunctionId::kAvgOverTime, RunAvgOverTime, kDrop},
    {FunctionId::kChanges, RunChanges, kDrop},
    {FunctionId::kCountOverTime, RunCountOverTime, kDrop},
    {FunctionId::kDelta, RunDelta, kDrop},
    {FunctionId::kDeriv, RunDeriv, kDrop},
    {FunctionId::kDoubleExponentialSmoothing, RunDoubleExponentialSmoothing, kDrop},
    {FunctionId::kFirstOverTime, RunFirstOverTime, kKeep},
    {FunctionId::kIdelta, RunIdelta, kDrop},
    {FunctionId::kIncrease, RunIncrease, kDrop},
    {FunctionId::kIrate, RunIrate, kDrop},
    {FunctionId::kLastOverTime, RunLastOverTime, kKeep},
    {FunctionId::kMadOverTime, RunMadOverTime, kDrop},
    {FunctionId::kMaxOverTime, RunMaxOverTime, kDrop},
    {FunctionId::kMinOverTime, RunMinOverTime, kDrop},
    {FunctionId::kPredictLinear, RunPredictLinear, kDrop},
    {FunctionId::kPresentOverTime, RunPresentOverTime, kDrop},
    {FunctionId::kQuantileOverTime, RunQuantileOverTime, kDrop},
    {FunctionId::kRate, RunRate, kDrop},
    {FunctionId::kResets, RunResets, kDrop},
    {FunctionId::kStddevOverTime, RunStddevOverTime, kDrop},
    {FunctionId::kStdvarOverTime, RunStdvarOverTime, kDrop},
    {FunctionId::kSumOverTime, RunSumOverTime, kDrop},
    {FunctionId::kTsOfFirstOverTime, RunTsOfFirstOverTime, kDrop},
    {FunctionId::kTsOfLastOverTime, RunTsOfLastOverTime, kDrop},
    {FunctionId::kTsOfMaxOverTime, RunTsOfMaxOverTime, kDrop},
    {FunctionId::kTsOfMinOverTime, RunTsOfMinOverTime, kDrop},
    // Element by element, with arguments.
    {FunctionId::kClamp, RunClamp, kDrop},
    {FunctionId::kClampMax, RunClampMax, kDrop},
    {FunctionId::kClampMin, RunClampMin, kDrop},
    {FunctionId::kRound, RunRound, kDrop},
    // Whole vectors.
    {FunctionId::kAbsent, RunAbsent, kDrop},
    {FunctionId::kHistogramFraction, RunHistogramFraction, kDrop},
    {FunctionId::kHistogramQuantile, RunHistogramQuantile, kDrop},
    {FunctionId::kHistogramQuantiles, RunHistogramQuantiles, kDrop},
    {FunctionId::kLabelJoin, RunLabelJoin, kKeep},
    {FunctionId::kLabelReplace, RunLabelReplace, kKeep},
    {FunctionId::kSort, RunSort, kKeep},
    {FunctionId::kSortByLabel, RunSortByLabel, kKeep},
    {FunctionId::kSortByLabelDesc, RunSortByLabelDesc, kKeep},
    {FunctionId::kSortDesc, RunSortDesc, kKeep},
    {FunctionId::kVector, RunVector, kDrop},
    // Scalars.
    {FunctionId::kEnd, RunEnd},
    {FunctionId::kMaxOf, RunMaxOf},
    {FunctionId::kMinOf, RunMinOf},
    {FunctionId::kPi, RunPi},
    {FunctionId::kRange, RunRange},
    {FunctionId::kScalar, RunScalar},
    {FunctionId::kStart, RunStart},
    {FunctionId::kStep, RunStep},
    {FunctionId::kTime, RunTime},
};

std::optional<Kernel> MakeKernel(FunctionId id) {
  for (const Kernel& kernel : kKernels) {
    if (kernel.id == id) return kernel;
  }
  if (const ElementKernel kernel = MathKernel(id)) return Kernel{id, kernel};
  if (const ElementKernel kernel = DateKernel(id)) return Kernel{id, kernel};
  if (const ElementKernel kernel = HistogramNumberKernel(id)) return Kernel{id, kernel, kDrop, 0, false};
  return std::nullopt;
}

}  // namespace

const Kernel* FindKernel(FunctionId id) {
  using Table = std::array<std::optional<Kernel>, kFunctionCount>;
  static const Table kTable = [] {
    Table table;
    for (int i = 0; i < kFunctionCount; ++i) table[static_cast<size_t>(i)] = MakeKernel(static_cast<FunctionId>(i));
    return table;
  }();
  const std::optional<Kernel>& kernel = kTable[static_cast<size_t>(id)];
  return kernel.has_value() ? &*kernel : nullptr;
}

}  // namespace bekci::promql
