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

}  // namespace

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
  }
  return std::shared_ptr<const Rule>(std::move(rule));
}

}  // namespace bekci::ruler
