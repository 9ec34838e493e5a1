// SloAnswer: the answer to /api/v1/slo read back into reports, for commands.
//
// It comes from a server that may be any, so it is read with suspicion: what is not there, or of another kind, is
// unknown. Thread rule: functions without state.
#pragma once

#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/ruler/slo/budget.h"

namespace bekci::app::commands {

// Errors: corrupt, when it is no such answer (a Prometheus has none); what the server says is wrong, as invalid.
base::Result<std::vector<ruler::slo::BudgetReport>> ParseSloAnswer(std::string_view json, base::Timestamp now);

// `budgets`, and those of `recorded` that add to them: objectives they do not know, and parts of an objective that is
// split by labels.
std::vector<ruler::slo::BudgetReport> WithRecorded(std::vector<ruler::slo::BudgetReport> budgets,
                                                   std::vector<ruler::slo::BudgetReport> recorded);

}  // namespace bekci::app::commands
