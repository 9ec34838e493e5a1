// Evaluator: walks a query's syntax tree and computes its value for all steps of a grid.
//
// Vectors come in two ways. Streaming hands one column after the other to a sink and reuses the column's arrays for the
// next, so that sum(rate(x[5m])) holds one series and the sum, however many series there are. Whole vectors are what a
// binary operator or histogram_quantile need; they are streams gathered up. The order of columns is that of Prometheus'
// vectors: by labels out of a selector, and as operators leave it.
//
// Names: a function that drops the metric name either takes it off the labels at once or, with delayed name removal,
// marks the column (SeriesColumn::drop_name). Whoever drops at once makes sure that no step has one label set twice.
//
// The class is split over evaluator_*.cc by kind of expression. Recursion is bounded by the parser's kMaxDepth.
// Thread rule: one thread.
#pragma once

#include <functional>

#include "agent/base/status.h"
#include "agent/promql/ast.h"
#include "agent/promql/columns.h"
#include "agent/promql/kernels.h"
#include "agent/promql/query_context.h"
#include "agent/promql/value.h"

namespace bekci::promql {

// May move the column away; what it leaves is reused.
using ColumnSink = std::function<base::Status(SeriesColumn& column)>;

// Joins columns of equal labels that nowhere meet in a step, the earlier one staying in its place. Errors: invalid
// ("vector cannot contain metrics with the same labelset") where they meet.
base::Status MergeSameLabels(Columns* columns);

class Evaluator {
 public:
  explicit Evaluator(QueryContext& context) : context_(context) {}

  // By the type of `expr`.
  base::Status EvaluateScalar(const Expr& expr, const StepGrid& grid, ScalarColumn* out);
  base::Status EvaluateVector(const Expr& expr, const StepGrid& grid, Columns* out);
  base::Status StreamVector(const Expr& expr, const StepGrid& grid, const ColumnSink& sink);
  // A range vector as the value of an instant query at `t_ms`.
  base::Status EvaluateMatrix(const Expr& expr, int64_t t_ms, Matrix* out);

 private:
  // What a vector selector gives for each sample it finds.
  enum class Yield { kValue, kTimestamp, kStartTimestamp };
  using SeriesSink = std::function<base::Status(const storage::Series& series)>;
  using SamplesSink =
      std::function<base::Status(const model::Labels& labels, bool drop_name, const storage::Samples& samples)>;

  // evaluator.cc
  base::Status StreamOnce(const Expr& expr, const StepGrid& grid, const ColumnSink& sink);
  base::Status StreamByKind(const Expr& expr, const StepGrid& grid, const ColumnSink& sink);
  base::Status ScalarByKind(const Expr& expr, const StepGrid& grid, ScalarColumn* out);
  base::Status StreamUnary(const UnaryExpr& expr, const StepGrid& grid, const ColumnSink& sink);
  base::Status StreamColumns(Columns columns, const ColumnSink& sink);
  // For operators that drop the names of what streams past, column by column: `sink` gets each column after
  // `transform`, with its name marked or taken off; where taking it off may make label sets meet, they are merged
  // first.
  base::Status StreamNameless(const Expr& input, const StepGrid& grid, const ColumnSink& transform,
                              const ColumnSink& sink);
  bool NamesStayUnique(const Expr& expr) const;
  base::Status DropNames(Columns* columns) const;
  void DropName(SeriesColumn* column) const;

  // evaluator_selectors.cc
  base::Status ForEachSeries(const Expr& node, const VectorSelector& selector, const SeriesSink& sink);
  base::Status StreamSelector(const VectorSelector& selector, const StepGrid& grid, Yield yield,
                              const ColumnSink& sink);
  base::Status StreamMatrix(const Expr& expr, const Windows& windows, size_t count, const SamplesSink& sink);
  base::Status StreamSeriesSamples(const MatrixSelector& selector, const Windows& windows, size_t count,
                                   const SamplesSink& sink);
  base::Status StreamSubquerySamples(const Subquery& subquery, const Windows& windows, size_t count,
                                     const SamplesSink& sink);
  void CountPoints(const SeriesColumn& column);
  base::Status CountWindows(const storage::Samples& samples, const Windows& windows, size_t count);

  // evaluator_calls.cc
  base::Status StreamCall(const Call& call, const StepGrid& grid, const ColumnSink& sink);
  base::Status EvaluateArguments(const Call& call, const StepGrid& grid, size_t streamed, std::vector<Argument>* args);
  base::Status StreamRangeCall(const Call& call, const StepGrid& grid, RangeKernel kernel, NameRule names,
                               const ColumnSink& sink);
  base::Status StreamElementCall(const Call& call, const StepGrid& grid, const Kernel& kernel, const ColumnSink& sink);
  base::Status StreamVectorCall(const Call& call, const StepGrid& grid, const Kernel& kernel, const ColumnSink& sink);
  base::Status StreamTimestamp(const Call& call, const StepGrid& grid, const ColumnSink& sink);
  base::Status StreamStartTimestamp(const Call& call, const StepGrid& grid, const ColumnSink& sink);
  base::Status StreamTimes(const VectorSelector& selector, const StepGrid& grid, Yield yield, const ColumnSink& sink);
  base::Status StreamAbsentOverTime(const Call& call, const StepGrid& grid, const ColumnSink& sink);
  base::Status ScalarCall(const Call& call, const StepGrid& grid, ScalarColumn* out);
  FunctionCall MakeCall(const Call& call, const StepGrid& grid, std::vector<Argument>* args);

  // evaluator_info.cc
  base::Status StreamInfo(const Call& call, const StepGrid& grid, const ColumnSink& sink);

  // evaluator_binary.cc
  base::Status StreamBinary(const BinaryExpr& expr, const StepGrid& grid, const ColumnSink& sink);
  base::Status StreamVectorScalar(const BinaryExpr& expr, const StepGrid& grid, const ColumnSink& sink);
  base::Status ScalarBinary(const BinaryExpr& expr, const StepGrid& grid, ScalarColumn* out);

  // evaluator_aggregate.cc
  base::Status StreamAggregate(const AggregateExpr& expr, const StepGrid& grid, const ColumnSink& sink);
  base::Status StreamFolded(const AggregateExpr& expr, const StepGrid& grid, const ColumnSink& sink);

  QueryContext& context_;
};

}  // namespace bekci::promql
