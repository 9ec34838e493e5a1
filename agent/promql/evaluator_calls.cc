// Function calls: arguments, kernels, and the few functions that only the evaluator can compute.
#include <utility>

#include "agent/promql/evaluator.h"
#include "agent/promql/function_kernels.h"

namespace bekci::promql {
namespace {

constexpr FunctionId kAnchoredFunctions[] = {FunctionId::kChanges, FunctionId::kDelta, FunctionId::kIncrease,
                                             FunctionId::kRate, FunctionId::kResets};
constexpr FunctionId kSmoothedFunctions[] = {FunctionId::kDelta, FunctionId::kIncrease, FunctionId::kRate};

// Errors: invalid, where the range selector has a modifier that the function cannot use.
base::Status CheckModifier(const char* modifier, std::span<const FunctionId> allowed, const Function& function) {
  std::string names;
  for (const FunctionId id : allowed) {
    if (id == function.id) return base::OkStatus();
    names += (names.empty() ? "" : ", ") + std::string(Functions()[static_cast<size_t>(id)].name);
  }
  return base::Invalid(std::string(modifier) + " modifier can only be used with: " + names + " - not with " +
                       std::string(function.name));
}

base::Status CheckModifiers(const Expr& range, const Function& function) {
  const Expr& inner = Unwrap(range);
  if (inner.kind != ExprKind::kMatrixSelector) return base::OkStatus();
  const VectorSelector& selector = *As<MatrixSelector>(inner).selector;
  if (selector.anchored) RETURN_IF_ERROR(CheckModifier("anchored", kAnchoredFunctions, function));
  if (selector.smoothed) RETURN_IF_ERROR(CheckModifier("smoothed", kSmoothedFunctions, function));
  return base::OkStatus();
}

size_t RangeArgument(const Call& call) {
  size_t arg = 0;
  while (arg + 1 < call.args.size() && call.args[arg]->type != ValueType::kMatrix) ++arg;
  return arg;
}

Windows RangeWindows(const Expr& range, const Plan& plan, const StepGrid& grid, int64_t lookback_ms) {
  const Expr& inner = Unwrap(range);
  const NodePlan& node = plan.of(inner);
  Windows windows = WindowsOf(node, grid, node.range_ms);
  if (inner.kind == ExprKind::kMatrixSelector) {
    const VectorSelector& selector = *As<MatrixSelector>(inner).selector;
    windows.anchored = selector.anchored;
    windows.smoothed = selector.smoothed;
    if (selector.anchored || selector.smoothed) windows.lookback_ms = lookback_ms;
  }
  return windows;
}

// What the date functions are about when nothing is said.
SeriesColumn EvaluationTimes(const StepGrid& grid) {
  SeriesColumn column;
  column.Reset(grid.count);
  for (size_t i = 0; i < grid.count; ++i) column.SetFloat(i, static_cast<double>(grid.at(i)) / 1000);
  return column;
}

}  // namespace

FunctionCall Evaluator::MakeCall(const Call& call, const StepGrid& grid, std::vector<Argument>* args) {
  return {call, grid, context_.query, context_.features, &context_.annotations, *args};
}

base::Status Evaluator::StreamCall(const Call& call, const StepGrid& grid, const ColumnSink& sink) {
  switch (call.function->id) {
    case FunctionId::kTimestamp:
      return StreamTimestamp(call, grid, sink);
    case FunctionId::kStartTimestamp:
      return StreamStartTimestamp(call, grid, sink);
    case FunctionId::kAbsentOverTime:
      return StreamAbsentOverTime(call, grid, sink);
    case FunctionId::kInfo:
      return StreamInfo(call, grid, sink);
    default:
      break;
  }
  const Kernel* kernel = FindKernel(call.function->id);
  if (kernel == nullptr) return base::Internal("function without a kernel: " + std::string(call.function->name));
  if (const auto* range = std::get_if<RangeKernel>(&kernel->run)) {
    return StreamRangeCall(call, grid, *range, kernel->names, sink);
  }
  if (std::holds_alternative<ElementKernel>(kernel->run)) return StreamElementCall(call, grid, *kernel, sink);
  return StreamVectorCall(call, grid, *kernel, sink);
}

// All arguments but `streamed`, which stays empty.
base::Status Evaluator::EvaluateArguments(const Call& call, const StepGrid& grid, size_t streamed,
                                          std::vector<Argument>* args) {
  args->resize(call.args.size());
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i == streamed) continue;
    const Expr& arg = *call.args[i];
    if (arg.type == ValueType::kScalar) {
      RETURN_IF_ERROR(EvaluateScalar(arg, grid, &(*args)[i].emplace<ScalarColumn>()));
    } else if (arg.type == ValueType::kString) {
      (*args)[i] = As<StringLiteral>(Unwrap(arg)).value;
    } else if (arg.type == ValueType::kVector) {
      RETURN_IF_ERROR(EvaluateVector(arg, grid, &(*args)[i].emplace<Columns>()));
    }
  }
  return base::OkStatus();
}

