#include "agent/ruler/slo/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/base/utf8.h"

namespace bekci::ruler::slo {
namespace {

constexpr base::Duration kDay = base::hours(24);
constexpr std::string_view kRatio = "slo:sli_error:ratio_rate";
constexpr std::string_view kBad = "slo:bad_events:increase";
constexpr std::string_view kEvents = "slo:events:increase";

// ---- from recorded series ----

// What the rules of one objective, or one combination of its labels, recorded.
struct Recorded {
  std::string id, service, name;
  std::map<base::Duration, double> ratios;
  std::map<base::Duration, Events> events;
  double observed_days = NAN;
};

// Of an objective as a whole.
struct Promised {
  double objective = NAN;
  double days = 30;
};

std::string LabelOf(const RecordedSeries& series, std::string_view name) {
  for (const auto& [label, value] : series.labels) {
    if (label == name) return value;
  }
  return "";
}

// Labels that are not of the rules themselves split an objective; the ones that all series of it share do not show.
std::string GroupOf(const RecordedSeries& series) {
  std::string group;
  for (const auto& [label, value] : series.labels) {
    if (label == "__name__" || label.starts_with("sloth_")) continue;
    group += (group.empty() ? "" : ", ") + label + "=" + value;
  }
  return group;
}

void Note(const RecordedSeries& series, std::string_view metric, Recorded* recorded) {
  if (metric == "slo:period_data:days") recorded->observed_days = series.value;
  const auto window = base::ParseDuration(LabelOf(series, "sloth_window"));
  if (!window.ok() || !std::isfinite(series.value)) return;
  if (metric.starts_with(kRatio)) recorded->ratios[*window] = series.value;
  if (metric.starts_with(kBad)) recorded->events[*window].bad = series.value;
  if (metric.starts_with(kEvents)) recorded->events[*window].total = series.value;
}

const double* Find(const std::map<base::Duration, double>& ratios, base::Duration window) {
  const auto found = ratios.find(window);
  return found == ratios.end() ? nullptr : &found->second;
}

bool IsOver(const Recorded& recorded, const BurnWindow& window, base::Duration period, double budget) {
  const double threshold = BurnFactor(window, period) * budget;
  const double* now = Find(recorded.ratios, window.short_window);
  const double* lately = Find(recorded.ratios, window.long_window);
  return now != nullptr && lately != nullptr && *now > threshold && *lately > threshold;
}

BudgetReport ReportOf(const Recorded& recorded, const Promised& promised, base::Timestamp now) {
  BudgetReport report;
  report.id = recorded.id;
  report.service = recorded.service;
  report.name = recorded.name;
  report.objective_percent = promised.objective * 100;
  report.period = base::FromSeconds(promised.days * 86400);
  report.period_begin = now - report.period;
  const double budget = 1 - promised.objective;
  for (const auto& [window, ratio] : recorded.ratios) {
    const auto events = recorded.events.find(window);
    const Events counted = events == recorded.events.end() ? Events{} : events->second;
    if (window != report.period) report.burns.push_back({window, counted, ratio / budget});
    if (window == report.period) report.events = counted;
  }
  if (const double* ratio = Find(recorded.ratios, report.period)) {
    report.good_ratio = 1 - *ratio;
    report.budget_left = 1 - *ratio / budget;
  }
  report.budget_left_events = budget * report.events.total - report.events.bad;
  report.observed =
      std::isfinite(recorded.observed_days) ? base::FromSeconds(recorded.observed_days * 86400) : report.period;
  const WindowCatalogue catalogue;
  const AlertWindows windows = catalogue.FindOrDerive(report.period);
  const double* slow = Find(recorded.ratios, windows.page_slow.long_window);
  if (report.budget_left <= 0) {
    report.exhaustion = base::Duration::zero();
  } else if (slow != nullptr && *slow > 0) {
    const double seconds = report.budget_left * base::ToSeconds(report.period) * budget / *slow;
    if (seconds < 100.0 * 365 * 86400) report.exhaustion = base::FromSeconds(seconds);
  }
  bool burning = false;
  for (const BurnWindow& window : {windows.page_quick, windows.page_slow, windows.ticket_quick, windows.ticket_slow}) {
    burning = burning || IsOver(recorded, window, report.period, budget);
  }
  if (Find(recorded.ratios, windows.page_quick.short_window) == nullptr) {
    report.state = BudgetState::kNoData;
  } else if (burning) {
    report.state = BudgetState::kBurning;
  } else if (base::ToSeconds(report.observed) < 0.95 * base::ToSeconds(report.period)) {
    report.state = BudgetState::kWarmingUp;
  } else {
    report.state = report.budget_left <= 0 ? BudgetState::kExhausted : BudgetState::kOk;
  }
  return report;
}

// ---- printing ----

std::string Number(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

std::string DaysText(base::Duration duration) {
  const double days = base::ToSeconds(duration) / 86400;
  return Number(days, days < 10 && std::abs(days - std::round(days)) > 0.05 ? 1 : 0);
}

std::string BurnText(const BudgetReport& report, base::Duration window) {
  for (const WindowBurn& burn : report.burns) {
    if (burn.window == window) return burn.burn.has_value() ? BurnRateText(*burn.burn) : "-";
  }
  return "";
}

using Cells = std::vector<std::string>;

std::string Aligned(const std::vector<Cells>& rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Cells& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      const bool left = i == 0 || i + 1 == row.size();
      const std::string cell = left ? row[i] + padding : padding + row[i];
      text += (i == 0 ? "" : "  ") + (i + 1 == row.size() ? row[i] : cell);
    }
    while (text.ends_with(' ')) text.pop_back();
    text += '\n';
  }
  return text;
}

std::string JsonNumber(double value) {
  return std::isfinite(value) ? base::DoubleText(value) : "null";
}
std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string JsonOf(const BudgetReport& report) {
  std::string burns;
  for (const WindowBurn& burn : report.burns) {
    burns += std::string(burns.empty() ? "" : ",") + "{\"window\":" + JsonText(base::DurationText(burn.window)) +
             ",\"bad\":" + JsonNumber(burn.events.bad) + ",\"total\":" + JsonNumber(burn.events.total) +
             ",\"burn_rate\":" + JsonNumber(burn.burn.value_or(NAN)) + "}";
  }
  const double exhaustion = report.exhaustion.has_value() ? base::ToSeconds(*report.exhaustion) : NAN;
  return "{\"id\":" + JsonText(report.id) + ",\"service\":" + JsonText(report.service) +
         ",\"name\":" + JsonText(report.name) + ",\"objective_percent\":" + JsonNumber(report.objective_percent) +
         ",\"period_seconds\":" + JsonNumber(base::ToSeconds(report.period)) +
         ",\"good_ratio\":" + JsonNumber(report.good_ratio.value_or(NAN)) +
         ",\"bad\":" + JsonNumber(report.events.bad) + ",\"total\":" + JsonNumber(report.events.total) +
         ",\"budget_left_ratio\":" + JsonNumber(report.budget_left) +
         ",\"budget_left_events\":" + JsonNumber(report.budget_left_events) + ",\"burn_rates\":[" + burns +
         "],\"exhaustion_seconds\":" + JsonNumber(exhaustion) +
         ",\"observed_seconds\":" + JsonNumber(base::ToSeconds(report.observed)) + ",\"state\":\"" +
         std::string(StateName(report.state)) + "\"}";
}

}  // namespace

