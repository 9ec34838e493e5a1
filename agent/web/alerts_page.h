// The page at /alerts: what fires, what is about to, and every rule with how it fares. Each alert leads to /why.
//
// The worst comes first: by severity, then the newest. Groups in which something fires or fails stand open. Of very
// many alerts or rules those that matter are shown and the rest is counted: what does not fit a page is in the API.
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/ruler/rule_group.h"
#include "agent/web/page_frame.h"

namespace bekci::web {

std::string AlertsPage(const PageFrame& frame, base::Timestamp now, std::span<const ruler::GroupStatus> groups);

// For pages that speak of one alert.
std::string WhyLink(std::string_view alert);
// name="value" of each, but for those that are told elsewhere: the name of the alert and its severity.
void LabelList(const model::Labels& labels, Html* html);
// What the annotations say of an alert: a summary, and a link to its runbook where that is one.
void AnnotationText(const ruler::TextMap& annotations, Html* html);
// A class of the style sheet for a severity.
std::string_view SeverityStyle(std::string_view severity);

}  // namespace bekci::web
