#include "agent/ruler/slo/budget.h"

#include <doctest/doctest.h>

#include <cmath>
#include <deque>

#include "agent/base/random.h"

namespace bekci::ruler::slo::budget_test {
namespace {

using base::hours;
using base::minutes;
using base::seconds;
using base::Timestamp;

constexpr int64_t kStart = 1'767'225'600'000;  // 2026-01-01

Slo Objective(double percent, base::Duration period = hours(30 * 24)) {
  Slo slo;
  slo.id = "shop-pay";
  slo.service = "shop";
  slo.name = "pay";
  slo.objective_percent = percent;
  slo.period = period;
  slo.windows = WindowCatalogue().FindOrDerive(period);
  return slo;
}

// What a budget should say, from every observation kept by itself.
class NaiveSum {
 public:
  void Add(int64_t ms, const Events& events) { all_.push_back({ms, events}); }

  WindowSum Sum(Timestamp t, base::Duration window, int64_t width_ms) const {
    WindowSum sum;
    const int64_t first = ((t - window).ms / width_ms + 1) * width_ms;
    int64_t last_bucket = -1;
    for (const auto& [ms, events] : all_) {
      if (ms < first || ms / width_ms > t.ms / width_ms) continue;
      sum.events.bad += events.bad;
      sum.events.total += events.total;
      if (ms / width_ms != last_bucket) ++sum.observed;
      last_bucket = ms / width_ms;
    }
    return sum;
  }