constexpr std::pair<BudgetState, std::string_view> kStateNames[] = {{BudgetState::kNoData, "no_data"},
                                                                    {BudgetState::kWarmingUp, "warming_up"},
                                                                    {BudgetState::kOk, "ok"},
                                                                    {BudgetState::kBurning, "burning"},
                                                                    {BudgetState::kExhausted, "exhausted"}};

std::string_view StateName(BudgetState state) {
  for (const auto& [known, name] : kStateNames) {
    if (known == state) return name;
  }
  return "";
}

BudgetState StateByName(std::string_view name) {
  for (const auto& [state, known] : kStateNames) {
    if (known == name) return state;
  }
  return BudgetState::kNoData;
}

std::vector<BudgetReport> ReportsFromSeries(std::span<const RecordedSeries> series, base::Timestamp now) {
  std::map<std::string, Promised> promised;
  std::map<std::pair<std::string, std::string>, Recorded> recorded;  // by id and group
  std::map<std::string, std::string> common;                         // id -> the group of what is promised
  for (const RecordedSeries& one : series) {
    const std::string id = LabelOf(one, "sloth_id");
    const std::string metric = LabelOf(one, "__name__");
    if (id.empty()) continue;
    if (metric == "slo:objective:ratio") {
      promised[id].objective = one.value;
      common[id] = GroupOf(one);
    } else if (metric == "slo:time_period:days" && one.value > 0 && one.value < 100'000) {
      promised[id].days = one.value;
    } else {
      Recorded& into = recorded[{id, GroupOf(one)}];
      into.id = id;
      into.service = LabelOf(one, "sloth_service");
      into.name = LabelOf(one, "sloth_slo");
      Note(one, metric, &into);
    }
  }
  std::vector<BudgetReport> reports;
  std::set<std::string> reported;
  for (const auto& [key, one] : recorded) {
    const auto promise = promised.find(key.first);
    if (promise == promised.end() || !(promise->second.objective < 1)) continue;
    reports.push_back(ReportOf(one, promise->second, now));
    reported.insert(key.first);
    if (key.second != common[key.first]) reports.back().name += " {" + key.second + "}";
  }
  for (const auto& [id, promise] : promised) {
    if (reported.contains(id)) continue;
    Recorded nothing;
    nothing.id = nothing.name = id;
    reports.push_back(ReportOf(nothing, promise, now));
  }
  return reports;
}

