#include "agent/ruler/slo/alert_windows.h"

#include <algorithm>
#include <cmath>

#include "agent/base/duration.h"
#include "agent/config/option.h"

namespace bekci::ruler::slo {
namespace {

using base::hours;
using base::minutes;
using config::Type;

constexpr config::Option kWindow[] = {
    {.key = "errorBudgetPercent", .type = Type::kFloat, .min = 1e-6, .max = 100, .required = true},
    {.key = "shortWindow", .type = Type::kDuration, .min = 1, .max = 1e8, .required = true},
    {.key = "longWindow", .type = Type::kDuration, .min = 1, .max = 1e8, .required = true},
};
constexpr config::Option kPair[] = {
    {.key = "quick", .type = Type::kSection, .required = true, .section = kWindow},
    {.key = "slow", .type = Type::kSection, .required = true, .section = kWindow},
};
constexpr config::Option kSpec[] = {
    {.key = "sloPeriod", .type = Type::kDuration, .min = 60, .max = 1e8, .required = true},
    {.key = "page", .type = Type::kSection, .required = true, .section = kPair},
    {.key = "ticket", .type = Type::kSection, .required = true, .section = kPair},
};
constexpr config::Option kDocument[] = {
    {.key = "apiVersion"},
    {.key = "kind"},
    {.key = "metadata", .type = Type::kTree},
    {.key = "spec", .type = Type::kSection, .required = true, .section = kSpec},
};

constexpr base::Duration kDay = hours(24);

AlertWindows Google(base::Duration period) {
  return {.period = period,
          .page_quick = {2, minutes(5), hours(1)},
          .page_slow = {5, minutes(30), hours(6)},
          .ticket_quick = {10, hours(2), kDay},
          .ticket_slow = {10, hours(6), 3 * kDay}};
}

BurnWindow Read(const config::Values& values, const config::Values& spec, config::Errors* errors) {
  BurnWindow window;
  window.budget_percent = values.Float("errorBudgetPercent");
  window.short_window = values.Duration("shortWindow");
  window.long_window = values.Duration("longWindow");
  if (window.short_window >= window.long_window) {
    errors->Add(values.MarkOf("shortWindow"), "shortWindow: must be shorter than longWindow");
  }
  if (window.long_window > spec.Duration("sloPeriod")) {
    errors->Add(values.MarkOf("longWindow"), "longWindow: must not be longer than sloPeriod");
  }
  return window;
}

// A window of 30 days' rules for a period of less than a week: whole minutes, at least two.
base::Duration Shrunk(base::Duration window, double scale) {
  const double scaled = std::ceil(base::ToSeconds(window) * scale / 60);
  return minutes(static_cast<int64_t>(std::max(2.0, scaled)));
}

}  // namespace

double BurnFactor(const BurnWindow& window, base::Duration period) {
  const double hours_of_budget = window.budget_percent * (base::ToSeconds(period) / 3600) / 100;
  return hours_of_budget / (base::ToSeconds(window.long_window) / 3600);
}

std::vector<base::Duration> WindowsOf(const AlertWindows& windows) {
  std::vector<base::Duration> all;
  for (const BurnWindow& window : {windows.page_quick, windows.page_slow, windows.ticket_quick, windows.ticket_slow}) {
    all.push_back(window.short_window);
    all.push_back(window.long_window);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

WindowCatalogue::WindowCatalogue() : windows_({Google(28 * kDay), Google(30 * kDay)}) {}

void WindowCatalogue::Add(const config::Node& document, config::Errors* errors) {
  const size_t before = errors->lines().size();
  const config::Values values = config::Check(document, kDocument, errors);
  if (errors->lines().size() != before) return;
  const config::Values& spec = values.Section("spec");
  AlertWindows read;
  read.period = spec.Duration("sloPeriod");
  read.page_quick = Read(spec.Section("page").Section("quick"), spec, errors);
  read.page_slow = Read(spec.Section("page").Section("slow"), spec, errors);
  read.ticket_quick = Read(spec.Section("ticket").Section("quick"), spec, errors);
  read.ticket_slow = Read(spec.Section("ticket").Section("slow"), spec, errors);
  if (errors->lines().size() == before) Add(read);
}

void WindowCatalogue::Add(const AlertWindows& windows) {
  const auto at = std::lower_bound(windows_.begin(), windows_.end(), windows.period,
                                   [](const AlertWindows& one, base::Duration period) { return one.period < period; });
  if (at != windows_.end() && at->period == windows.period) {
    *at = windows;
  } else {
    windows_.insert(at, windows);
  }
}

const AlertWindows* WindowCatalogue::Find(base::Duration period) const {
  const auto found = std::find_if(windows_.begin(), windows_.end(),
                                  [&](const AlertWindows& windows) { return windows.period == period; });
  return found == windows_.end() ? nullptr : &*found;
}

AlertWindows WindowCatalogue::FindOrDerive(base::Duration period) const {
  if (const AlertWindows* known = Find(period)) return *known;
  AlertWindows derived = Google(30 * kDay);
  const double scale = std::min(1.0, base::ToSeconds(period) / base::ToSeconds(7 * kDay));
  for (BurnWindow* window : {&derived.page_quick, &derived.page_slow, &derived.ticket_quick, &derived.ticket_slow}) {
    const double factor = BurnFactor(*window, 30 * kDay);
    if (scale < 1) {
      window->short_window = Shrunk(window->short_window, scale);
      window->long_window = std::max(Shrunk(window->long_window, scale), 2 * window->short_window);
    }
    window->budget_percent = factor * 100 * base::ToSeconds(window->long_window) / base::ToSeconds(period);
  }
  derived.period = period;
  return derived;
}

std::string WindowCatalogue::Periods() const {
  std::string text;
  for (const AlertWindows& windows : windows_) {
    text += (text.empty() ? "" : ", ") + std::to_string(windows.period / kDay) + "d";
  }
  return text;
}

}  // namespace bekci::ruler::slo