base::Status Evaluator::StreamRangeCall(const Call& call, const StepGrid& grid, RangeKernel kernel, NameRule names,
                                        const ColumnSink& sink) {
  const size_t range_arg = RangeArgument(call);
  const Expr& range = *call.args[range_arg];
  RETURN_IF_ERROR(CheckModifiers(range, *call.function));
  std::vector<Argument> args;
  RETURN_IF_ERROR(EvaluateArguments(call, grid, range_arg, &args));
  const FunctionCall function_call = MakeCall(call, grid, &args);
  const Windows windows = RangeWindows(range, context_.plan, grid, context_.lookback_ms);
  // Names that are dropped at once may make series equal; then all are needed to see it.
  const bool drops = names == NameRule::kDrop;
  const bool gather = drops && !context_.features.delayed_name_removal && !NamesStayUnique(range);
  Columns gathered;
  SeriesColumn column;
  const base::Status streamed = StreamMatrix(
      range, windows, grid.count, [&](const model::Labels& labels, bool drop_name, const storage::Samples& samples) {
        column.Reset(grid.count);
        RETURN_IF_ERROR(kernel(function_call, {labels, samples, windows, drop_name}, &column));
        if (column.AllAbsent()) return base::OkStatus();
        column.labels = labels;
        column.drop_name = drop_name;
        if (drops) DropName(&column);
        if (!gather) return sink(column);
        RETURN_IF_ERROR(context_.budget.Hold(PointSize(column)));
        gathered.push_back(std::move(column));
        return base::OkStatus();
      });
  RETURN_IF_ERROR(streamed);
  if (!gather) return base::OkStatus();
  RETURN_IF_ERROR(MergeSameLabels(&gathered));
  return StreamColumns(std::move(gathered), sink);
}

base::Status Evaluator::StreamElementCall(const Call& call, const StepGrid& grid, const Kernel& kernel,
                                          const ColumnSink& sink) {
  std::vector<Argument> args;
  RETURN_IF_ERROR(EvaluateArguments(call, grid, kernel.stream_arg, &args));
  const FunctionCall function_call = MakeCall(call, grid, &args);
  const auto run = std::get<ElementKernel>(kernel.run);
  const ColumnSink transform = [&](SeriesColumn& column) {
    if (kernel.floats_only) column.DropHistograms();
    return run(function_call, &column);
  };
  const ColumnSink pass = [&](SeriesColumn& column) { return column.AllAbsent() ? base::OkStatus() : sink(column); };
  if (kernel.stream_arg >= call.args.size()) {
    SeriesColumn times = EvaluationTimes(grid);
    RETURN_IF_ERROR(transform(times));
    return pass(times);
  }
  const Expr& streamed = *call.args[kernel.stream_arg];
  if (kernel.names == NameRule::kDrop) return StreamNameless(streamed, grid, transform, pass);
  return StreamVector(streamed, grid, [&](SeriesColumn& column) {
    RETURN_IF_ERROR(transform(column));
    return pass(column);
  });
}

base::Status Evaluator::StreamVectorCall(const Call& call, const StepGrid& grid, const Kernel& kernel,
                                         const ColumnSink& sink) {
  const auto* run = std::get_if<VectorKernel>(&kernel.run);
  if (run == nullptr) return base::Internal("not a vector function");
  const SampleBudget::Mark mark = context_.budget.mark();
  std::vector<Argument> args;
  RETURN_IF_ERROR(EvaluateArguments(call, grid, call.args.size(), &args));
  Columns out;
  RETURN_IF_ERROR((*run)(MakeCall(call, grid, &args), &out));
  if (kernel.names == NameRule::kDrop) {
    RETURN_IF_ERROR(DropNames(&out));
  } else {
    RETURN_IF_ERROR(MergeSameLabels(&out));
  }
  context_.budget.Settle(mark, {});
  return StreamColumns(std::move(out), sink);
}

