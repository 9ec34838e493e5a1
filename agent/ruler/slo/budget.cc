#include "agent/ruler/slo/budget.h"

#include <algorithm>
#include <cmath>

#include "agent/ruler/slo/native_rules.h"

namespace bekci::ruler::slo {
namespace {

using base::hours;
using base::minutes;

constexpr base::Duration kShortWidth = base::seconds(30);
constexpr base::Duration kShortSpan = hours(2);
// Without an observation for so long an objective has no data: as long as a query looks back.
constexpr base::Duration kFresh = minutes(5);
// Data for all of the period but this share: no longer young. Restarts and short gaps are not worth a word.
constexpr double kWhole = 0.95;

base::Duration LongWidth(base::Duration span) {
  return span <= hours(24 * 94) ? base::Duration(minutes(5)) : base::Duration(hours(1));
}

// What must be held: the period (of a calendar, the one before, too) and every window.
base::Duration LongSpan(const Slo& slo) {
  const base::Duration longest = WindowsOf(slo.windows).back();
  if (!slo.calendar.has_value()) return std::max(slo.period, longest);
  return std::max(2 * LongestPeriod(*slo.calendar), longest);
}

bool IsSound(const Events& events) {
  return std::isfinite(events.bad) && std::isfinite(events.total) && events.bad >= 0 && events.bad <= events.total;
}

// Times that no bucket number can overflow with: years 1970 to 9999.
bool IsSound(base::Timestamp t) {
  return t.ms >= 0 && t.ms < int64_t{253'402'300'800'000};
}

std::optional<double> Ratio(const Events& events) {
  if (events.total <= 0) return std::nullopt;
  return events.bad / events.total;
}

}  // namespace

double CertainRatio(const Events& events, double confidence) {
  if (events.total <= 0) return 0;
  if (confidence <= 0) return events.bad / events.total;
  const double z = NormalQuantile(confidence);
  const double spread = std::sqrt(events.bad * (events.total - events.bad) / events.total + z * z / 4);
  return (events.bad + z * z / 2 - z * spread) / (events.total + z * z);
}

SloBudget::SloBudget(const Slo& slo, base::TimeZone zone)
    : id_(slo.id),
      service_(slo.service),
      name_(slo.name),
      objective_percent_(slo.objective_percent),
      budget_(BudgetRatio(slo)),
      period_(slo.period),
      calendar_(slo.calendar),
      zone_(std::move(zone)),
      windows_(slo.windows),
      min_bad_events_(slo.min_bad_events),
      confidence_(slo.confidence),
      short_(kShortWidth, kShortSpan),
      long_(LongWidth(LongSpan(slo)), LongSpan(slo)) {}

bool SloBudget::Add(base::Timestamp t, const Events& events) {
  if (!IsSound(t) || !IsSound(events)) return false;
  short_.Add(t, events);
  return long_.Add(t, events);
}

void SloBudget::FinishRestore() {
  if (long_.newest() == INT64_MIN) return;
  // Each bucket's events evenly over the time it covers: nobody knows better.
  const int64_t width = long_.width_ms();
  const int64_t parts = width / short_.width_ms();
  for (int64_t bucket = long_.newest() - base::ToMillis(kShortSpan) / width; bucket <= long_.newest(); ++bucket) {
    const Events* events = long_.Find(bucket);
    if (events == nullptr) continue;
    const auto share = static_cast<double>(parts);
    for (int64_t part = 0; part < parts; ++part) {
      short_.Put(bucket * parts + part, {events->bad / share, events->total / share});
    }
  }
}

WindowSum SloBudget::Sum(base::Timestamp t, base::Duration window) const {
  return window <= kShortSpan ? short_.SumWindow(t, window) : long_.SumWindow(t, window);
}

std::optional<double> SloBudget::ErrorRatio(base::Timestamp t, base::Duration window) const {
  return Ratio(Sum(t, window).events);
}

std::optional<double> SloBudget::BurnRate(base::Timestamp t, base::Duration window) const {
  const auto ratio = ErrorRatio(t, window);
  if (!ratio.has_value()) return std::nullopt;
  // An objective of 100 % has no budget; any error burns it infinitely fast.
  if (budget_ <= 0) return *ratio > 0 ? INFINITY : 0;
  return *ratio / budget_;
}

PeriodBounds SloBudget::PeriodAt(base::Timestamp t) const {
  if (calendar_.has_value()) return slo::PeriodAt(*calendar_, zone_, t);
  return {t - period_, t};
}

std::optional<WindowSum> SloBudget::PreviousPeriod(base::Timestamp t) const {
  if (!calendar_.has_value()) return std::nullopt;
  const base::Timestamp end = PeriodAt(t).begin - base::milliseconds(1);
  return long_.SumBetween(PeriodAt(end).begin, end);
}

bool SloBudget::IsOver(base::Timestamp t, const BurnWindow& window) const {
  const double threshold = BurnFactor(window, windows_.period) * budget_;
  const auto now = ErrorRatio(t, window.short_window);
  if (!now.has_value() || *now <= threshold) return false;
  const Events lately = Sum(t, window.long_window).events;
  return std::round(lately.bad) >= min_bad_events_ && CertainRatio(lately, confidence_) > threshold;
}

bool SloBudget::IsBurning(base::Timestamp t) const {
  return IsOver(t, windows_.page_quick) || IsOver(t, windows_.page_slow) || IsOver(t, windows_.ticket_quick) ||
         IsOver(t, windows_.ticket_slow);
}

BudgetReport SloBudget::Report(base::Timestamp t) const {
  BudgetReport report;
  report.id = id_;
  report.service = service_;
  report.name = name_;
  report.objective_percent = objective_percent_;
  const PeriodBounds bounds = PeriodAt(t);
  report.period_begin = bounds.begin;
  report.period = bounds.end - bounds.begin;
  const WindowSum sum = calendar_.has_value() ? long_.SumBetween(bounds.begin, t) : Sum(t, period_);
  report.events = sum.events;
  report.observed = base::milliseconds(static_cast<int64_t>(sum.observed) * long_.width_ms());
  for (const base::Duration window : WindowsOf(windows_)) {
    report.burns.push_back({window, Sum(t, window).events, BurnRate(t, window)});
  }
  if (const auto ratio = Ratio(sum.events); ratio.has_value()) {
    report.good_ratio = 1 - *ratio;
    if (budget_ > 0) report.budget_left = 1 - *ratio / budget_;
    if (budget_ <= 0 && *ratio > 0) report.budget_left = -INFINITY;
  }
  report.budget_left_events = budget_ * sum.events.total - sum.events.bad;
  const auto burn = BurnRate(t, windows_.page_slow.long_window);
  if (report.budget_left <= 0) {
    report.exhaustion = base::Duration::zero();
  } else if (burn.value_or(0) > 0) {
    const double seconds = report.budget_left * base::ToSeconds(report.period) / *burn;
    if (seconds < 100.0 * 365 * 86400) report.exhaustion = base::FromSeconds(seconds);
  }
  const base::Duration elapsed = calendar_.has_value() ? t - bounds.begin : period_;
  if (Sum(t, kFresh).observed == 0) {
    report.state = BudgetState::kNoData;
  } else if (IsBurning(t)) {
    report.state = BudgetState::kBurning;
  } else if (base::ToSeconds(report.observed) < kWhole * base::ToSeconds(elapsed)) {
    report.state = BudgetState::kWarmingUp;
  } else if (report.budget_left <= 0) {
    report.state = BudgetState::kExhausted;
  } else {
    report.state = BudgetState::kOk;
  }
  return report;
}

}  // namespace bekci::ruler::slo
