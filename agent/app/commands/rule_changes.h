// RuleChanges: which rules of some files are new, and which say something else than the rules that run now.
//
// Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "agent/base/status.h"
#include "agent/promql/features.h"
#include "agent/ruler/rule_text.h"

namespace bekci::app::commands {

enum class Change : unsigned char { kNew, kChanged, kSame };

struct RuleChange {
  Change change = Change::kNew;
  // The rule that runs now: group and rule, in `current`.
  std::optional<std::pair<size_t, size_t>> current;
};

// Of each rule of each group. A rule has a counterpart where kind and name are the same: the one with the same labels,
// else the first that no other has. Expressions are compared as they are understood, not as they are written; texts for
// people count for nothing, but how often a rule is evaluated does. Errors: a rule cannot be parsed.
base::Result<std::vector<std::vector<RuleChange>>> ChangesOf(const std::vector<ruler::GroupText>& groups,
                                                             const std::vector<ruler::GroupText>& current,
                                                             base::Duration evaluation_interval,
                                                             const promql::Features& features);

}  // namespace bekci::app::commands
