#include "agent/promql/type_check.h"

#include <algorithm>
#include <string>

#include "agent/base/text.h"
#include "agent/promql/function_table.h"
#include "agent/promql/parser.h"

namespace bekci::promql {
namespace {

bool IsOperand(ValueType type) {
  return type == ValueType::kScalar || type == ValueType::kVector;
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Checker {
 public:
  explicit Checker(std::string_view query) : query_(query) {}

  base::Status Check(Expr* expr);

 private:
  base::Status Error(PositionRange at, const std::string& message) const {
    return ParseError(query_, at.start, message);
  }
  base::Status Expect(Expr* expr, ValueType wanted, const std::string& context);
  base::Status Aggregate(AggregateExpr* expr);
  base::Status Binary(BinaryExpr* expr);
  base::Status Operator(const BinaryExpr& expr) const;
  base::Status Matching(BinaryExpr* expr) const;
  base::Status Fill(const BinaryExpr& expr, bool vectors) const;
  base::Status CallArguments(Call* call);
  base::Status Arity(const Call& call) const;
  base::Status InfoSelector(Call* call) const;
  base::Status Unary(UnaryExpr* expr);
  base::Status Sub(Subquery* subquery);
  base::Status Selector(const VectorSelector& selector) const;
  PositionRange OperatorPosition(const BinaryExpr& expr) const;

  const std::string_view query_;
  uint32_t next_id_ = 0;
};

base::Status Checker::Check(Expr* expr) {
  expr->id = next_id_++;
  switch (expr->kind) {
    case ExprKind::kNumberLiteral:
    case ExprKind::kStringLiteral:
      return base::OkStatus();
    case ExprKind::kVectorSelector:
      return Selector(As<VectorSelector>(*expr));
    case ExprKind::kMatrixSelector:
      return Check(As<MatrixSelector>(*expr).selector.get());
    case ExprKind::kSubquery:
      return Sub(&As<Subquery>(*expr));
    case ExprKind::kUnary:
      return Unary(&As<UnaryExpr>(*expr));
    case ExprKind::kBinary:
      return Binary(&As<BinaryExpr>(*expr));
    case ExprKind::kAggregate:
      return Aggregate(&As<AggregateExpr>(*expr));
    case ExprKind::kCall:
      return CallArguments(&As<Call>(*expr));
    case ExprKind::kParen: {
      Expr* const inner = As<ParenExpr>(*expr).expr.get();
      RETURN_IF_ERROR(Check(inner));
      expr->type = inner->type;
      return base::OkStatus();
    }
  }
  return base::OkStatus();
}

base::Status Checker::Expect(Expr* expr, ValueType wanted, const std::string& context) {
  RETURN_IF_ERROR(Check(expr));
  if (expr->type == wanted) return base::OkStatus();
  return Error(expr->position, "expected type " + std::string(ValueTypeText(wanted)) + " in " + context + ", got " +
                                   std::string(ValueTypeText(expr->type)));
}

base::Status Checker::Unary(UnaryExpr* expr) {
  RETURN_IF_ERROR(Check(expr->expr.get()));
  expr->type = expr->expr->type;
  if (IsOperand(expr->type)) return base::OkStatus();
  return Error(expr->position, "unary expression only allowed on expressions of type scalar or instant vector, got " +
                                   base::Quoted(ValueTypeText(expr->type)));
}

base::Status Checker::Sub(Subquery* subquery) {
  RETURN_IF_ERROR(Check(subquery->expr.get()));
  const ValueType type = subquery->expr->type;
  if (type == ValueType::kVector) return base::OkStatus();
  return Error(subquery->position,
               "subquery is only allowed on instant vector, got " + std::string(ValueTypeName(type)) + " instead");
}

base::Status Checker::Selector(const VectorSelector& selector) const {
  const auto& matchers = selector.matchers;
  if (!selector.name.empty()) {
    for (size_t i = 0; i + 1 < matchers.size(); ++i) {
      if (matchers[i].name() != model::kMetricName) continue;
      return Error(selector.position, "metric name must not be set twice: " + base::Quoted(selector.name) + " or " +
                                          base::Quoted(matchers[i].value()));
    }
    return base::OkStatus();
  }
  const bool selects = std::any_of(matchers.begin(), matchers.end(), [](const auto& m) { return !m.MatchesEmpty(); });
  if (selects || selector.without_name) return base::OkStatus();
  return Error(selector.position, "vector selector must contain at least one non-empty matcher");
}

base::Status Checker::Aggregate(AggregateExpr* expr) {
  RETURN_IF_ERROR(Expect(expr->expr.get(), ValueType::kVector, "aggregation expression"));
  if (expr->param == nullptr) return base::OkStatus();
  const bool text = expr->op == AggregateOp::kCountValues;
  return Expect(expr->param.get(), text ? ValueType::kString : ValueType::kScalar, "aggregation parameter");
}

// ---- binary operators ----

PositionRange Checker::OperatorPosition(const BinaryExpr& expr) const {
  PositionRange at = {expr.lhs->position.end, expr.rhs->position.start};
  while (at.start < at.end && IsBlank(query_[at.start])) ++at.start;
  return at;
}

base::Status Checker::Binary(BinaryExpr* expr) {
  RETURN_IF_ERROR(Check(expr->lhs.get()));
  RETURN_IF_ERROR(Check(expr->rhs.get()));
  const bool scalars = expr->lhs->type == ValueType::kScalar && expr->rhs->type == ValueType::kScalar;
  expr->type = scalars ? ValueType::kScalar : ValueType::kVector;
  RETURN_IF_ERROR(Operator(*expr));
  return Matching(expr);
}

base::Status Checker::Operator(const BinaryExpr& expr) const {
  const bool comparison = IsComparison(expr.op);
  if (expr.return_bool && !comparison) {
    return Error(OperatorPosition(expr), "bool modifier can only be used on comparison operators");
  }
  if (comparison && !expr.return_bool && expr.type == ValueType::kScalar) {
    return Error(OperatorPosition(expr), "comparisons between scalars must use BOOL modifier");
  }
  const VectorMatching& matching = *expr.matching;
  for (const std::string& label : matching.labels) {
    const bool grouped = std::find(matching.include.begin(), matching.include.end(), label) != matching.include.end();
    if (!matching.on || !grouped) continue;
    return Error(OperatorPosition(expr),
                 "label " + base::Quoted(label) + " must not occur in ON and GROUP clause at once");
  }
  for (const Expr* side : {expr.lhs.get(), expr.rhs.get()}) {
    if (IsOperand(side->type)) continue;
    return Error(side->position, "binary expression must contain only scalar and instant vector types");
  }
  return base::OkStatus();
}

base::Status Checker::Matching(BinaryExpr* expr) const {
  const std::string op = base::Quoted(BinaryOpText(expr->op));
  const bool vectors = expr->lhs->type == ValueType::kVector && expr->rhs->type == ValueType::kVector;
  const bool set = IsSetOperator(expr->op);
  const bool grouped = expr->matching->cardinality != Cardinality::kOneToOne;
  if (!vectors && !expr->matching->labels.empty()) {
    return Error(expr->position, "vector matching only allowed between instant vectors");
  }
  if (vectors && set && grouped) return Error(expr->position, "no grouping allowed for " + op + " operation");
  RETURN_IF_ERROR(Fill(*expr, vectors));
  if (!vectors && set) {
    return Error(expr->position, "set operator " + op + " not allowed in binary scalar expression");
  }
  if (!vectors) expr->matching.reset();
  if (vectors && set) expr->matching->cardinality = Cardinality::kManyToMany;
  return base::OkStatus();
}

base::Status Checker::Fill(const BinaryExpr& expr, bool vectors) const {
  if (!expr.matching->fill_left && !expr.matching->fill_right) return base::OkStatus();
  if (!vectors) return Error(expr.position, "filling in missing series only allowed between instant vectors");
  if (!IsSetOperator(expr.op)) return base::OkStatus();
  return Error(expr.position, "filling in missing series not allowed for set operators");
}

// ---- calls ----

base::Status Checker::CallArguments(Call* call) {
  const Function& function = *call->function;
  call->type = function.result;
  RETURN_IF_ERROR(Arity(*call));
  const std::string context = "call to function " + base::Quoted(function.name);
  if (function.id == FunctionId::kInfo && call->args.size() > 1) RETURN_IF_ERROR(InfoSelector(call));
  for (size_t i = 0; i < call->args.size(); ++i) {
    const size_t row = std::min(i, function.args.size() - 1);
    RETURN_IF_ERROR(Expect(call->args[i].get(), function.args[row], context));
  }
  return base::OkStatus();
}

base::Status Checker::Arity(const Call& call) const {
  const Function& function = *call.function;
  const size_t given = call.args.size();
  const size_t listed = function.args.size();
  const auto message = [&](const char* bound, size_t wanted) {
    return Error(call.position, std::string("expected ") + bound + std::to_string(wanted) + " argument(s) in call to " +
                                    base::Quoted(function.name) + ", got " + std::to_string(given));
  };
  if (function.variadic == 0) return given == listed ? base::OkStatus() : message("", listed);
  const size_t least = listed - 1;
  if (given < least) return message("at least ", least);
  if (function.variadic < 0) return base::OkStatus();
  const size_t most = least + static_cast<size_t>(function.variadic);
  return given > most ? message("at most ", most) : base::OkStatus();
}

// info()'s second argument says which labels to add, by matchers alone.
base::Status Checker::InfoSelector(Call* call) const {
  Expr* const arg = call->args[1].get();
  if (arg->kind != ExprKind::kVectorSelector || !As<VectorSelector>(*arg).name.empty()) {
    return Error(arg->position, "expected label selectors only, got vector selector instead");
  }
  As<VectorSelector>(*arg).without_name = true;
  return base::OkStatus();
}

}  // namespace

base::Status CheckTypes(std::string_view query, Expr* root) {
  return Checker(query).Check(root);
}

}  // namespace bekci::promql
