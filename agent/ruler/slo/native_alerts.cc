#include "agent/ruler/slo/native_alerts.h"

#include <cmath>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/rule_options.h"

namespace bekci::ruler::slo {
namespace {

struct Tier {
  std::string_view name;
  std::string_view severity;
};
constexpr Tier kPage = {"page", "critical"};
constexpr Tier kTicket = {"ticket", "medium"};

// Derived windows have the burn rates they were derived from, but for the last digit.
double Rounded(double factor) {
  return std::round(factor * 1e6) / 1e6;
}

std::string Percent(double percent) {
  std::string text;
  base::AppendDecimal(&text, percent);
  return text + " %";
}

std::string Condition(const Slo& slo, const std::string& metric, const std::string& comparison) {
  return "    max without (sloth_window) (" + SelectorById(slo, metric) + comparison + ")\n";
}

std::string Burning(const Slo& slo, const BurnWindow& window) {
  const std::string threshold = " > (" + base::DoubleText(Rounded(BurnFactor(window, slo.period))) + " * " +
                                base::DoubleText(BudgetRatio(slo)) + ")";
  const bool certain = CountsEvents(slo) && slo.confidence > 0;
  std::string expr =
      "(\n" + Condition(slo, RatioMetric(window.short_window), threshold) + "    and\n" +
      Condition(slo, certain ? CertainMetric(window.long_window) : RatioMetric(window.long_window), threshold);
  if (CountsEvents(slo) && slo.min_bad_events > 0) {
    expr += "    and\n    max without (sloth_window) (round(" + SelectorById(slo, BadEventsMetric(window.long_window)) +
            ") >= " + base::DoubleText(slo.min_bad_events) + ")\n";
  }
  return expr + ")\n";
}

// A template that shows the number a recorded series of this alert's objective has now, `format` being what stands
// behind `value |`.
std::string Shown(const Slo& slo, const std::string& metric, const std::string& format, const std::string& otherwise) {
  std::string matchers = "sloth_id=\\\"" + slo.id + "\\\"";
  std::string arguments;
  for (const std::string& label : slo.by) {
    matchers += "," + label + "=%q";
    arguments += " $labels." + label;
  }
  return "{{ with printf \"" + metric + "{" + matchers + "}\"" + arguments + " | query }}{{ . | first | value | " +
         format + " }}{{ else }}" + otherwise + "{{ end }}";
}

std::string EventsIn(const Slo& slo, base::Duration window) {
  constexpr const char* kWhole = "printf \"%.0f\"";
  return Shown(slo, BadEventsMetric(window), kWhole, "no") + " bad of " +
         Shown(slo, EventsMetric(window), kWhole, "no") + " events in " + base::DurationText(window);
}

std::string Description(const Slo& slo, const BurnWindow& quick, const BurnWindow& slow) {
  std::string text = slo.description.empty() ? "" : slo.description + " ";
  text += "Objective " + Percent(slo.objective_percent) + " over " + base::DurationText(slo.period) + ".";
  if (CountsEvents(slo)) {
    text += " Judged by " + EventsIn(slo, quick.long_window) + " and " + EventsIn(slo, slow.long_window) + ".";
  } else {
    text += " The share of bad is now {{ $value | humanizePercentage }}.";
  }
  return text +
         " Budget left: " + Shown(slo, "slo:period_error_budget_remaining:ratio", "humanizePercentage", "unknown") +
         ", by data of " + Shown(slo, "slo:period_data:days", "printf \"%.1f\"", "0") + " of " +
         base::DoubleText(base::ToSeconds(slo.period) / 86400) + " days.";
}

RuleText Alert(const Slo& slo, const SloAlert& alert, const BurnWindow& quick, const BurnWindow& slow,
               const Tier& tier) {
  RuleText rule;
  rule.alerting = true;
  rule.name = slo.alert_name;
  rule.expr = Burning(slo, quick) + "or\n" + Burning(slo, slow);
  rule.labels = Merged({{"service", slo.service},
                        {"sloth_id", slo.id},
                        {"severity", std::string(tier.severity)},
                        {"sloth_severity", std::string(tier.name)}},
                       alert.labels);
  rule.annotations = Merged(SlothAnnotations(tier.name), {{"description", Description(slo, quick, slow)}});
  rule.annotations = Merged(rule.annotations, alert.annotations);
  return rule;
}

void AddBurnAlert(const Slo& slo, const BurnAlert& alert, std::vector<RuleText>* rules) {
  RuleText rule;
  rule.alerting = true;
  rule.hold = alert.hold;
  rule.labels = Merged({{"service", slo.service}, {"sloth_id", slo.id}}, alert.labels);
  const std::string what = slo.service + " " + slo.name;
  if (alert.when_breaching) {
    rule.name = alert.name;
    rule.expr = RatioOverTotals(slo, alert.window) + "/ " + base::DoubleText(BudgetRatio(slo)) + " " + alert.op + " " +
                base::DoubleText(alert.threshold) + "\n";
    const std::string summary = what + " burns {{ $value | humanize }} times its error budget, measured over " +
                                base::DurationText(alert.window) + ".";
    rule.annotations = Merged({{"summary", summary}}, alert.annotations);
    rules->push_back(rule);
  }
  if (alert.when_no_data) {
    rule.name = alert.name + "-no-data";
    rule.expr = "absent(" + SelectorById(slo, "slo_events_total") + ")";
    rule.annotations = Merged(alert.annotations, {{"summary", what + " has no data to judge by."}});
    rules->push_back(rule);
  }
}

}  // namespace

std::string BadEventsMetric(base::Duration window) {
  return "slo:bad_events:increase" + base::DurationText(window);
}
std::string EventsMetric(base::Duration window) {
  return "slo:events:increase" + base::DurationText(window);
}
std::string CertainMetric(base::Duration window) {
  return "slo:sli_error:ratio_certain" + base::DurationText(window);
}

std::string RatioOverTotals(const Slo& slo, base::Duration window) {
  const std::string range = "[" + base::DurationText(window) + "]";
  return "increase(" + SelectorById(slo, "slo_bad_events_total") + range + ")\n/\n(increase(" +
         SelectorById(slo, "slo_events_total") + range + ") > 0)\n";
}

std::vector<RuleText> NativeAlerts(const Slo& slo) {
  std::vector<RuleText> rules;
  const AlertWindows& windows = slo.windows;
  if (!slo.page.disabled) rules.push_back(Alert(slo, slo.page, windows.page_quick, windows.page_slow, kPage));
  if (!slo.ticket.disabled) {
    rules.push_back(Alert(slo, slo.ticket, windows.ticket_quick, windows.ticket_slow, kTicket));
  }
  for (const BurnAlert& alert : slo.burn_alerts) AddBurnAlert(slo, alert, &rules);
  return rules;
}

}  // namespace bekci::ruler::slo
