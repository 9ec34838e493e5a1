// How objectives stand, as a table for people; from budgets, or from what generated rules have recorded in any
// Prometheus.
//
// Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/ruler/slo/budget.h"

namespace bekci::ruler::slo {

// The query whose answer ReportsFromSeries reads: what rules of ours, or Sloth's, record.
inline constexpr std::string_view kReportQuery =
    "{__name__=~\"slo:objective:ratio|slo:time_period:days|slo:period_data:days|slo:sli_error:ratio_rate.*|"
    "slo:bad_events:increase.*|slo:events:increase.*\"}";

struct RecordedSeries {
  std::vector<std::pair<std::string, std::string>> labels;  // __name__ among them
  double value = 0;
};

// One report for each objective, and for each combination of labels that split it, by service and name. What was not
// recorded is not known: a rule file of Sloth's tells nothing of events or of how long there is data.
std::vector<BudgetReport> ReportsFromSeries(std::span<const RecordedSeries> series, base::Timestamp now);

// How a state is named in JSON: "no_data", "warming_up", "ok", "burning", "exhausted"; and back, unknown names are no
// data.
std::string_view StateName(BudgetState state);
BudgetState StateByName(std::string_view name);

// "no data", "warming up, 3.2 of 30 d", "ok", "burning", "exhausted".
std::string StateText(const BudgetReport& report);

// Parts of the table, for others who show objectives: "99.9 %"; a ratio as a percentage; "3d 4h" (two units at most);
// "14.40".
std::string ObjectiveText(double percent);
std::string PercentText(double ratio, int decimals);
std::string RoughDuration(base::Duration duration);
std::string BurnRateText(double burn);

// A line for each: objective, compliance, budget left, burn rates, time to exhaustion, state.
std::string ReportTable(std::span<const BudgetReport> reports);
// The same as a JSON array, numbers in base units: for programs.
std::string ReportJson(std::span<const BudgetReport> reports);

}  // namespace bekci::ruler::slo
