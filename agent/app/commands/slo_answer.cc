#include "agent/app/commands/slo_answer.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "agent/base/duration.h"
#include "agent/ruler/slo/report.h"

namespace bekci::app::commands {
namespace {

using Json = nlohmann::json;
using ruler::slo::BudgetReport;

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<double> Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

// Beyond a hundred years nothing is told apart, and nothing overflows.
base::Duration Seconds(std::optional<double> seconds) {
  constexpr double kMost = 100.0 * 366 * 86400;
  return seconds.has_value() ? base::FromSeconds(std::min(std::max(*seconds, 0.0), kMost)) : base::Duration::zero();
}

BudgetReport ReportOf(const Json& object, base::Timestamp now) {
  BudgetReport report;
  report.id = Text(object, "id");
  report.service = Text(object, "service");
  report.name = Text(object, "name");
  report.objective_percent = Number(object, "objective_percent").value_or(NAN);
  report.period = Seconds(Number(object, "period_seconds"));
  report.period_begin = now - report.period;
  report.events = {Number(object, "bad").value_or(0), Number(object, "total").value_or(0)};
  report.good_ratio = Number(object, "good_ratio");
  report.budget_left = Number(object, "budget_left_ratio").value_or(NAN);
  report.budget_left_events = Number(object, "budget_left_events").value_or(NAN);
  for (const Json& burn : object.value("burn_rates", Json::array())) {
    if (!burn.is_object()) continue;
    const auto window = base::ParseDuration(Text(burn, "window"));
    if (!window.ok()) continue;
    report.burns.push_back(
        {*window, {Number(burn, "bad").value_or(0), Number(burn, "total").value_or(0)}, Number(burn, "burn_rate")});
  }
  const auto exhaustion = Number(object, "exhaustion_seconds");
  if (exhaustion.has_value()) report.exhaustion = Seconds(exhaustion);
  report.observed = Seconds(Number(object, "observed_seconds"));
  report.state = ruler::slo::StateByName(Text(object, "state"));
  return report;
}

}  // namespace

base::Result<std::vector<BudgetReport>> ParseSloAnswer(std::string_view json, base::Timestamp now) {
  const Json document = Json::parse(json, nullptr, false);
  if (document.is_discarded() || !document.is_object()) return base::Corrupt("the answer is not that of bekci's API");
  if (Text(document, "status") == "error") return base::Invalid(Text(document, "error"));
  const auto data = document.find("data");
  if (data == document.end() || !data->is_object() || !data->contains("objectives")) {
    return base::Corrupt("the answer is not that of bekci's API");
  }
  std::vector<BudgetReport> reports;
  for (const Json& object : data->at("objectives")) {
    if (object.is_object()) reports.push_back(ReportOf(object, now));
  }
  return reports;
}

std::vector<BudgetReport> WithRecorded(std::vector<BudgetReport> budgets, std::vector<BudgetReport> recorded) {
  std::set<std::string> known;
  for (const BudgetReport& report : budgets) known.insert(report.id);
  for (BudgetReport& report : recorded) {
    if (!known.contains(report.id) || report.name.ends_with('}')) budgets.push_back(std::move(report));
  }
  return budgets;
}

}  // namespace bekci::app::commands
