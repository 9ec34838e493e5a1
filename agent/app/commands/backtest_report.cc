#include "agent/app/commands/backtest_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "agent/app/commands/progress_line.h"
#include "agent/base/duration.h"

namespace bekci::app::commands {
namespace {

using Json = nlohmann::ordered_json;
using ruler::BacktestResult;
using Cells = std::vector<std::string>;

constexpr size_t kShownFirings = 3;

std::string_view ChangeName(Change change) {
  constexpr std::string_view kNames[] = {"new", "changed", "same"};
  return kNames[static_cast<size_t>(change)];
}

// Whole minutes where it is long, seconds where it is short.
std::string RoughText(base::Duration duration) {
  const base::Duration unit = duration >= base::hours(1) ? base::Duration(base::minutes(1)) : base::seconds(1);
  const base::Duration rounded = duration - duration % unit;
  return rounded == base::Duration::zero() ? "-" : base::DurationText(rounded);
}

std::string ShareText(base::Duration part, const BacktestSpan& span) {
  const double whole = base::ToSeconds(span.end - span.start);
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", whole <= 0 ? 0 : 100 * std::min(1.0, base::ToSeconds(part) / whole));
  return text;
}

Cells RowOf(std::string name, std::string what, const BacktestResult& result, const BacktestSpan& span) {
  return {std::move(name),
          std::move(what),
          std::to_string(result.firings),
          std::to_string(result.alerts),
          RoughText(result.firing_time),
          ShareText(result.firing_time, span),
          RoughText(result.longest),
          std::to_string(result.near_misses)};
}

std::string Aligned(const std::vector<Cells>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Cells& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      line += (i == 0 ? "" : "  ") + (i < 2 ? row[i] + padding : padding + row[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

// The newest firings, for who wants to look at one with `bekci why --at`.
std::string FiringLines(const ComparedRule& rule) {
  const auto& shown = rule.result.shown;
  if (shown.empty()) return {};
  std::string text = "\n" + rule.rule.name + ", the last of " + std::to_string(rule.result.firings) + ":\n";
  for (size_t i = shown.size() - std::min(shown.size(), kShownFirings); i < shown.size(); ++i) {
    const ruler::BacktestFiring& one = shown[i];
    text += "  " + TimeText(one.fired_at.ms) + "  " +
            (one.resolved_at.ms == 0 ? "still firing" : "for " + RoughText(one.resolved_at - one.fired_at)) + "  " +
            one.labels.ToString() + "\n";
  }
  return text;
}

std::string ErrorLine(const ComparedRule& rule, const BacktestResult& result, std::string_view which) {
  if (result.error.empty()) return {};
  const std::string count = result.failed == 0 ? std::string()
                                               : std::to_string(result.failed) + " of " +
                                                     std::to_string(result.evaluations) + " evaluations failed: ";
  return rule.rule.mark.ToString() + ": " + rule.rule.name + std::string(which) + ": " + count + result.error + "\n";
}

Json JsonOf(const BacktestResult& result) {
  Json firings = Json::array();
  for (const ruler::BacktestFiring& one : result.shown) {
    Json labels = Json::object();
    for (const auto& [name, value] : one.labels) labels[std::string(name)] = std::string(value);
    Json firing = {
        {"labels", labels}, {"activeAt", TimeText(one.active_at.ms)}, {"firedAt", TimeText(one.fired_at.ms)}};
    if (one.resolved_at.ms != 0) firing["resolvedAt"] = TimeText(one.resolved_at.ms);
    firings.push_back(std::move(firing));
  }
  Json json = {{"firings", result.firings},
               {"alerts", result.alerts},
               {"firingSeconds", base::ToSeconds(result.firing_time)},
               {"longestSeconds", base::ToSeconds(result.longest)},
               {"nearMisses", result.near_misses},
               {"evaluations", result.evaluations},
               {"failedEvaluations", result.failed},
               {"method", result.stepped ? "step by step" : "range"},
               {"lastFirings", std::move(firings)}};
  if (!result.error.empty()) json["error"] = result.error;
  return json;
}

}  // namespace

std::string BacktestTable(const std::vector<ComparedRule>& rules, const BacktestSpan& span) {
  std::vector<Cells> rows = {{"RULE", "", "FIRED", "ALERTS", "TIME FIRING", "SHARE", "LONGEST", "NEAR MISSES"}};
  std::string errors;
  std::string firings;
  for (const ComparedRule& rule : rules) {
    rows.push_back(RowOf(rule.rule.name, std::string(ChangeName(rule.change)), rule.result, span));
    if (rule.current.has_value()) rows.push_back(RowOf("  as it is now", "", *rule.current, span));
    errors += ErrorLine(rule, rule.result, "");
    if (rule.current.has_value()) errors += ErrorLine(rule, *rule.current, " as it is now");
    firings += FiringLines(rule);
  }
  return Aligned(rows) + firings + (errors.empty() ? "" : "\n" + errors);
}

std::string BacktestJson(const std::vector<ComparedRule>& rules, const BacktestSpan& span) {
  Json list = Json::array();
  for (const ComparedRule& rule : rules) {
    Json json = {{"file", rule.group.file},
                 {"group", rule.group.name},
                 {"alert", rule.rule.name},
                 {"line", rule.rule.mark.line},
                 {"change", std::string(ChangeName(rule.change))},
                 {"result", JsonOf(rule.result)}};
    if (rule.current.has_value()) json["current"] = JsonOf(*rule.current);
    list.push_back(std::move(json));
  }
  const Json document = {{"start", TimeText(span.start.ms)}, {"end", TimeText(span.end.ms)}, {"rules", list}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bekci::app::commands
