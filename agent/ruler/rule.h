// Rule: one rule ready to run: its query prepared, its templates parsed, and what must be known of it before it runs.
//
// Made once, when rules are loaded; an evaluation only reads it. The parts that other rules ask for (what it writes,
// what it may read) decide the order of evaluation, see rule_order.h.
//
// Thread rule: immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/model/matcher.h"
#include "agent/promql/engine.h"
#include "agent/ruler/rule_text.h"
#include "agent/template/rule_template.h"

namespace bekci::ruler {

inline constexpr std::string_view kAlertName = "alertname";
inline constexpr std::string_view kAlertState = "alertstate";
inline constexpr std::string_view kAlertsMetric = "ALERTS";
inline constexpr std::string_view kAlertsForStateMetric = "ALERTS_FOR_STATE";

struct NamedTemplate {
  std::string name;
  std::string source;
  templates::RuleTemplate parsed;
};

// What a rule does with an alert whose series is no longer in the result (annotation bekci_on_missing).
enum class OnMissing : unsigned char {
  kResolve,  // as Prometheus
  kKeep,     // while the series that the alert is about is gone, the alert stays what it was
};

struct Rule {
  RuleText text;
  std::string identity;  // names it beyond a change of its expression: kind, name and raw labels
  TextMap own_labels;    // the group's, overwritten by its own: raw texts
  model::Labels labels;  // the same
  std::shared_ptr<const promql::PreparedQuery> query;
  std::string query_text;  // printed from the tree
  std::vector<NamedTemplate> label_templates;
  std::vector<NamedTemplate> annotation_templates;
  // Of every selector in the query, its matchers on the metric's name; one without any may read anything, and so may
  // the function `query` in a template.
  std::vector<std::vector<model::Matcher>> reads;
  int64_t window_ms = 0;  // the longest range it looks at in one piece
  OnMissing on_missing = OnMissing::kResolve;
  // What the comparison of an alert that is kept looks at, where that can be told: the series that an alert is about.
  // Of `a / b < 0.1 and c` it is `a / b`. Null: the expression does not compare with a number.
  std::shared_ptr<const promql::PreparedQuery> subject;
  // What tells alerts of the rule apart as it tells series apart: without labels that the rule sets itself.
  model::Labels SubjectLabels(const model::Labels& labels) const;
  bool alerting() const { return text.alerting; }
  // The same rule in every respect: a group whose rules are all the same goes on running.
  bool SameAs(const Rule& other) const;
};

// Errors: invalid, for what ParseRuleFile would have refused. `group_labels` are overwritten by the rule's own.
base::Result<std::shared_ptr<const Rule>> MakeRule(const RuleText& text, const TextMap& group_labels,
                                                   const promql::Engine& engine);

}  // namespace bekci::ruler
