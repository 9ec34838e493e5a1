// The many-line form of a query. Source: Prometheus, promql/parser/prettier.go.
#include <string>
#include <string_view>

#include "agent/promql/function_table.h"
#include "agent/promql/printer.h"
#include "agent/promql/text_spans.h"

namespace bekci::promql {
namespace {

constexpr size_t kLineLength = 100;
constexpr std::string_view kIndent = "  ";

class Prettifier {
 public:
  explicit Prettifier(const Expr& root) : text_(PrintSpans(root, &spans_)) {}

  void Append(const Expr& expr, size_t level);
  std::string TakeText() { return std::move(out_); }

 private:
  std::string_view OneLine(const Expr& expr) const {
    return std::string_view(text_).substr(spans_[expr.id].start, spans_[expr.id].length);
  }
  void Indent(size_t level) {
    // A unary operator stands where its operand's indent would be.
    if (skip_indent_) {
      skip_indent_ = false;
      return;
    }
    for (size_t i = 0; i < level; ++i) out_ += kIndent;
  }
  void Split(const Expr& expr, size_t level);
  void Binary(const BinaryExpr& expr, size_t level);
  void Aggregate(const AggregateExpr& expr, size_t level);
  void Arguments(const Call& call, size_t level);

  TextSpans spans_;
  const std::string text_;
  std::string out_;
  bool skip_indent_ = false;
};

void Prettifier::Append(const Expr& expr, size_t level) {
  const bool leaf = expr.kind == ExprKind::kNumberLiteral || expr.kind == ExprKind::kStringLiteral ||
                    expr.kind == ExprKind::kVectorSelector || expr.kind == ExprKind::kMatrixSelector;
  if (!leaf && spans_[expr.id].length > kLineLength) return Split(expr, level);
  Indent(level);
  out_ += OneLine(expr);
}

void Prettifier::Split(const Expr& expr, size_t level) {
  switch (expr.kind) {
    case ExprKind::kBinary:
      return Binary(As<BinaryExpr>(expr), level);
    case ExprKind::kAggregate:
      return Aggregate(As<AggregateExpr>(expr), level);
    case ExprKind::kCall:
      return Arguments(As<Call>(expr), level);
    case ExprKind::kSubquery:
      Append(*As<Subquery>(expr).expr, level);
      return AppendSubquerySuffix(&out_, As<Subquery>(expr));
    case ExprKind::kUnary:
      Indent(level);
      out_ += As<UnaryExpr>(expr).negate ? '-' : '+';
      skip_indent_ = true;
      return Append(*As<UnaryExpr>(expr).expr, level);
    default:
      Indent(level);
      out_ += "(\n";
      Append(*As<ParenExpr>(expr).expr, level + 1);
      out_ += '\n';
      Indent(level);
      out_ += ')';
  }
}

void Prettifier::Binary(const BinaryExpr& expr, size_t level) {
  Append(*expr.lhs, level + 1);
  out_ += '\n';
  Indent(level);
  AppendOperator(&out_, expr);
  out_ += '\n';
  Append(*expr.rhs, level + 1);
}

void Prettifier::Aggregate(const AggregateExpr& expr, size_t level) {
  Indent(level);
  AppendAggregateHead(&out_, expr);
  out_ += "(\n";
  if (expr.param != nullptr) {
    Append(*expr.param, level + 1);
    out_ += ",\n";
  }
  Append(*expr.expr, level + 1);
  out_ += '\n';
  Indent(level);
  out_ += ')';
}

void Prettifier::Arguments(const Call& call, size_t level) {
  Indent(level);
  out_ += call.function->name;
  out_ += "(\n";
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i > 0) out_ += ",\n";
    Append(*call.args[i], level + 1);
  }
  out_ += '\n';
  Indent(level);
  out_ += ')';
}

}  // namespace

std::string Prettify(const Expr& expr) {
  Prettifier prettifier(expr);
  prettifier.Append(expr, 0);
  return prettifier.TakeText();
}

}  // namespace bekci::promql
