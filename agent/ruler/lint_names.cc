// Lints of names: rules that stand twice, metrics that nobody has, recording rules called otherwise than others do.
#include <algorithm>
#include <map>

#include "agent/base/text.h"
#include "agent/promql/function_table.h"
#include "agent/ruler/lint_checks.h"
#include "agent/ruler/rule.h"

namespace bekci::ruler {
namespace {

// Names that a selector asks for: of its matchers on the name, those that can mean few.
std::vector<std::string> NamesOf(const promql::VectorSelector& selector) {
  std::vector<std::string> names;
  for (const model::Matcher& matcher : selector.matchers) {
    if (matcher.name() != model::kMetricName || matcher.is_negative()) continue;
    if (matcher.type() == model::MatchType::kEqual) return {matcher.value()};
    names.assign(matcher.set().begin(), matcher.set().end());
  }
  return names;
}

// Every metric named below `expr`, but those whose absence is asked for.
void CollectNames(const promql::Expr& expr, std::set<std::string>* names) {
  using promql::As;
  switch (expr.kind) {
    case promql::ExprKind::kVectorSelector:
      for (std::string& name : NamesOf(As<promql::VectorSelector>(expr))) names->insert(std::move(name));
      return;
    case promql::ExprKind::kMatrixSelector:
      return CollectNames(*As<promql::MatrixSelector>(expr).selector, names);
    case promql::ExprKind::kSubquery:
      return CollectNames(*As<promql::Subquery>(expr).expr, names);
    case promql::ExprKind::kUnary:
      return CollectNames(*As<promql::UnaryExpr>(expr).expr, names);
    case promql::ExprKind::kParen:
      return CollectNames(*As<promql::ParenExpr>(expr).expr, names);
    case promql::ExprKind::kBinary:
      CollectNames(*As<promql::BinaryExpr>(expr).lhs, names);
      return CollectNames(*As<promql::BinaryExpr>(expr).rhs, names);
    case promql::ExprKind::kAggregate:
      return CollectNames(*As<promql::AggregateExpr>(expr).expr, names);
    case promql::ExprKind::kCall: {
      const auto& call = As<promql::Call>(expr);
      const promql::FunctionId id = call.function->id;
      if (id == promql::FunctionId::kAbsent || id == promql::FunctionId::kAbsentOverTime) return;
      for (const promql::ExprPtr& arg : call.args) CollectNames(*arg, names);
      return;
    }
    case promql::ExprKind::kNumberLiteral:
    case promql::ExprKind::kStringLiteral:
      return;
  }
}

}  // namespace

void FindDuplicateRules(const LintContext& context, Remarks* out) {
  using Key = std::pair<std::string, std::pair<std::string, TextMap>>;  // file, name, labels
  std::map<Key, const LintedRule*> first;
  for (const LintedRule& rule : context.rules) {
    const auto [seen, fresh] = first.try_emplace(Key{rule.group->file, {rule.text->name, rule.text->labels}}, &rule);
    if (fresh) continue;
    const LintedRule& other = *seen->second;
    AddRemark(rule,
              "has the name and the labels of the rule at line " + std::to_string(other.text->mark.line) +
                  ": what both give mixes under one name" +
                  (rule.text->expr == other.text->expr ? " (the expression is the same, too)" : ""),
              out);
  }
}

void FindUnknownMetrics(const LintContext& context, Remarks* out) {
  if (context.input.metrics == nullptr) return;
  const std::set<std::string>& metrics = *context.input.metrics;
  std::vector<std::string_view> candidates(metrics.begin(), metrics.end());
  candidates.insert(candidates.end(), context.recorded.begin(), context.recorded.end());
  for (const LintedRule& rule : context.rules) {
    std::set<std::string> names;
    CollectNames(*rule.expr, &names);
    for (const std::string& name : names) {
      if (metrics.contains(name) || context.recorded.contains(name) || name == kAlertsMetric ||
          name == kAlertsForStateMetric) {
        continue;
      }
      const std::string_view near = base::Nearest(name, candidates);
      AddExprRemark(rule,
                    "the store has no metric " + name +
                        (near.empty() ? std::string() : ", did you mean " + std::string(near) + "?"),
                    out);
    }
  }
}

void FindRecordingNames(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    if (rule.text->alerting) continue;
    const auto parts = base::Split(rule.text->name, ':');
    const bool metric = parts.size() >= 2 && !parts[1].empty();
    if (metric) continue;
    AddRemark(rule, "is not called level:metric:operations, the name by which a reader knows a recorded series", out);
  }
}

}  // namespace bekci::ruler
