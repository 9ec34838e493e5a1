// SlothRules: the rules that Sloth makes of an objective, the same groups, names, expressions and labels in the same
// order, so that its dashboards and everybody's habits keep working.
//
// What Sloth does and one might not: the ratio of the period is the mean of the 5-minute ratios, whatever the traffic
// was; an objective without bad events so far records nothing.
//
// Source: Sloth's rules as of v0.16, held by goldens. Thread rule: pure.
#pragma once

#include <vector>

#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/rule_options.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

// `slo` of any dialect but with an indicator of events or raw; kSlices gives no SLI rules of its own here.
std::vector<GroupText> SlothRules(const Slo& slo, const RuleOptions& options);

}  // namespace bekci::ruler::slo