std::string PercentText(double ratio, int decimals) {
  if (!std::isfinite(ratio)) return ratio < 0 ? "-inf" : "-";
  return Number(ratio * 100, decimals) + " %";
}

std::string RoughDuration(base::Duration duration) {
  if (duration >= 10 * kDay) return std::to_string(duration / kDay) + "d";
  const base::Duration unit = duration >= kDay ? base::Duration(base::hours(1)) : base::Duration(base::minutes(1));
  const base::Duration rounded = duration - duration % unit;
  return rounded == base::Duration::zero() ? "now" : base::DurationText(rounded);
}

std::string ObjectiveText(double percent) {
  // A ratio that was recorded carries the noise of its division.
  std::string text;
  base::AppendDecimal(&text, std::round(percent * 1e9) / 1e9);
  return text + " %";
}

std::string BurnRateText(double burn) {
  return Number(burn, 2);
}

std::string StateText(const BudgetReport& report) {
  switch (report.state) {
    case BudgetState::kNoData:
      return "no data";
    case BudgetState::kWarmingUp:
      return "warming up, " + DaysText(report.observed) + " of " + DaysText(report.period) + " d";
    case BudgetState::kOk:
      return "ok";
    case BudgetState::kBurning:
      return "burning";
    case BudgetState::kExhausted:
      return "exhausted";
  }
  return "";
}

std::string ReportTable(std::span<const BudgetReport> reports) {
  if (reports.empty()) return "no objectives\n";
  std::set<base::Duration> windows;
  for (const BudgetReport& report : reports) {
    for (const WindowBurn& burn : report.burns) windows.insert(burn.window);
  }
  Cells head = {"SLO", "OBJECTIVE", "GOOD", "BUDGET LEFT"};
  for (const base::Duration window : windows) head.push_back("BURN " + base::DurationText(window));
  head.insert(head.end(), {"EXHAUSTED IN", "STATE"});
  std::vector<Cells> rows = {head};
  for (const BudgetReport& report : reports) {
    const std::string name = report.service.empty() ? report.name : report.service + "/" + report.name;
    Cells row = {name, ObjectiveText(report.objective_percent),
                 report.good_ratio.has_value() ? PercentText(*report.good_ratio, 3) : "-",
                 report.good_ratio.has_value() ? PercentText(report.budget_left, 1) : "-"};
    for (const base::Duration window : windows) row.push_back(BurnText(report, window));
    row.push_back(report.exhaustion.has_value() ? RoughDuration(*report.exhaustion) : "never");
    row.push_back(StateText(report));
    rows.push_back(std::move(row));
  }
  return Aligned(rows);
}

std::string ReportJson(std::span<const BudgetReport> reports) {
  std::string text = "[";
  for (const BudgetReport& report : reports) text += (text.size() == 1 ? "" : ",\n ") + JsonOf(report);
  return text + "]\n";
}

}  // namespace bekci::ruler::slo
