// Between vectors and scalars: absent, vector, scalar; and the scalars that the query itself gives.
#include <limits>
#include <numbers>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/promql/function_kernels.h"
#include "agent/promql/go_math.h"

namespace bekci::promql {
namespace {

const std::vector<model::Matcher>* MatchersOf(const Expr& arg) {
  const Expr& expr = Unwrap(arg);
  if (expr.kind == ExprKind::kVectorSelector) return &As<VectorSelector>(expr).matchers;
  if (expr.kind == ExprKind::kMatrixSelector) return &As<MatrixSelector>(expr).selector->matchers;
  return nullptr;
}

base::Status Constant(double value, ScalarColumn* out) {
  for (double& v : *out) v = value;
  return base::OkStatus();
}

}  // namespace

model::Labels AbsentLabels(const Expr& arg) {
  const std::vector<model::Matcher>* matchers = MatchersOf(arg);
  if (matchers == nullptr) return {};
  std::vector<model::Labels::Pair> pairs;
  std::set<std::string_view> seen;
  for (const model::Matcher& matcher : *matchers) {
    if (matcher.name() == model::kMetricName) continue;
    // A second condition on a name takes it away again; an empty value is none.
    const bool first = matcher.type() == model::MatchType::kEqual && seen.insert(matcher.name()).second;
    pairs.emplace_back(matcher.name(), first ? std::string_view(matcher.value()) : std::string_view());
  }
  return model::Labels::FromPairs(std::move(pairs));
}

base::Status RunAbsent(const FunctionCall& call, Columns* out) {
  SeriesColumn column;
  column.labels = AbsentLabels(*call.call.args[0]);
  column.Reset(call.grid.count);
  for (size_t step = 0; step < call.grid.count; ++step) column.SetFloat(step, 1);
  for (const SeriesColumn& present : call.columns(0)) {
    for (size_t step = 0; step < call.grid.count; ++step) {
      if (present.has(step)) column.SetAbsent(step);
    }
  }
  out->push_back(std::move(column));
  return base::OkStatus();
}

base::Status RunVector(const FunctionCall& call, Columns* out) {
  SeriesColumn column;
  column.Reset(call.grid.count);
  for (size_t step = 0; step < call.grid.count; ++step) column.SetFloat(step, call.scalar(0)[step]);
  out->push_back(std::move(column));
  return base::OkStatus();
}

base::Status RunScalar(const FunctionCall& call, ScalarColumn* out) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  std::vector<char> floats(call.grid.count, 0);
  RETURN_IF_ERROR(Constant(kNan, out));
  for (const SeriesColumn& column : call.columns(0)) {
    for (size_t step = 0; step < call.grid.count; ++step) {
      if (!column.is_float(step)) continue;
      (*out)[step] = floats[step] == 0 ? column.values[step] : kNan;
      floats[step] = 1;
    }
  }
  return base::OkStatus();
}

base::Status RunPi(const FunctionCall& /*call*/, ScalarColumn* out) {
  return Constant(std::numbers::pi, out);
}

base::Status RunTime(const FunctionCall& call, ScalarColumn* out) {
  for (size_t step = 0; step < out->size(); ++step) (*out)[step] = static_cast<double>(call.grid.at(step)) / 1000;
  return base::OkStatus();
}

base::Status RunStart(const FunctionCall& call, ScalarColumn* out) {
  return Constant(static_cast<double>(call.query.start_ms) / 1000, out);
}
base::Status RunEnd(const FunctionCall& call, ScalarColumn* out) {
  return Constant(static_cast<double>(call.query.end_ms) / 1000, out);
}
base::Status RunStep(const FunctionCall& call, ScalarColumn* out) {
  return Constant(static_cast<double>(call.query.step_ms) / 1000, out);
}
base::Status RunRange(const FunctionCall& call, ScalarColumn* out) {
  return Constant(static_cast<double>(call.query.end_ms - call.query.start_ms) / 1000, out);
}

base::Status RunMinOf(const FunctionCall& call, ScalarColumn* out) {
  for (size_t step = 0; step < out->size(); ++step) (*out)[step] = GoMin(call.scalar(0)[step], call.scalar(1)[step]);
  return base::OkStatus();
}
base::Status RunMaxOf(const FunctionCall& call, ScalarColumn* out) {
  for (size_t step = 0; step < out->size(); ++step) (*out)[step] = GoMax(call.scalar(0)[step], call.scalar(1)[step]);
  return base::OkStatus();
}

}  // namespace bekci::promql
