#include "agent/promql/walk.h"

namespace bekci::promql {

void Walk(const Expr& expr, const std::function<void(const Expr& node)>& visit) {
  visit(expr);
  switch (expr.kind) {
    case ExprKind::kMatrixSelector:
      return Walk(*As<MatrixSelector>(expr).selector, visit);
    case ExprKind::kSubquery:
      return Walk(*As<Subquery>(expr).expr, visit);
    case ExprKind::kUnary:
      return Walk(*As<UnaryExpr>(expr).expr, visit);
    case ExprKind::kParen:
      return Walk(*As<ParenExpr>(expr).expr, visit);
    case ExprKind::kBinary:
      Walk(*As<BinaryExpr>(expr).lhs, visit);
      return Walk(*As<BinaryExpr>(expr).rhs, visit);
    case ExprKind::kAggregate: {
      const auto& aggregate = As<AggregateExpr>(expr);
      if (aggregate.param != nullptr) Walk(*aggregate.param, visit);
      return Walk(*aggregate.expr, visit);
    }
    case ExprKind::kCall:
      for (const ExprPtr& arg : As<Call>(expr).args) Walk(*arg, visit);
      return;
    case ExprKind::kVectorSelector:
    case ExprKind::kNumberLiteral:
    case ExprKind::kStringLiteral:
      return;
  }
}

}  // namespace bekci::promql
