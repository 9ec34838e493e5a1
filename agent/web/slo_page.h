// The page at /slo: how every objective stands: what was promised and kept, what is left of its error budget, how fast
// that burns, and when nothing is left. Those in trouble come first.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "agent/ruler/slo/budget.h"
#include "agent/web/page_frame.h"

namespace bekci::web {

std::string SloPage(const PageFrame& frame, std::vector<ruler::slo::BudgetReport> reports);

}  // namespace bekci::web
