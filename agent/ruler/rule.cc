#include "agent/ruler/rule.h"

#include <algorithm>
#include <map>
#include <utility>

#include "agent/promql/ast.h"
#include "agent/promql/printer.h"
#include "agent/promql/walk.h"

namespace bekci::ruler {
namespace {

model::Labels ToLabels(const TextMap& map) {
  return model::Labels::FromPairs(std::vector<model::Labels::Pair>(map.begin(), map.end()));
}

TextMap Overwrite(const TextMap& below, const TextMap& above) {
  std::map<std::string, std::string> merged(below.begin(), below.end());
  for (const auto& [name, value] : above) merged[name] = value;
  return {merged.begin(), merged.end()};
}

base::Status ParseTemplates(const std::string& alert, const TextMap& texts, std::vector<NamedTemplate>* out) {
  for (const auto& [name, text] : texts) {
    ASSIGN_OR_RETURN(templates::RuleTemplate parsed, templates::RuleTemplate::Parse(alert, text));
    out->push_back({name, text, std::move(parsed)});
  }
  return base::OkStatus();
}

void Inspect(const promql::Expr& expr, Rule* rule) {
  promql::Walk(expr, [rule](const promql::Expr& node) {
    if (node.kind == promql::ExprKind::kVectorSelector) {
      std::vector<model::Matcher> of_name;
      for (const model::Matcher& matcher : promql::As<promql::VectorSelector>(node).matchers) {
        if (matcher.name() == model::kMetricName) of_name.push_back(matcher);
      }
      rule->reads.push_back(std::move(of_name));
    }
    const auto widen = [rule](const promql::Duration& range) { rule->window_ms = std::max(rule->window_ms, range.ms); };
    if (node.kind == promql::ExprKind::kMatrixSelector) widen(promql::As<promql::MatrixSelector>(node).range);
    if (node.kind == promql::ExprKind::kSubquery) widen(promql::As<promql::Subquery>(node).range);
  });
}

// A comparison with a number lets through what it is given, labels and all; `and` and `unless` what stands before them.
const promql::Expr* SubjectOf(const promql::Expr& outer) {
  const promql::Expr& expr = promql::Unwrap(outer);
  if (expr.kind != promql::ExprKind::kBinary) return nullptr;
  const auto& binary = promql::As<promql::BinaryExpr>(expr);
  if (binary.op == promql::BinaryOp::kAnd || binary.op == promql::BinaryOp::kUnless) return SubjectOf(*binary.lhs);
  if (!promql::IsComparison(binary.op) || binary.return_bool) return nullptr;
  const bool left = binary.lhs->type == promql::ValueType::kVector;
  const promql::ExprPtr& number = left ? binary.rhs : binary.lhs;
  return number->type == promql::ValueType::kScalar ? (left ? binary.lhs : binary.rhs).get() : nullptr;
}

}  // namespace

model::Labels Rule::SubjectLabels(const model::Labels& all) const {
  std::vector<model::Labels::Pair> pairs;
  for (const model::Labels::Pair& pair : all) {
    const bool own =
        std::any_of(own_labels.begin(), own_labels.end(), [&](const auto& label) { return label.first == pair.first; });
    if (!own && pair.first != kAlertName && pair.first != model::kMetricName) pairs.push_back(pair);
  }
  return model::Labels::FromPairs(std::move(pairs));
}

bool Rule::SameAs(const Rule& other) const {
  const RuleText& a = text;
  const RuleText& b = other.text;
  return a.alerting == b.alerting && a.name == b.name && a.expr == b.expr && a.hold == b.hold &&
         a.keep_firing_for == b.keep_firing_for && a.annotations == b.annotations && own_labels == other.own_labels;
}

base::Result<std::shared_ptr<const Rule>> MakeRule(const RuleText& text, const TextMap& group_labels,
                                                   const promql::Engine& engine) {
  auto rule = std::make_shared<Rule>();
  rule->text = text;
  rule->own_labels = Overwrite(group_labels, text.labels);
  rule->labels = ToLabels(rule->own_labels);
  rule->identity = (text.alerting ? "alert " : "record ") + text.name + rule->labels.ToString();
  ASSIGN_OR_RETURN(rule->query, engine.Prepare(text.expr));
  rule->query_text = promql::Print(*rule->query->expr);
  Inspect(*rule->query->expr, rule.get());
  if (text.alerting) {
    RETURN_IF_ERROR(ParseTemplates(text.name, rule->own_labels, &rule->label_templates));
    RETURN_IF_ERROR(ParseTemplates(text.name, text.annotations, &rule->annotation_templates));
    // What a template asks is known when it runs: such a rule may read anything.
    const auto asks = [](const NamedTemplate& one) { return one.source.find("query") != std::string::npos; };
    if (std::any_of(rule->label_templates.begin(), rule->label_templates.end(), asks) ||
        std::any_of(rule->annotation_templates.begin(), rule->annotation_templates.end(), asks)) {
      rule->reads.emplace_back();
    }
    for (const auto& [name, value] : text.annotations) {
      if (name == "bekci_on_missing" && value == "keep") rule->on_missing = OnMissing::kKeep;
    }
    const promql::Expr* const subject = rule->on_missing == OnMissing::kKeep ? SubjectOf(*rule->query->expr) : nullptr;
    if (subject != nullptr) {
      ASSIGN_OR_RETURN(rule->subject, engine.Prepare(promql::Print(*subject)));
    }
  }
  return std::shared_ptr<const Rule>(std::move(rule));
}

}  // namespace bekci::ruler
