// Lints of templates: labels that change with every value or every user, and labels that are not there.
#include <algorithm>
#include <map>

#include "agent/base/text.h"
#include "agent/ruler/lint_checks.h"
#include "agent/ruler/result_labels.h"
#include "agent/ruler/template_labels.h"
#include "agent/template/rule_template.h"

namespace bekci::ruler {
namespace {

// Labels that by convention have a value for each user, request, session, statement or page.
constexpr std::string_view kManyValued[] = {
    "client_ip", "digest",  "digest_text", "email",      "ip",      "order_id",   "path",    "pid",       "query",
    "query_id",  "queryid", "remote_addr", "request_id", "session", "session_id", "span_id", "statement", "timestamp",
    "trace_id",  "uri",     "url",         "user",       "user_id", "username",   "uuid",
};

TextMap LabelsOf(const LintedRule& rule) {
  TextMap labels = rule.text->labels;
  for (const auto& entry : rule.group->labels) {
    const bool own = std::any_of(labels.begin(), labels.end(), [&](const auto& l) { return l.first == entry.first; });
    if (!own) labels.push_back(entry);
  }
  return labels;
}

std::string KeptText(const ResultLabels& labels) {
  if (!labels.closed) return "takes that label away";
  if (labels.names.empty()) return "keeps no label";
  const std::vector<std::string> names(labels.names.begin(), labels.names.end());
  return "keeps only " + base::Join(names, ", ");
}

// Which texts use each label that is not there; what an if or with asks for may be missing.
using Uses = std::map<std::string, std::vector<std::string>>;

void CollectUses(std::string_view kind, const TextMap& texts, const ResultLabels& labels, Uses* uses) {
  for (const auto& [name, text] : texts) {
    for (const TemplateLabel& label : TemplateLabels(text)) {
      if (label.asked || label.name == model::kMetricName || labels.MayHave(label.name)) continue;
      const std::string title = std::string(kind) + " " + base::Quoted(name);
      std::vector<std::string>& titles = (*uses)[label.name];
      if (std::find(titles.begin(), titles.end(), title) == titles.end()) titles.push_back(title);
    }
  }
}

}  // namespace

void FindValueInLabel(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    if (!rule.text->alerting) continue;
    for (const auto& [name, text] : LabelsOf(rule)) {
      const auto parsed = templates::RuleTemplate::Parse(rule.text->name, text);
      if (!parsed.ok() || !parsed->UsesValue()) continue;
      AddRemark(rule,
                "label " + base::Quoted(name) + " has the value in it (at byte " +
                    std::to_string(parsed->ValueOffsets().front() + 1) +
                    "): every new value is a new alert, and none gets through its `for`; put it into an annotation",
                out);
    }
  }
}

void FindHighCardinality(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    if (!rule.text->alerting) continue;
    for (const auto& [name, text] : LabelsOf(rule)) {
      for (const TemplateLabel& label : TemplateLabels(text)) {
        if (std::find(std::begin(kManyValued), std::end(kManyValued), label.name) == std::end(kManyValued)) continue;
        AddRemark(rule,
                  "label " + base::Quoted(name) + " is made from " + label.name +
                      ", which by its name has very many values: each would be an alert of its own",
                  out);
        break;
      }
    }
  }
}

void FindDroppedLabels(const LintContext& context, Remarks* out) {
  for (const LintedRule& rule : context.rules) {
    if (!rule.text->alerting) continue;
    const ResultLabels labels = ResultLabelsOf(*rule.expr);
    Uses uses;
    CollectUses("label", LabelsOf(rule), labels, &uses);
    CollectUses("annotation", rule.text->annotations, labels, &uses);
    for (const auto& [label, titles] : uses) {
      AddRemark(
          rule,
          "$labels." + label + " in " + base::Join(titles, ", ") + " is empty: the expression " + KeptText(labels),
          out);
    }
  }
}

}  // namespace bekci::ruler
