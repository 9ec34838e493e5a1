// NaiveEvaluator: PromQL straight from its definitions, one step at a time, for tests to compare the real evaluator
// with. It is simple and slow on purpose: every step selects, reads, sorts and sums anew; nothing slides, nothing is a
// column, no sum is compensated. So results agree up to rounding, not to the bit.
//
// It knows selectors, offsets, @, subqueries, operators, matching, the aggregations and the functions that random
// expressions are made of (see the test), with names dropped at once. What it does not know it says.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/native_histogram.h"
#include "agent/promql/ast.h"
#include "agent/storage/storage.h"

namespace bekci::promql {

using NaiveHistogram = std::shared_ptr<const model::NativeHistogram>;

struct NaiveSample {
  int64_t t_ms = 0;
  double value = 0;
  NaiveHistogram histogram;  // then value means nothing
};

struct NaiveSeries {
  model::Labels labels;
  std::vector<NaiveSample> samples;  // of an instant vector: one
};

struct NaiveValue {
  ValueType type = ValueType::kNone;
  double scalar = 0;
  std::string text;
  std::vector<NaiveSeries> series;
};

class NaiveEvaluator {
 public:
  // start and end: of the query, for @ start() and @ end().
  NaiveEvaluator(storage::Queryable& store, int64_t start_ms, int64_t end_ms)
      : store_(store), start_ms_(start_ms), end_ms_(end_ms) {}

  base::Result<NaiveValue> Evaluate(const Expr& expr, int64_t t_ms);

 private:
  base::Result<NaiveValue> Selector(const VectorSelector& selector, int64_t t_ms);
  base::Result<NaiveValue> Matrix(const MatrixSelector& selector, int64_t t_ms);
  base::Result<NaiveValue> SubqueryAt(const Subquery& subquery, int64_t t_ms);
  base::Result<NaiveValue> Unary(const UnaryExpr& expr, int64_t t_ms);
  base::Result<NaiveValue> Binary(const BinaryExpr& expr, int64_t t_ms);
  base::Result<NaiveValue> Vectors(const BinaryExpr& expr, const NaiveValue& lhs, const NaiveValue& rhs);
  base::Result<NaiveValue> Sets(const BinaryExpr& expr, const NaiveValue& lhs, const NaiveValue& rhs);
  base::Result<NaiveValue> Aggregate(const AggregateExpr& expr, int64_t t_ms);
  base::Result<NaiveValue> CallAt(const Call& call, int64_t t_ms);
  base::Result<std::vector<NaiveSeries>> Read(const VectorSelector& selector, int64_t after_ms, int64_t until_ms);
  int64_t Shifted(const TimeModifiers& time, int64_t t_ms) const;

  storage::Queryable& store_;
  int64_t start_ms_;
  int64_t end_ms_;
};

// What a function of a range makes of the samples of one window; nullopt: nothing.
struct NaiveWindow {
  const std::vector<NaiveSample>& samples;
  int64_t after_ms = 0;
  int64_t until_ms = 0;
  int64_t eval_ms = 0;
  std::vector<double> scalars;  // the other arguments
};
// Errors: not_found for functions it does not know.
base::Result<std::optional<NaiveSample>> NaiveRangeFunction(const std::string& name, const NaiveWindow& window);
// Functions of one number with scalar arguments; nullopt: the element goes.
base::Result<std::optional<double>> NaiveElementFunction(const std::string& name, double value,
                                                         const std::vector<double>& scalars);
double NaiveQuantile(double q, std::vector<double> values);
double NaiveClassicQuantile(double q, std::vector<std::pair<double, double>> buckets);

}  // namespace bekci::promql