base::Status Evaluator::ScalarCall(const Call& call, const StepGrid& grid, ScalarColumn* out) {
  const Kernel* kernel = FindKernel(call.function->id);
  const auto* run = kernel == nullptr ? nullptr : std::get_if<ScalarKernel>(&kernel->run);
  if (run == nullptr) return base::Internal("function without a kernel: " + std::string(call.function->name));
  const SampleBudget::Mark mark = context_.budget.mark();
  std::vector<Argument> args;
  RETURN_IF_ERROR(EvaluateArguments(call, grid, call.args.size(), &args));
  out->assign(grid.count, 0);
  RETURN_IF_ERROR((*run)(MakeCall(call, grid, &args), out));
  context_.budget.Settle(mark, {});
  return base::OkStatus();
}

// ---- functions about the samples themselves ----

base::Status Evaluator::StreamTimestamp(const Call& call, const StepGrid& grid, const ColumnSink& sink) {
  const Expr& arg = Unwrap(*call.args[0]);
  if (arg.kind == ExprKind::kVectorSelector) return StreamTimes(As<VectorSelector>(arg), grid, Yield::kTimestamp, sink);
  return StreamNameless(
      arg, grid,
      [&](SeriesColumn& column) {
        for (size_t i = 0; i < grid.count; ++i) {
          if (column.has(i)) column.SetFloat(i, static_cast<double>(grid.at(i)) / 1000);
        }
        column.histograms.clear();
        return base::OkStatus();
      },
      sink);
}

base::Status Evaluator::StreamStartTimestamp(const Call& call, const StepGrid& grid, const ColumnSink& sink) {
  const Expr& arg = Unwrap(*call.args[0]);
  if (arg.kind != ExprKind::kVectorSelector || !context_.features.use_start_timestamps) return base::OkStatus();
  return StreamTimes(As<VectorSelector>(arg), grid, Yield::kStartTimestamp, sink);
}

base::Status Evaluator::StreamTimes(const VectorSelector& selector, const StepGrid& grid, Yield yield,
                                    const ColumnSink& sink) {
  const bool gather = !context_.features.delayed_name_removal && !NamesStayUnique(selector);
  Columns gathered;
  RETURN_IF_ERROR(StreamSelector(selector, grid, yield, [&](SeriesColumn& column) {
    DropName(&column);
    if (!gather) return sink(column);
    gathered.push_back(std::move(column));
    return base::OkStatus();
  }));
  RETURN_IF_ERROR(MergeSameLabels(&gathered));
  return StreamColumns(std::move(gathered), sink);
}

base::Status Evaluator::StreamAbsentOverTime(const Call& call, const StepGrid& grid, const ColumnSink& sink) {
  const Expr& range = *call.args[0];
  RETURN_IF_ERROR(CheckModifiers(range, *call.function));
  const Windows windows = RangeWindows(range, context_.plan, grid, context_.lookback_ms);
  std::vector<Argument> args(1);
  const FunctionCall function_call = MakeCall(call, grid, &args);
  std::vector<bool> present(grid.count);
  SeriesColumn column;
  const base::Status streamed = StreamMatrix(
      range, windows, grid.count, [&](const model::Labels& labels, bool drop_name, const storage::Samples& samples) {
        column.Reset(grid.count);
        RETURN_IF_ERROR(RunPresentOverTime(function_call, {labels, samples, windows, drop_name}, &column));
        for (size_t i = 0; i < grid.count; ++i) {
          if (column.has(i)) present[i] = true;
        }
        return base::OkStatus();
      });
  RETURN_IF_ERROR(streamed);
  column.Reset(grid.count);
  for (size_t i = 0; i < grid.count; ++i) {
    if (!present[i]) column.SetFloat(i, 1);
  }
  if (column.AllAbsent()) return base::OkStatus();
  column.labels = AbsentLabels(range);
  column.drop_name = false;
  return sink(column);
}

}  // namespace bekci::promql
