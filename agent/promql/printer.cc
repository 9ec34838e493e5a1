#include "agent/promql/printer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/promql/function_table.h"
#include "agent/promql/text_spans.h"

namespace bekci::promql {
namespace {

void AppendMillis(std::string* out, int64_t ms) {
  *out += base::DurationText(base::milliseconds(ms));
}

// A number that was written as a duration, if milliseconds say it exactly; they do, for all that can be written.
void AppendSeconds(std::string* out, double seconds, bool as_duration) {
  const double ms = seconds * 1000;
  if (as_duration && std::fabs(seconds) <= 9.2e9) {
    if (seconds == 0 && std::signbit(seconds)) *out += '-';
    AppendMillis(out, static_cast<int64_t>(std::round(ms)));
  } else {
    base::AppendDecimal(out, seconds);
  }
}

std::string_view DurationOpText(DurationOp op) {
  switch (op) {
    case DurationOp::kAdd:
      return " + ";
    case DurationOp::kSubtract:
      return " - ";
    case DurationOp::kMultiply:
      return " * ";
    case DurationOp::kDivide:
      return " / ";
    case DurationOp::kModulo:
      return " % ";
    default:
      return " ^ ";
  }
}

void AppendDurationExpr(std::string* out, const DurationExpr& expr);

void AppendBareDurationExpr(std::string* out, const DurationExpr& expr) {
  switch (expr.op) {
    case DurationOp::kNumber:
      return AppendSeconds(out, expr.seconds, expr.as_duration);
    case DurationOp::kStep:
      *out += "step()";
      return;
    case DurationOp::kRange:
      *out += "range()";
      return;
    case DurationOp::kNegate:
    case DurationOp::kPlus:
      *out += expr.op == DurationOp::kNegate ? '-' : '+';
      return AppendDurationExpr(out, *expr.lhs);
    case DurationOp::kMinOf:
    case DurationOp::kMaxOf:
      *out += expr.op == DurationOp::kMinOf ? "min_of(" : "max_of(";
      AppendDurationExpr(out, *expr.lhs);
      *out += ", ";
      AppendDurationExpr(out, *expr.rhs);
      *out += ')';
      return;
    default:
      AppendDurationExpr(out, *expr.lhs);
      *out += DurationOpText(expr.op);
      AppendDurationExpr(out, *expr.rhs);
  }
}

void AppendDurationExpr(std::string* out, const DurationExpr& expr) {
  if (expr.in_parens) *out += '(';
  AppendBareDurationExpr(out, expr);
  if (expr.in_parens) *out += ')';
}

void AppendDuration(std::string* out, const Duration& duration) {
  if (duration.expr != nullptr) {
    AppendDurationExpr(out, *duration.expr);
  } else {
    AppendMillis(out, duration.ms);
  }
}

void AppendTime(std::string* out, const TimeModifiers& time) {
  if (time.at == AtKind::kStart) *out += " @ start()";
  if (time.at == AtKind::kEnd) *out += " @ end()";
  if (time.at == AtKind::kTimestamp) {
    char text[40];
    std::snprintf(text, sizeof text, " @ %.3f", static_cast<double>(time.at_ms) / 1000);
    *out += text;
  }
  if (time.offset.ms == 0 && time.offset.expr == nullptr) return;
  *out += " offset ";
  AppendDuration(out, time.offset);
}

void AppendLabels(std::string* out, const std::vector<std::string>& labels) {
  *out += '(';
  for (size_t i = 0; i < labels.size(); ++i) {
    if (i > 0) *out += ", ";
    *out += model::IsLegacyLabelName(labels[i]) ? labels[i] : base::Quoted(labels[i]);
  }
  *out += ')';
}

void AppendSelector(std::string* out, const VectorSelector& selector) {
  *out += selector.name;
  std::vector<std::string> texts;
  for (size_t i = 0; i < selector.matchers.size(); ++i) {
    if (!selector.name.empty() && i + 1 == selector.matchers.size()) break;  // that of the name
    texts.push_back(selector.matchers[i].ToString());
  }
  if (texts.empty() && !selector.name.empty()) return;
  std::sort(texts.begin(), texts.end());
  *out += '{' + base::Join(texts, ",") + '}';
}

void AppendExtension(std::string* out, const VectorSelector& selector) {
  if (selector.anchored) *out += " anchored";
  if (selector.smoothed) *out += " smoothed";
}

void AppendFill(std::string* out, const VectorMatching& matching) {
  const auto clause = [&](const char* word, double value) {
    *out += word;
    base::AppendDecimal(out, value);
    *out += ')';
  };
  const auto& left = matching.fill_left;
  const auto& right = matching.fill_right;
  if (left && right && (*left == *right || (std::isnan(*left) && std::isnan(*right)))) {
    return clause(" fill (", *left);
  }
  if (left) clause(" fill_left (", *left);
  if (right) clause(" fill_right (", *right);
}

// Walks the tree once, noting where each node's text lies in the whole.
class Printer {
 public:
  Printer(std::string* out, TextSpans* spans) : out_(out), spans_(spans) {}

