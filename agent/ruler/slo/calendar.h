// Periods of the calendar: which one a time lies in, in its time zone.
//
// Thread rule: pure.
#pragma once

#include "agent/base/clock.h"
#include "agent/base/time_zone.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

struct PeriodBounds {
  base::Timestamp begin;
  base::Timestamp end;  // the next one's begin
};

// The period of `calendar` that holds `t`; periods before its start count backwards in the same steps. A day that a
// month does not have (31) is its last.
PeriodBounds PeriodAt(const CalendarPeriod& calendar, const base::TimeZone& zone, base::Timestamp t);

// The longest that a period of this kind can be, for sizing what holds it.
base::Duration LongestPeriod(const CalendarPeriod& calendar);

}  // namespace bekci::ruler::slo
