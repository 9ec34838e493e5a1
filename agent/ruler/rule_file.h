// Rule files: the YAML of Prometheus' groups and rules, read into texts and held to what Prometheus accepts.
//
// All mistakes of a file are told together, each with file and line, because people fix several at once. What counts as
// a mistake is Prometheus' list (unknown keys, names, expressions, templates); how it is said is ours.
//
// Source: Prometheus' model/rulefmt. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/config/option.h"
#include "agent/config/unknown_keys.h"
#include "agent/promql/features.h"
#include "agent/ruler/rule_text.h"

namespace bekci::ruler {

struct RuleFile {
  std::vector<GroupText> groups;
  std::vector<std::string> warnings;  // "file:line: ..."
};

// A rule file named `path` (in messages and as GroupText::file). Errors: invalid, a line each; limit for a file beyond
// the bounds of config::YamlLimits.
base::Result<RuleFile> ParseRuleFile(std::string_view text, const std::string& path, const promql::Features& features,
                                     config::UnknownKeys unknown_keys = config::UnknownKeys::kRefused);

// What ParseRuleFile holds every group against, for groups that were made: names, expressions, labels, templates.
void CheckGroups(const std::vector<GroupText>& groups, const promql::Features& features, config::Errors* errors);

// `group "mysql", rule 3, "MysqlDown"`: how messages name a rule; `number` counts from 1.
std::string RuleTitle(const GroupText& group, size_t number);

}  // namespace bekci::ruler
