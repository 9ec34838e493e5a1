#include "agent/ruler/result_labels.h"

#include <algorithm>

#include "agent/model/labels.h"
#include "agent/promql/function_table.h"

namespace bekci::ruler {
namespace {

using promql::As;
using promql::BinaryOp;
using promql::FunctionId;

ResultLabels Only(const std::vector<std::string>& names) {
  return {.closed = true, .names = {names.begin(), names.end()}};
}

void Remove(const std::string& name, ResultLabels* labels) {
  if (labels->closed) {
    labels->names.erase(name);
  } else {
    labels->names.insert(name);
  }
}

void Add(const std::string& name, ResultLabels* labels) {
  if (labels->closed) {
    labels->names.insert(name);
  } else {
    labels->names.erase(name);
  }
}

// Those of `kept` that `labels` may have.
ResultLabels Keep(const ResultLabels& labels, const std::vector<std::string>& kept) {
  ResultLabels result{.closed = true, .names = {}};
  for (const std::string& name : kept) {
    if (labels.MayHave(name)) result.names.insert(name);
  }
  return result;
}

ResultLabels Union(const ResultLabels& a, const ResultLabels& b) {
  if (a.closed && b.closed) {
    ResultLabels both = a;
    both.names.insert(b.names.begin(), b.names.end());
    return both;
  }
  const ResultLabels& open = a.closed ? b : a;
  const ResultLabels& other = a.closed ? a : b;
  ResultLabels both = open;
  std::erase_if(both.names, [&](const std::string& name) { return other.MayHave(name); });
  return both;
}

// The text of a literal argument; labels that a query computes cannot be known.
std::string TextOf(const promql::Expr& expr) {
  const promql::Expr& inner = promql::Unwrap(expr);
  return inner.kind == promql::ExprKind::kStringLiteral ? As<promql::StringLiteral>(inner).value : std::string();
}

ResultLabels OfAggregate(const promql::AggregateExpr& aggregate) {
  ResultLabels labels = ResultLabelsOf(*aggregate.expr);
  switch (aggregate.op) {
    case promql::AggregateOp::kTopk:
    case promql::AggregateOp::kBottomk:
    case promql::AggregateOp::kLimitk:
    case promql::AggregateOp::kLimitRatio:
      return labels;
    default:
      break;
  }
  if (aggregate.without) {
    for (const std::string& name : aggregate.grouping) Remove(name, &labels);
    Remove(std::string(model::kMetricName), &labels);
  } else {
    labels = Keep(labels, aggregate.grouping);
  }
  if (aggregate.op == promql::AggregateOp::kCountValues) Add(TextOf(*aggregate.param), &labels);
  return labels;
}

ResultLabels OfBinary(const promql::BinaryExpr& binary) {
  ResultLabels left = ResultLabelsOf(*binary.lhs);
  ResultLabels right = ResultLabelsOf(*binary.rhs);
  if (!binary.matching) return binary.lhs->type == promql::ValueType::kVector ? left : right;
  const promql::VectorMatching& matching = *binary.matching;
  if (binary.op == BinaryOp::kOr) return Union(left, right);
  if (promql::IsSetOperator(binary.op)) return left;
  switch (matching.cardinality) {
    case promql::Cardinality::kManyToOne:
      for (const std::string& name : matching.include) Add(name, &left);
      return left;
    case promql::Cardinality::kOneToMany:
      for (const std::string& name : matching.include) Add(name, &right);
      return right;
    default:
      break;
  }
  if (matching.on) return Keep(left, matching.labels);
  for (const std::string& name : matching.labels) Remove(name, &left);
  // Where one side has no label to match, the other's series has none either.
  if (right.closed && !left.closed && matching.labels.empty()) return right;
  return left;
}

ResultLabels OfSelectorForAbsent(const promql::Expr& argument) {
  const promql::Expr& inner = promql::Unwrap(argument);
  const promql::VectorSelector* selector = nullptr;
  if (inner.kind == promql::ExprKind::kVectorSelector) selector = &As<promql::VectorSelector>(inner);
  if (inner.kind == promql::ExprKind::kMatrixSelector) selector = As<promql::MatrixSelector>(inner).selector.get();
  ResultLabels labels{.closed = true, .names = {}};
  if (selector == nullptr) return labels;
  for (const model::Matcher& matcher : selector->matchers) {
    if (matcher.type() == model::MatchType::kEqual && matcher.name() != model::kMetricName) {
      labels.names.insert(matcher.name());
    }
  }
  return labels;
}

// The argument that the samples come from: the last vector.
const promql::Expr* SourceOf(const promql::Call& call) {
  const promql::Expr* source = nullptr;
  for (const promql::ExprPtr& arg : call.args) {
    const bool samples = arg->type == promql::ValueType::kVector || arg->type == promql::ValueType::kMatrix;
    if (samples) source = arg.get();
  }
  return source;
}

ResultLabels OfCall(const promql::Call& call) {
  const FunctionId id = call.function->id;
  if (id == FunctionId::kAbsent || id == FunctionId::kAbsentOverTime) return OfSelectorForAbsent(*call.args[0]);
  if (id == FunctionId::kInfo) return {};
  const promql::Expr* const source = SourceOf(call);
  if (source == nullptr || id == FunctionId::kScalar || id == FunctionId::kVector) return Only({});
  ResultLabels labels = ResultLabelsOf(*source);
  if (id == FunctionId::kHistogramQuantile) Remove("le", &labels);
  if (id == FunctionId::kHistogramQuantiles && call.args.size() > 1) Add(TextOf(*call.args[1]), &labels);
  if ((id == FunctionId::kLabelReplace || id == FunctionId::kLabelJoin) && call.args.size() > 1) {
    Add(TextOf(*call.args[1]), &labels);
  }
  return labels;
}

}  // namespace

ResultLabels ResultLabelsOf(const promql::Expr& expr) {
  switch (expr.kind) {
    case promql::ExprKind::kVectorSelector:
    case promql::ExprKind::kMatrixSelector:
      return {};
    case promql::ExprKind::kSubquery:
      return ResultLabelsOf(*As<promql::Subquery>(expr).expr);
    case promql::ExprKind::kParen:
      return ResultLabelsOf(*As<promql::ParenExpr>(expr).expr);
    case promql::ExprKind::kUnary:
      return ResultLabelsOf(*As<promql::UnaryExpr>(expr).expr);
    case promql::ExprKind::kBinary:
      return OfBinary(As<promql::BinaryExpr>(expr));
    case promql::ExprKind::kAggregate:
      return OfAggregate(As<promql::AggregateExpr>(expr));
    case promql::ExprKind::kCall:
      return OfCall(As<promql::Call>(expr));
    case promql::ExprKind::kNumberLiteral:
    case promql::ExprKind::kStringLiteral:
      return Only({});
  }
  return {};
}

}  // namespace bekci::ruler
