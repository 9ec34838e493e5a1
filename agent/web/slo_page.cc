#include "agent/web/slo_page.h"

#include <algorithm>
#include <cmath>

#include "agent/base/duration.h"
#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/ruler/slo/report.h"

namespace bekci::web {
namespace {

using ruler::slo::BudgetReport;
using ruler::slo::BudgetState;

struct Verdict {
  BudgetState state;
  int rank;  // the smaller the earlier on the page
  std::string_view style;
};
constexpr Verdict kVerdicts[] = {{BudgetState::kBurning, 0, "bad"},
                                 {BudgetState::kExhausted, 1, "bad"},
                                 {BudgetState::kNoData, 2, "wait"},
                                 {BudgetState::kWarmingUp, 3, "wait"},
                                 {BudgetState::kOk, 3, "good"}};

const Verdict& VerdictOf(const BudgetReport& report) {
  const auto* const found = std::find_if(std::begin(kVerdicts), std::end(kVerdicts),
                                         [&](const Verdict& one) { return one.state == report.state; });
  return *found;
}

std::string NameOf(const BudgetReport& report) {
  return report.service.empty() ? report.name : report.service + "/" + report.name;
}

// A bar of what is left, 0 to 100 %; an overdrawn budget is an empty one.
void Bar(double left, Html* html) {
  const double share = std::isfinite(left) ? std::clamp(left, 0.0, 1.0) : 0;
  const std::string_view style = share <= 0 ? "bad" : share < 0.25 ? "warn" : "good";
  html->Raw("<svg class=\"budget ")
      .Text(style)
      .Raw(
          "\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
          "<rect class=\"ground\" width=\"100\" height=\"6\"/><rect class=\"left\" width=\"")
      .Text(std::to_string(static_cast<int>(std::lround(share * 100))))
      .Raw("\" height=\"6\"/></svg>");
}

std::string EventsText(const ruler::slo::Events& events) {
  std::string text;
  base::AppendDecimal(&text, std::round(events.bad));
  text += " bad of ";
  base::AppendDecimal(&text, std::round(events.total));
  return text;
}

std::string LeftText(const BudgetReport& report) {
  if (!report.good_ratio.has_value()) return "";
  std::string text;
  base::AppendDecimal(&text, std::floor(std::abs(report.budget_left_events)));
  return report.budget_left_events < 0 ? text + " bad events too many" : text + " bad events may still come";
}

void Burns(const BudgetReport& report, Html* html) {
  html->Raw("<div class=\"labels\">");
  for (const ruler::slo::WindowBurn& burn : report.burns) {
    if (!burn.burn.has_value()) continue;
    html->Raw("<span class=\"")
        .Text(*burn.burn > 1 ? "fast" : "")
        .Raw("\" title=\"")
        .Text(EventsText(burn.events))
        .Raw("\">")
        .Text(base::DurationText(burn.window) + " " + ruler::slo::BurnRateText(*burn.burn))
        .Raw("</span> ");
  }
  html->Raw("</div>");
}

void Row(const BudgetReport& report, Html* html) {
  html->Raw("<tr><td data-name=\"Objective\"><div>")
      .Text(NameOf(report))
      .Raw("<div class=\"quiet small\">")
      .Text(ruler::slo::ObjectiveText(report.objective_percent) + " in " + base::DurationText(report.period))
      .Raw("</div></div></td><td data-name=\"State\">");
  Badge(VerdictOf(report).style, ruler::slo::StateText(report), html);
  html->Raw("</td><td class=\"number\" data-name=\"Good\"><div>");
  if (report.good_ratio.has_value()) {
    html->Text(ruler::slo::PercentText(*report.good_ratio, 3))
        .Raw("<div class=\"quiet small\">")
        .Text(EventsText(report.events))
        .Raw("</div>");
  }
  html->Raw("</div></td><td data-name=\"Budget left\"><div>");
  if (report.good_ratio.has_value()) {
    html->Text(ruler::slo::PercentText(report.budget_left, 1));
    Bar(report.budget_left, html);
    html->Raw("<div class=\"quiet small\">").Text(LeftText(report)).Raw("</div>");
  }
  html->Raw("</div></td><td data-name=\"Burn rates\">");
  Burns(report, html);
  html->Raw("</td><td class=\"number\" data-name=\"Exhausted in\">")
      .Text(report.exhaustion.has_value() ? ruler::slo::RoughDuration(*report.exhaustion) : "never")
      .Raw("</td></tr>\n");
}

size_t Count(const std::vector<BudgetReport>& reports, BudgetState state) {
  return static_cast<size_t>(std::count_if(reports.begin(), reports.end(),
                                           [state](const BudgetReport& report) { return report.state == state; }));
}

void Tiles(const std::vector<BudgetReport>& reports, Html* html) {
  const size_t burning = Count(reports, BudgetState::kBurning);
  const size_t exhausted = Count(reports, BudgetState::kExhausted);
  const size_t no_data = Count(reports, BudgetState::kNoData);
  html->Raw("<dl class=\"tiles\">\n");
  Tile("Objectives", std::to_string(reports.size()), "", "", html);
  Tile("Burning", std::to_string(burning), burning == 0 ? "" : "faster than their alerts allow",
       burning == 0 ? "good" : "bad", html);
  Tile("Exhausted", std::to_string(exhausted), exhausted == 0 ? "" : "nothing left of the period's budget",
       exhausted == 0 ? "good" : "bad", html);
  Tile("No data", std::to_string(no_data), no_data == 0 ? "" : "nothing was observed lately", "", html);
  html->Raw("</dl>\n");
}

}  // namespace

std::string SloPage(const PageFrame& frame, std::vector<BudgetReport> reports) {
  std::stable_sort(reports.begin(), reports.end(),
                   [](const BudgetReport& a, const BudgetReport& b) { return VerdictOf(a).rank < VerdictOf(b).rank; });
  Html html;
  BeginPage(frame, "Objectives", "slo", &html);
  if (reports.empty()) {
    html.Raw("<p class=\"calm\">No objectives: <code>slo_files</code> of the configuration names files of them.</p>\n");
    EndPage(&html);
    return html.Take();
  }
  Tiles(reports, &html);
  html.Raw(
      "<h2>Error budgets</h2>\n<div class=\"sheet\"><table class=\"cards "
      "names\"><thead><tr><th>Objective</th><th>State</th>"
      "<th class=\"number\">Good</th><th>Budget left</th><th>Burn rates</th><th class=\"number\">Exhausted in</th></tr>"
      "</thead><tbody>\n");
  for (const BudgetReport& report : reports) Row(report, &html);
  html.Raw(
      "</tbody></table></div>\n<p class=\"quiet\">A burn rate of 1 uses up the budget in just the period; each stands "
      "with its window. They are counted once a minute.</p>\n");
  EndPage(&html);
  return html.Take();
}

}  // namespace bekci::web
