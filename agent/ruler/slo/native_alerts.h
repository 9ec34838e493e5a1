// The alerts of an objective's own rules: native_rules.h says what they are made of.
//
// Thread rule: pure.
#pragma once

#include <string>
#include <vector>

#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

// slo:bad_events:increase1h, slo:events:increase1h, slo:sli_error:ratio_certain1h
std::string BadEventsMetric(base::Duration window);
std::string EventsMetric(base::Duration window);
std::string CertainMetric(base::Duration window);
// Raw indicators count no events.
inline bool CountsEvents(const Slo& slo) {
  return slo.indicator.kind != Indicator::Kind::kRaw;
}
// increase() of bad by increase() of all.
std::string RatioOverTotals(const Slo& slo, base::Duration window);

std::vector<RuleText> NativeAlerts(const Slo& slo);

}  // namespace bekci::ruler::slo
