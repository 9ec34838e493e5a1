// Backtests beside the naive way: every slot an instant query, and the logic of `for` written out.
#include "agent/ruler/backtest.h"

#include <doctest/doctest.h>

#include <map>

#include "agent/base/random.h"
#include "agent/ruler/engine_history.h"
#include "agent/ruler/rule_file.h"
#include "agent/ruler/slots.h"

namespace bekci::ruler::backtest_test {
namespace {

using base::minutes;
using base::seconds;
using base::Timestamp;

constexpr Timestamp kStart{1'767'225'600'000};
constexpr Timestamp kEnd{1'767'225'600'000 + 6 * 3'600'000};

struct World {
  base::RealClock clock;
  storage::MemoryStorage store;
  promql::Engine engine{{}, clock};
  EngineHistory history{engine, store};
  BacktestOptions options;
  std::vector<GroupText> groups;

  explicit World(const std::string& rules) {
    options.start = kStart;
    options.end = kEnd;
    auto file = ParseRuleFile(rules, "r.yml", {});
    REQUIRE_MESSAGE(file.ok(), file.status().message());
    groups = std::move(file->groups);
  }
  // Two jobs whose load wanders, from two hours before the start; now and then a series is away.
  void Fill(uint64_t seed) {
    base::SeededRandom random(seed);
    const auto appender = store.NewAppender();
    double level[2] = {0, 0};
    for (int64_t t = kStart.ms - 7'200'000; t <= kEnd.ms; t += 15'000) {
      for (size_t job = 0; job < 2; ++job) {
        level[job] = level[job] * 0.97 + static_cast<double>(random.Next() % 1000) / 1000 - 0.5;
        if (random.Next() % 50 == 0) continue;
        const model::Labels labels = {{"__name__", "load"}, {"job", job == 0 ? "a" : "b"}};
        const bool away = random.Next() % 100 == 0;
        REQUIRE(appender->Append(0, labels, t, away ? storage::StaleMarker() : level[job]).ok());
      }
    }
    REQUIRE(appender->Commit().ok());
  }
  std::vector<BacktestResult> Run() {
    const auto results = Backtest(
        groups, [](size_t, size_t) { return true; }, [](size_t, size_t) { return false; }, history, clock, options);
    REQUIRE_MESSAGE(results.ok(), results.status().message());
    return *results;
  }
};

// Firings of a rule without keep_firing_for, as instant queries at every slot tell.
struct Naive {
  uint64_t firings = 0;
  uint64_t near_misses = 0;
  uint64_t firing_slots = 0;
};
Naive JudgeNaively(World& world, const GroupText& group, const RuleText& rule, const std::string& expr) {
  Naive naive;
  const base::Duration interval = *group.interval;
  std::map<model::Labels, Timestamp> since;
  for (Timestamp at = Slots(group.file, group.name, interval).Next(kStart - rule.hold - base::milliseconds(1));
       at <= kEnd; at = at + interval) {
    const promql::QueryResult result = world.engine.Instant(world.store, expr, at.ms, {});
    std::map<model::Labels, Timestamp> now;
    bool fires = false;
    for (const auto& element : std::get<promql::Vector>(result.value)) {
      const auto known = since.find(element.labels);
      const Timestamp active = known == since.end() ? at : known->second;
      now[element.labels] = active;
      fires = fires || at - active >= rule.hold;
    }
    for (const auto& [labels, active] : since) {
      if (now.contains(labels) || at < kStart) continue;
      ++(at - interval - active >= rule.hold ? naive.firings : naive.near_misses);
    }
    if (fires && at >= kStart) ++naive.firing_slots;
    since = std::move(now);
  }
  for (const auto& [labels, active] : since) {
    const Timestamp last = Slots(group.file, group.name, interval).Latest(kEnd);
    if (last - active >= rule.hold) ++naive.firings;
  }
  return naive;
}

TEST_CASE("a rule fires in a backtest as often and as long as instant queries at every slot say") {
  for (const uint64_t seed : {1U, 2U, 3U, 4U}) {
    CAPTURE(seed);
    World world(
        "groups: [{name: g, interval: 15s, rules: [{alert: At, expr: load > 1}, {alert: For, expr: load > 1, for: 2m},"
        "{alert: Avg, expr: 'avg_over_time(load[10m]) > 0.5', for: 1m}, {alert: Joined, expr: 'load > on() "
        "group_left() "
        "max(load offset 1m)', for: 30s}]}]");
    world.Fill(seed);
    const std::vector<BacktestResult> results = world.Run();
    REQUIRE(results.size() == 4);
    uint64_t all = 0;
    for (size_t i = 0; i < results.size(); ++i) {
      CAPTURE(i);
      const RuleText& rule = world.groups[0].rules[i];
      const Naive naive = JudgeNaively(world, world.groups[0], rule, rule.expr);
      CHECK_FALSE(results[i].stepped);
      CHECK(results[i].error == "");
      CHECK(results[i].firings == naive.firings);
      CHECK(results[i].near_misses == naive.near_misses);
      CHECK(results[i].firing_time == static_cast<int64_t>(naive.firing_slots) * seconds(15));
      all += naive.firings;
    }
    CHECK(all > 20);
  }
}

TEST_CASE("a rule that reads what the file records is tested on what it would have recorded, not on what is stored") {
  World world(
      "groups: [{name: g, interval: 15s, rules: [{record: 'load:double', expr: load * 2},"
      "{alert: Chained, expr: 'load:double > 2', for: 1m}, {alert: Apart, expr: load > 3},"
      "{alert: OfAlert, expr: 'ALERTS{alertname=\"Chained\", alertstate=\"firing\"}'}]}]");
  world.Fill(9);
  const auto appender = world.store.NewAppender();
  for (int64_t t = kStart.ms; t <= kEnd.ms; t += 15'000) {
    REQUIRE(appender->Append(0, {{"__name__", "load:double"}, {"job", "a"}}, t, 100).ok());
    REQUIRE(appender
                ->Append(0, {{"__name__", "ALERTS"}, {"alertname", "Chained"}, {"alertstate", "firing"}, {"job", "x"}},
                         t, 1)
                .ok());
  }
  REQUIRE(appender->Commit().ok());
  const std::vector<BacktestResult> results = world.Run();
  REQUIRE(results.size() == 3);
  CHECK(results[0].stepped);
  CHECK_FALSE(results[1].stepped);
  CHECK(results[2].stepped);
  const RuleText& rule = world.groups[0].rules[1];
  const Naive naive = JudgeNaively(world, world.groups[0], rule, "load * 2 > 2");
  CHECK(results[0].error == "");
  CHECK(naive.firings > 5);
  CHECK(results[0].firings == naive.firings);
  CHECK(results[0].near_misses == naive.near_misses);
  CHECK(results[0].firing_time == static_cast<int64_t>(naive.firing_slots) * seconds(15));
  // At each slot it sees what the rule before it has just written.
  CHECK(results[2].firing_time == results[0].firing_time);
}

TEST_CASE("what the file records as it is recorded now is taken from history") {
  World world(
      "groups: [{name: g, interval: 15s, rules: [{record: 'load:double', expr: load * 2},"
      "{alert: Chained, expr: 'load:double > 2'}]}]");
  world.Fill(9);
  const auto appender = world.store.NewAppender();
  REQUIRE(appender->Append(0, {{"__name__", "load:double"}, {"job", "a"}}, kStart.ms + 60'000, 100).ok());
  REQUIRE(appender->Commit().ok());
  const auto results = Backtest(
      world.groups, [](size_t, size_t) { return true; }, [](size_t, size_t) { return true; }, world.history,
      world.clock, world.options);
  REQUIRE(results.ok());
  CHECK_FALSE(results->at(0).stepped);
  CHECK(results->at(0).firings == 1);
  CHECK(results->at(0).longest == minutes(5));  // as far as the sample can be seen
}

TEST_CASE("an alert that fired before the start is that at the start, and one that fires at the end has not resolved") {
  World world("groups: [{name: g, interval: 1m, rules: [{alert: Long, expr: steady > 0, for: 30m}]}]");
  const auto appender = world.store.NewAppender();
  for (int64_t t = kStart.ms - 7'200'000; t <= kEnd.ms; t += 60'000) {
    REQUIRE(appender->Append(0, {{"__name__", "steady"}}, t, 1).ok());
  }
  REQUIRE(appender->Commit().ok());
  const BacktestResult result = world.Run().at(0);
  CHECK(result.firings == 1);
  CHECK(result.firing_time >= base::hours(6) - minutes(1));
  REQUIRE(result.shown.size() == 1);
  CHECK(result.shown[0].fired_at.ms <= kStart.ms + 60'000);
  CHECK(result.shown[0].resolved_at.ms == 0);
}

TEST_CASE("a rule that cannot be judged says why and hurts no other; too much to hold is told with a way out") {
  World world(
      "groups: [{name: g, interval: 15s, rules: [{alert: Twice, expr: 'load + on() load'}, {alert: Good, expr: load > "
      "1},"
      "{record: r, expr: load}, {alert: Chained, expr: r > 1}]}]");
  world.Fill(5);
  world.options.max_samples = 1000;
  uint64_t seen = 0;
  world.options.on_progress = [&](uint64_t done, uint64_t of) {
    CHECK(done >= seen);
    CHECK(done <= of);
    seen = done;
  };
  const std::vector<BacktestResult> results = world.Run();
  CHECK(results[0].failed == results[0].evaluations);
  CHECK(results[0].error.find("many-to-many") != std::string::npos);
  CHECK(results[1].firings > 0);
  CHECK(results[1].error == "");
  CHECK(results[2].error.find("more than 1000 samples; a shorter time") != std::string::npos);
  CHECK(seen > 0);
}

}  // namespace
}  // namespace bekci::ruler::backtest_test