  void Append(const Expr& expr) {
    const size_t start = out_->size();
    AppendNode(expr);
    if (spans_ == nullptr) return;
    if (spans_->size() <= expr.id) spans_->resize(expr.id + 1);
    (*spans_)[expr.id] = {start, out_->size() - start};
  }

 private:
  void AppendNode(const Expr& expr) {
    const bool without_sign = std::exchange(unsigned_infinity_, false);
    switch (expr.kind) {
      case ExprKind::kNumberLiteral: {
        const auto& literal = As<NumberLiteral>(expr);
        if (without_sign && std::isinf(literal.value) && literal.value > 0) {
          *out_ += "Inf";
          return;
        }
        return AppendSeconds(out_, literal.value, literal.as_duration);
      }
      case ExprKind::kStringLiteral:
        *out_ += base::Quoted(As<StringLiteral>(expr).value);
        return;
      case ExprKind::kVectorSelector: {
        const auto& selector = As<VectorSelector>(expr);
        AppendSelector(out_, selector);
        AppendExtension(out_, selector);
        return AppendTime(out_, selector.time);
      }
      case ExprKind::kMatrixSelector:
        return Matrix(As<MatrixSelector>(expr));
      case ExprKind::kSubquery:
        Append(*As<Subquery>(expr).expr);
        return AppendSubquerySuffix(out_, As<Subquery>(expr));
      case ExprKind::kUnary:
        *out_ += As<UnaryExpr>(expr).negate ? '-' : '+';
        return Append(*As<UnaryExpr>(expr).expr);
      case ExprKind::kBinary:
        return Binary(As<BinaryExpr>(expr));
      case ExprKind::kAggregate:
        return Aggregate(As<AggregateExpr>(expr));
      case ExprKind::kCall:
        return CallText(As<Call>(expr));
      case ExprKind::kParen:
        *out_ += '(';
        Append(*As<ParenExpr>(expr).expr);
        *out_ += ')';
    }
  }

  void Matrix(const MatrixSelector& matrix) {
    AppendSelector(out_, *matrix.selector);
    *out_ += '[';
    AppendDuration(out_, matrix.range);
    *out_ += ']';
    AppendExtension(out_, *matrix.selector);
    AppendTime(out_, matrix.selector->time);
  }

  void Binary(const BinaryExpr& expr) {
    // A sign before the base of a power would be read as the sign of the whole power.
    unsigned_infinity_ = expr.op == BinaryOp::kPower;
    Append(*expr.lhs);
    *out_ += ' ';
    AppendOperator(out_, expr);
    *out_ += ' ';
    Append(*expr.rhs);
  }

  void Aggregate(const AggregateExpr& expr) {
    AppendAggregateHead(out_, expr);
    *out_ += '(';
    if (expr.param != nullptr) {
      Append(*expr.param);
      *out_ += ", ";
    }
    Append(*expr.expr);
    *out_ += ')';
  }

  void CallText(const Call& call) {
    *out_ += call.function->name;
    *out_ += '(';
    for (size_t i = 0; i < call.args.size(); ++i) {
      if (i > 0) *out_ += ", ";
      Append(*call.args[i]);
    }
    *out_ += ')';
  }

  std::string* out_;
  TextSpans* spans_;
  bool unsigned_infinity_ = false;  // for the next node
};

}  // namespace

void AppendOperator(std::string* out, const BinaryExpr& expr) {
  *out += BinaryOpText(expr.op);
  if (expr.return_bool) *out += " bool";
  if (!expr.matching) return;
  const VectorMatching& matching = *expr.matching;
  const bool left = matching.cardinality == Cardinality::kManyToOne;
  const bool grouped = left || matching.cardinality == Cardinality::kOneToMany;
  if (matching.on || grouped || !matching.labels.empty()) {
    *out += matching.on ? " on " : " ignoring ";
    AppendLabels(out, matching.labels);
  }
  if (grouped) {
    *out += left ? " group_left " : " group_right ";
    AppendLabels(out, matching.include);
  }
  AppendFill(out, matching);
}

void AppendAggregateHead(std::string* out, const AggregateExpr& expr) {
  *out += AggregateOpText(expr.op);
  if (!expr.without && expr.grouping.empty()) return;
  *out += expr.without ? " without " : " by ";
  AppendLabels(out, expr.grouping);
  *out += ' ';
}

void AppendSubquerySuffix(std::string* out, const Subquery& subquery) {
  *out += '[';
  AppendDuration(out, subquery.range);
  *out += ':';
  if (subquery.has_step) AppendDuration(out, subquery.step);
  *out += ']';
  AppendTime(out, subquery.time);
}

std::string PrintSpans(const Expr& expr, TextSpans* spans) {
  std::string out;
  Printer(&out, spans).Append(expr);
  return out;
}

std::string Print(const Expr& expr) {
  return PrintSpans(expr, nullptr);
}

std::string DurationText(const Duration& duration) {
  std::string out;
  AppendDuration(&out, duration);
  return out;
}

}  // namespace bekci::promql
