// What lints look at, and the functions that the rows of their table name. Internal to lint.
//
// Thread rule: functions without state.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/promql/ast.h"
#include "agent/ruler/lint.h"

namespace bekci::ruler {

// One rule, parsed.
struct LintedRule {
  const GroupText* group = nullptr;
  const RuleText* text = nullptr;
  size_t number = 0;  // in its group, from 1
  const promql::Expr* expr = nullptr;
};

struct LintContext {
  const LintInput& input;
  std::vector<LintedRule> rules;
  std::set<std::string> recorded;  // names that the rules themselves write
};

// Where and why.
struct LintRemark {
  const LintedRule* rule = nullptr;
  config::Mark mark;
  std::string message;
};
using Remarks = std::vector<LintRemark>;

inline void AddRemark(const LintedRule& rule, std::string message, Remarks* out) {
  out->push_back({&rule, rule.text->mark, std::move(message)});
}
inline void AddExprRemark(const LintedRule& rule, std::string message, Remarks* out) {
  out->push_back({&rule, rule.text->expr_mark, std::move(message)});
}

void FindDuplicateRules(const LintContext& context, Remarks* out);
void FindUnknownMetrics(const LintContext& context, Remarks* out);
void FindRecordingNames(const LintContext& context, Remarks* out);
void FindNeverTrue(const LintContext& context, Remarks* out);
void FindBoolAlerts(const LintContext& context, Remarks* out);
void FindMissingFor(const LintContext& context, Remarks* out);
void FindValueInLabel(const LintContext& context, Remarks* out);
void FindHighCardinality(const LintContext& context, Remarks* out);
void FindDroppedLabels(const LintContext& context, Remarks* out);

}  // namespace bekci::ruler
