// Kernels: what the functions of PromQL compute, as functions over columns, and the table that finds them. The
// evaluator does the rest: it reads series, evaluates arguments, drops names, streams, checks limits and duplicate
// label sets.
//
// There are four shapes; a function has exactly one:
//   range    one series' samples and its windows  -> one column          rate, max_over_time, quantile_over_time
//   element  one column, changed in place         -> the same column     abs, clamp, hour, histogram_count, timestamp
//   vector   all arguments, whole                 -> any columns         histogram_quantile, label_replace, sort,
//   vector scalar   all arguments, whole                 -> a scalar per step   scalar, pi, time
// Range and element kernels are called once per series while series stream past; nothing of one call is kept for the
// next. A function that has no kernel here is the evaluator's own (timestamp, start_timestamp, absent_over_time, info).
//
// Thread rule: kernels are functions without state.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>

#include "agent/base/status.h"
#include "agent/promql/annotations.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"
#include "agent/promql/features.h"
#include "agent/promql/function_table.h"
#include "agent/storage/samples.h"

namespace bekci::promql {

// An evaluated argument, by the type of the argument's expression.
using Argument = std::variant<std::monostate,  // the range vector of a range kernel, the streamed one of an element
                                               // kernel: handed over separately
                              Columns, ScalarColumn, std::string>;

// The query as a whole, whatever subquery the call stands in.
struct QueryRange {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;  // 0: an instant query
};

// What every kernel is told about its call.
struct FunctionCall {
  const Call& call;  // its arguments' expressions, their positions
  const StepGrid& grid;
  const QueryRange& query;
  const Features& features;
  Annotations* annotations;
  // One per argument that was given. Scalars have grid.count values.
  std::span<Argument> args;
  // Whether the query's time is over or nobody wants its answer: to be asked now and then by who looks at many samples.
  // The kernel may then return at once, with OK; the evaluator knows.
  const std::function<bool()>* given_up = nullptr;

  bool GivenUp() const { return given_up != nullptr && (*given_up)(); }
  bool has(size_t arg) const { return arg < args.size(); }
  const ScalarColumn& scalar(size_t arg) const { return std::get<ScalarColumn>(args[arg]); }
  const std::string& string(size_t arg) const { return std::get<std::string>(args[arg]); }
  Columns& columns(size_t arg) const { return std::get<Columns>(args[arg]); }
  // Where annotations about an argument point: a subquery's samples have no place in the text, so they point at its
  // start, as Prometheus' do.
  PositionRange position(size_t arg) const {
    return Unwrap(*call.args[arg]).kind == ExprKind::kSubquery ? PositionRange{} : call.args[arg]->position;
  }
};

// Where the window of each step lies: (end(i) - range_ms, end(i)]. `step_ms` is 0 where the selector has `@`: then all
// windows are one.
struct Windows {
  int64_t first_end_ms = 0;
  int64_t step_ms = 0;
  int64_t range_ms = 0;
  // anchored and smoothed: how far before (smoothed: and after) a window a sample may be looked for. `samples` holds
  // it.
  int64_t lookback_ms = 0;
  bool anchored = false;
  bool smoothed = false;
  int64_t end(size_t step) const { return first_end_ms + static_cast<int64_t>(step) * step_ms; }
};

struct RangeInput {
  const model::Labels& labels;      // of the series, with its name
  const storage::Samples& samples;  // no stale markers; covers all windows
  const Windows& windows;
  bool drop_name;  // the series comes out of a subquery whose names are to go
};

// `out` is all absent with grid.count steps; a step is left so where the window gives nothing. Windows only move
// forward: a kernel slides.
using RangeKernel = base::Status (*)(const FunctionCall& call, const RangeInput& in, SeriesColumn* out);
using ElementKernel = base::Status (*)(const FunctionCall& call, SeriesColumn* column);
// `out` is empty. Columns of call.columns(i) may be moved from. Names: see NameRule.
using VectorKernel = base::Status (*)(const FunctionCall& call, Columns* out);
// `out` has grid.count values, all 0.
using ScalarKernel = base::Status (*)(const FunctionCall& call, ScalarColumn* out);

enum class NameRule : uint8_t {
  kDrop,  // the evaluator drops the name of what the kernel gives, or marks it (delayed name removal)
  kKeep,  // as the kernel leaves labels and drop_name (a range or element kernel: as the series had them)
};

struct Kernel {
  FunctionId id;
  std::variant<RangeKernel, ElementKernel, VectorKernel, ScalarKernel> run;
  NameRule names = NameRule::kDrop;
  // Element kernels: which argument streams past; histograms in it become absent before the kernel sees it. When it
  // was not given (the date functions), the stream is one column without labels holding the evaluation time.
  uint8_t stream_arg = 0;
  bool floats_only = true;
};

// Null: the evaluator's own.
const Kernel* FindKernel(FunctionId id);

}  // namespace bekci::promql
