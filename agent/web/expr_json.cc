#include "agent/web/expr_json.h"

#include "agent/base/text.h"
#include "agent/promql/function_table.h"
#include "agent/promql/printer.h"

namespace bekci::web {
namespace {

using promql::As;
using promql::ExprKind;

constexpr std::string_view kCardinalities[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};

void WriteNames(wire::JsonWriter* json, std::string_view key, const std::vector<std::string>& names) {
  json->Key(key);
  json->BeginArray();
  for (const std::string& name : names) json->String(name);
  json->EndArray();
}

void WriteMatchers(wire::JsonWriter* json, const std::vector<model::Matcher>& matchers) {
  json->Key("matchers");
  json->BeginArray();
  for (const model::Matcher& matcher : matchers) {
    json->BeginObject();
    json->Member("name", matcher.name());
    json->Member("type", model::MatchTypeText(matcher.type()));
    json->Member("value", matcher.value());
    json->EndObject();
  }
  json->EndArray();
}

// Milliseconds, and as text what only the running query knows.
void WriteDuration(wire::JsonWriter* json, std::string_view key, const promql::Duration& duration) {
  json->Member(key, duration.ms);
  if (duration.expr == nullptr) return;
  json->Member(std::string(key) + "Expr", promql::DurationText(duration));
}

void WriteTime(wire::JsonWriter* json, const promql::TimeModifiers& time) {
  WriteDuration(json, "offset", time.offset);
  json->Key("timestamp");
  time.at == promql::AtKind::kTimestamp ? json->Int(time.at_ms) : json->Null();
  json->Key("startOrEnd");
  switch (time.at) {
    case promql::AtKind::kStart:
      return json->String("start");
    case promql::AtKind::kEnd:
      return json->String("end");
    default:
      return json->Null();
  }
}

void WriteSelector(wire::JsonWriter* json, const promql::VectorSelector& selector) {
  json->Member("name", selector.name);
  WriteTime(json, selector.time);
  WriteMatchers(json, selector.matchers);
  json->Member("anchored", selector.anchored);
  json->Member("smoothed", selector.smoothed);
}

void WriteChild(wire::JsonWriter* json, std::string_view key, const promql::ExprPtr& child) {
  json->Key(key);
  if (child == nullptr) return json->Null();
  WriteExpr(json, *child);
}

void WriteFill(wire::JsonWriter* json, const promql::VectorMatching& matching) {
  const auto value = [&](std::string_view key, const std::optional<double>& fill) {
    json->Key(key);
    fill ? json->Number(*fill) : json->Null();
  };
  json->Key("fillValues");
  json->BeginObject();
  value("lhs", matching.fill_left);
  value("rhs", matching.fill_right);
  json->EndObject();
}

void WriteBinary(wire::JsonWriter* json, const promql::BinaryExpr& expr) {
  json->Member("op", promql::BinaryOpText(expr.op));
  WriteChild(json, "lhs", expr.lhs);
  WriteChild(json, "rhs", expr.rhs);
  json->Key("matching");
  if (expr.matching) {
    json->BeginObject();
    json->Member("card", kCardinalities[static_cast<size_t>(expr.matching->cardinality)]);
    WriteNames(json, "labels", expr.matching->labels);
    json->Member("on", expr.matching->on);
    WriteNames(json, "include", expr.matching->include);
    WriteFill(json, *expr.matching);
    json->EndObject();
  } else {
    json->Null();
  }
  json->Member("bool", expr.return_bool);
}

void WriteAggregate(wire::JsonWriter* json, const promql::AggregateExpr& expr) {
  json->Member("op", promql::AggregateOpText(expr.op));
  WriteChild(json, "expr", expr.expr);
  WriteChild(json, "param", expr.param);
  WriteNames(json, "grouping", expr.grouping);
  json->Member("without", expr.without);
}

void WriteCall(wire::JsonWriter* json, const promql::Call& call) {
  json->Key("func");
  json->BeginObject();
  json->Member("name", call.function->name);
  json->Key("argTypes");
  json->BeginArray();
  for (const promql::ValueType type : call.function->args) json->String(promql::ValueTypeName(type));
  json->EndArray();
  json->Member("variadic", int64_t{call.function->variadic});
  json->Member("returnType", promql::ValueTypeName(call.function->result));
  json->EndObject();
  json->Key("args");
  json->BeginArray();
  for (const promql::ExprPtr& arg : call.args) WriteExpr(json, *arg);
  json->EndArray();
}

void WriteSubquery(wire::JsonWriter* json, const promql::Subquery& subquery) {
  WriteChild(json, "expr", subquery.expr);
  WriteDuration(json, "range", subquery.range);
  WriteDuration(json, "step", subquery.step);
  WriteTime(json, subquery.time);
}

std::string_view TypeName(ExprKind kind) {
  switch (kind) {
    case ExprKind::kNumberLiteral:
      return "numberLiteral";
    case ExprKind::kStringLiteral:
      return "stringLiteral";
    case ExprKind::kVectorSelector:
      return "vectorSelector";
    case ExprKind::kMatrixSelector:
      return "matrixSelector";
    case ExprKind::kSubquery:
      return "subquery";
    case ExprKind::kUnary:
      return "unaryExpr";
    case ExprKind::kBinary:
      return "binaryExpr";
    case ExprKind::kAggregate:
      return "aggregation";
    case ExprKind::kCall:
      return "call";
    case ExprKind::kParen:
      return "parenExpr";
  }
  return "";
}

void WriteMembers(wire::JsonWriter* json, const promql::Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kNumberLiteral: {
      std::string text;
      base::AppendDecimal(&text, As<promql::NumberLiteral>(expr).value);
      return json->Member("val", text);
    }
    case ExprKind::kStringLiteral:
      return json->Member("val", As<promql::StringLiteral>(expr).value);
    case ExprKind::kVectorSelector:
      return WriteSelector(json, As<promql::VectorSelector>(expr));
    case ExprKind::kMatrixSelector:
      WriteDuration(json, "range", As<promql::MatrixSelector>(expr).range);
      return WriteSelector(json, *As<promql::MatrixSelector>(expr).selector);
    case ExprKind::kSubquery:
      return WriteSubquery(json, As<promql::Subquery>(expr));
    case ExprKind::kUnary:
      json->Member("op", As<promql::UnaryExpr>(expr).negate ? "-" : "+");
      return WriteChild(json, "expr", As<promql::UnaryExpr>(expr).expr);
    case ExprKind::kBinary:
      return WriteBinary(json, As<promql::BinaryExpr>(expr));
    case ExprKind::kAggregate:
      return WriteAggregate(json, As<promql::AggregateExpr>(expr));
    case ExprKind::kCall:
      return WriteCall(json, As<promql::Call>(expr));
    case ExprKind::kParen:
      return WriteChild(json, "expr", As<promql::ParenExpr>(expr).expr);
  }
}

}  // namespace

void WriteExpr(wire::JsonWriter* json, const promql::Expr& expr) {
  json->BeginObject();
  json->Member("type", TypeName(expr.kind));
  WriteMembers(json, expr);
  json->EndObject();
}

}  // namespace bekci::web
