// NativeRules: our own rules of an objective. They stand alone: what `bekci slo generate` prints runs in Prometheus as
// it does here, and promtool tests it.
//
// The recorded names are Sloth's (its dashboards work); what is computed differs where Sloth's rules mislead:
// - Bad and all events are counted once a minute into two series that only grow, slo_bad_events_total and
//   slo_events_total. Every longer window is a difference of these: two series to read however many the indicator has,
//   each event counted once, a time without evaluation absent and not zero.
// - No bad events so far are 0 bad events as soon as there are events at all.
// - The ratio of the period is bad events by all events, not a mean of ratios: a night of ten requests does not weigh
// as
//   much as a day of a million.
// - An alert needs a number of bad events and a certainty in its long window. The certainty is a rule, too:
//   slo:sli_error:ratio_certain<window>, the lower end of Wilson's interval (1927) for the share of bad, so that what
//   decides can be looked at, tested and replayed like anything else recorded.
// - The text of an alert says how many events it judges by and how much of the period has data.
//
// Thread rule: pure.
#pragma once

#include <vector>

#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/rule_options.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

std::vector<GroupText> NativeRules(const Slo& slo, const RuleOptions& options);

// The z of a one-sided confidence in (0, 1): 0.95 gives 1.645.
double NormalQuantile(double confidence);

}  // namespace bekci::ruler::slo