 private:
  std::deque<std::pair<int64_t, Events>> all_;
};

TEST_CASE("any window over a random stream with gaps is the naive sum of its events") {
  for (const uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
    CAPTURE(seed);
    base::SeededRandom random(seed);
    BucketRing ring(minutes(5), hours(72));
    NaiveSum naive;
    int64_t now = kStart;
    for (int step = 0; step < 4000; ++step) {
      // Usually a minute, at times an hour or a day is missing.
      const uint64_t kind = random.Next() % 200;
      now += kind == 0 ? 86'400'000 : kind < 4 ? 3'600'000 : 30'000 + static_cast<int64_t>(random.Next() % 30'000);
      const double total = static_cast<double>(random.Next() % 100);
      const double bad = static_cast<double>(random.Next() % (static_cast<uint64_t>(total) + 1));
      ring.Add({now}, {bad, total});
      naive.Add(now, {bad, total});
      if (step % 97 != 0) continue;
      for (const base::Duration window :
           {base::Duration(minutes(5)), base::Duration(minutes(37)), base::Duration(hours(1)),
            base::Duration(hours(25)), base::Duration(hours(71))}) {
        const WindowSum got = ring.SumWindow({now}, window);
        const WindowSum want = naive.Sum({now}, window, ring.width_ms());
        // Whole numbers: the sums are exact, not near.
        CHECK(got.events.bad == want.events.bad);
        CHECK(got.events.total == want.events.total);
        CHECK(got.observed == want.observed);
      }
    }
  }
}

TEST_CASE("a bucket that is put again counts once, and what is too old is refused") {
  BucketRing ring(minutes(5), hours(1));
  CHECK(ring.Put(1000, {1, 10}));
  CHECK(ring.Put(1000, {2, 20}));
  CHECK(ring.Sum(0, 2000).events.total == 20);
  CHECK(ring.Put(1000 + static_cast<int64_t>(ring.capacity()), {0, 5}));
  CHECK(ring.Sum(0, 10'000).events.total == 5);
  CHECK(!ring.Put(1000, {1, 1}));
  // Behind the newest but held: the clock was set back.
  CHECK(ring.Put(1001, {3, 3}));
  CHECK(ring.Sum(0, 10'000).events.total == 8);
  CHECK(ring.Oldest() == 1001);
}

TEST_CASE("fractions that are added for months do not drift") {
  BucketRing ring(minutes(5), hours(24));
  int64_t now = kStart;
  for (int i = 0; i < 200'000; ++i, now += 60'000) ring.Add({now}, {0.1, 0.3});
  const WindowSum day = ring.SumWindow({now - 60'000}, hours(24));
  CHECK(day.events.total == doctest::Approx(0.3 * 1440).epsilon(1e-12));
}

TEST_CASE("burn rates, budget and exhaustion follow the workbook's arithmetic") {
  SloBudget budget(Objective(99.9), base::TimeZone());
  // 30 days of 1000 events a minute, one in 2000 bad; then an hour in which one in fifty is.
  Timestamp now{kStart};
  for (int i = 0; i < 30 * 24 * 60; ++i, now = now + minutes(1)) CHECK(budget.Add(now, {0.5, 1000}));
  now = now - minutes(1);
  BudgetReport report = budget.Report(now);
  CHECK(report.state == BudgetState::kOk);
  CHECK(report.budget_left == doctest::Approx(0.5));
  CHECK(*report.good_ratio == doctest::Approx(0.9995));
  CHECK(*budget.BurnRate(now, hours(1)) == doctest::Approx(0.5));
  // Half of the budget is left and half burns in a period: a whole period.
  CHECK(base::ToSeconds(*report.exhaustion) == doctest::Approx(30 * 86400.0));
  for (int i = 0; i < 60; ++i) budget.Add(now = now + minutes(1), {20, 1000});
  report = budget.Report(now);
  CHECK(*budget.BurnRate(now, minutes(5)) == doctest::Approx(20));
  CHECK(*budget.BurnRate(now, hours(1)) == doctest::Approx(20).epsilon(0.02));
  CHECK(report.state == BudgetState::kBurning);
  CHECK(report.budget_left == doctest::Approx(0.5 - 19.5 / 720).epsilon(0.01));
  // The server is away: nothing is added, nothing changes, and it is said.
  now = now + minutes(30);
  CHECK(budget.Report(now).state == BudgetState::kNoData);
  CHECK(!budget.BurnRate(now, minutes(5)).has_value());
}

TEST_CASE("a young objective says how much of its period it has seen") {
  SloBudget budget(Objective(99.9), base::TimeZone());
  CHECK(budget.Report({kStart}).state == BudgetState::kNoData);
  Timestamp now{kStart};
  for (int i = 0; i < 3 * 24 * 60; ++i, now = now + minutes(1)) budget.Add(now, {0, 10});
  const BudgetReport report = budget.Report(now - minutes(1));
  CHECK(report.state == BudgetState::kWarmingUp);
  CHECK(report.observed == hours(72));
  CHECK(report.budget_left == 1);
  CHECK(!report.exhaustion.has_value());
}

TEST_CASE("one bad event of ten wakes nobody; the same share of many does") {
  SloBudget few(Objective(99.9), base::TimeZone());
  SloBudget many(Objective(99.9), base::TimeZone());
  Timestamp now{kStart};
  for (int i = 0; i < 120; ++i, now = now + minutes(1)) {
    const bool bad = i == 118;
    few.Add(now, {bad ? 1.0 : 0.0, i % 6 == 0 || bad ? 1.0 : 0.0});
    many.Add(now, {bad ? 100.0 : 0.0, 100});
  }
  now = now - minutes(1);
  CHECK(few.Report(now).state == BudgetState::kWarmingUp);
  CHECK(many.Report(now).state == BudgetState::kBurning);
}

TEST_CASE("Wilson's lower end is what the textbooks have") {
  CHECK(CertainRatio({1, 10}, 0) == 0.1);
  CHECK(CertainRatio({0, 0}, 0.95) == 0);
  // 10 of 100 at 95 % both sides is 97.5 % one-sided: 0.0552.
  CHECK(CertainRatio({10, 100}, 0.975) == doctest::Approx(0.05523).epsilon(1e-3));
  CHECK(CertainRatio({0, 100}, 0.975) == doctest::Approx(0).epsilon(1e-12));
}

TEST_CASE("what makes no sense changes nothing") {
  SloBudget budget(Objective(99), base::TimeZone());
  for (const Events& events : {Events{-1, 1}, Events{2, 1}, Events{NAN, 1}, Events{0, INFINITY}}) {
    CHECK(!budget.Add({kStart}, events));
  }
  CHECK(!budget.Add({-1}, {0, 1}));
  CHECK(!budget.Add({INT64_MAX}, {0, 1}));
  CHECK(budget.ring().newest() == INT64_MIN);
  CHECK(budget.Report({kStart}).budget_left == 1);
}

TEST_CASE("a calendar's budget begins anew at its boundary, and the period before is kept") {
  Slo slo = Objective(99);
  slo.calendar = CalendarPeriod{.unit = CalendarPeriod::Unit::kMonth, .count = 1};
  SloBudget budget(slo, base::TimeZone());
  const Timestamp february{1'769'904'000'000};  // 2026-02-01
  for (Timestamp t{kStart}; t < february; t = t + minutes(5)) budget.Add(t, {1, 50});
  CHECK(budget.Report(february - minutes(1)).budget_left == doctest::Approx(-1));
  budget.Add(february + minutes(1), {0, 50});
  const BudgetReport report = budget.Report(february + minutes(1));
  CHECK(report.period_begin == february);
  CHECK(report.events.total == 50);
  CHECK(report.budget_left == 1);
  REQUIRE(budget.PreviousPeriod(february + minutes(1)).has_value());
  CHECK(budget.PreviousPeriod(february + minutes(1))->events.total == 31 * 288 * 50);
}

}  // namespace
}  // namespace bekci::ruler::slo::budget_test
