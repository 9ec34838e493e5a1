// BacktestReport: what backtests came to, as a table for people or JSON for programs.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/app/commands/rule_changes.h"
#include "agent/ruler/backtest.h"

namespace bekci::app::commands {

struct ComparedRule {
  ruler::GroupText group;  // without its rules
  ruler::RuleText rule;
  Change change = Change::kNew;
  ruler::BacktestResult result;
  std::optional<ruler::BacktestResult> current;  // of the rule that runs now, if it is another
};

struct BacktestSpan {
  base::Timestamp start;
  base::Timestamp end;
};

std::string BacktestTable(const std::vector<ComparedRule>& rules, const BacktestSpan& span);
std::string BacktestJson(const std::vector<ComparedRule>& rules, const BacktestSpan& span);

}  // namespace bekci::app::commands
