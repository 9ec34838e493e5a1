// The functions that the templates of rules have beyond the general ones, and what they need to run.
//
// Thread rule: a RuleHost belongs to one expansion.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "agent/template/rule_template.h"
#include "agent/template/value.h"

namespace bekci::templates {

// What the functions find behind Call::host.
struct RuleHost {
  const RuleTemplateEnvironment& environment;
  base::Timestamp at;
  std::vector<std::unique_ptr<std::vector<QueriedSample>>> answers = {};  // values borrow from them
};

// query first label value strvalue sortByLabel args graphLink tableLink externalURL pathPrefix now.
std::span<const Function> RuleFunctions();

}  // namespace bekci::templates
