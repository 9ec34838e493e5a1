// The page at /why: why an alert fires, or does not, at any time that is stored: sentences first, then the expression
// part by part with what each gave, then the last evaluations. It says what /api/v1/why says.
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/ruler/explain.h"
#include "agent/web/page_frame.h"

namespace bekci::web {

struct ExplainedRule {
  const ruler::RuleStatus* status;
  ruler::Explanation explanation;
};

// `explained`: every rule of that name.
std::string WhyPage(const PageFrame& frame, base::Timestamp now, std::span<const ExplainedRule> explained);

// What there is to ask about, when nothing or no alert was named. `problem` stands above it; empty: none.
std::string WhichAlertPage(const PageFrame& frame, std::string_view problem, std::vector<std::string_view> names);

}  // namespace bekci::web
