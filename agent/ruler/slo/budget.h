// SloBudget: what an objective has used of its error budget, from sums of its events in buckets.
//
// Two rings hold them: 30 seconds wide for the last two hours, so that short windows are sharp, and 5 minutes wide (an
// hour, beyond a quarter) for the whole period and, of a calendar, the one before. Any window is a sum over one of
// them: exact, whatever the window. Adding costs the same however long the period is.
//
// The maths: e(w) = bad / all events in w; burn(w) = e(w) / (1 - objective); of the period's budget is left
// 1 - e(period) / (1 - objective), less than nothing when it is overdrawn. Without events e is undefined: burn 0,
// budget unchanged. Source: the SRE workbook, "Implementing SLOs", "Alerting on SLOs". Thread rule: one thread at a
// time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/ruler/slo/bucket_ring.h"
#include "agent/ruler/slo/calendar.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

enum class BudgetState : unsigned char {
  kNoData,     // nothing was observed lately
  kWarmingUp,  // there is data for less than the period: what is left of the budget says little yet
  kOk,
  kBurning,    // an alert's burn rates are exceeded
  kExhausted,  // nothing is left, and it does not burn now
};

struct WindowBurn {
  base::Duration window{};
  Events events;
  std::optional<double> burn;  // none: no events
};

struct BudgetReport {
  std::string id;
  std::string service;
  std::string name;
  double objective_percent = 0;
  base::Timestamp period_begin;
  base::Duration period{};
  Events events;                             // of the period
  std::optional<double> good_ratio;          // compliance, 0..1; none: no events
  double budget_left = 1;                    // of 1; negative: overdrawn
  double budget_left_events = 0;             // bad events that may still come, at the traffic so far
  std::vector<WindowBurn> burns;             // rising windows
  std::optional<base::Duration> exhaustion;  // when nothing is left if it goes on so; none: never
  base::Duration observed{};                 // how much of the period has data
  BudgetState state = BudgetState::kNoData;
};

class SloBudget {
 public:
  // `slo` is copied in part; `zone` is that of its calendar.
  SloBudget(const Slo& slo, base::TimeZone zone);

  // Adds what came since the last time. `events` must be finite, 0 <= bad <= total; anything else, and times before all
  // that is held, change nothing and are answered with false.
  bool Add(base::Timestamp t, const Events& events);

  // A bucket of the period's ring as it was saved; and, after the last of them, the short windows made from them.
  bool Restore(int64_t bucket, const Events& events) { return long_.Put(bucket, events); }
  void FinishRestore();

  const BucketRing& ring() const { return long_; }

  // Sums over (t - window, t].
  WindowSum Sum(base::Timestamp t, base::Duration window) const;
  std::optional<double> ErrorRatio(base::Timestamp t, base::Duration window) const;
  std::optional<double> BurnRate(base::Timestamp t, base::Duration window) const;

  // The rolling period that ends at t, or the calendar's that holds it.
  PeriodBounds PeriodAt(base::Timestamp t) const;
  // The calendar period before that one; nullopt for rolling ones.
  std::optional<WindowSum> PreviousPeriod(base::Timestamp t) const;

  BudgetReport Report(base::Timestamp t) const;

 private:
  bool IsBurning(base::Timestamp t) const;
  bool IsOver(base::Timestamp t, const BurnWindow& window) const;

  std::string id_;
  std::string service_;
  std::string name_;
  double objective_percent_;
  double budget_;  // ratio
  base::Duration period_;
  std::optional<CalendarPeriod> calendar_;
  base::TimeZone zone_;
  AlertWindows windows_;
  double min_bad_events_;
  double confidence_;
  BucketRing short_;
  BucketRing long_;
};

// The lower end of Wilson's interval for the share of bad at a one-sided confidence; confidence 0: the share itself.
double CertainRatio(const Events& events, double confidence);

}  // namespace bekci::ruler::slo
