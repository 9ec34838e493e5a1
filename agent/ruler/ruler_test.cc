#include "agent/ruler/ruler.h"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "agent/ruler/rule_order.h"
#include "agent/ruler/test_rules.h"
#include "agent/storage/memory_storage.h"
#include "tests/support/wait_for.h"

namespace bekci::ruler::ruler_test {
namespace {

constexpr int64_t kStart = 1'700'000'000'000;

// Remembers who was told what, slot by slot.
class Told : public AlertSink {
 public:
  void OnAlerts(std::vector<SentAlert> alerts, base::Timestamp at) override {
    base::MutexLock lock(mutex_);
    for (const SentAlert& sent : alerts) {
      lines_.push_back(sent.alert.labels.ToString() + " " + std::string(AlertStateName(sent.alert.state)) + " since " +
                       std::to_string(sent.alert.fired_at.ms) + " at " + std::to_string(at.ms));
    }
  }
  std::vector<std::string> lines() const {
    base::MutexLock lock(mutex_);
    return lines_;
  }

 private:
  mutable base::Mutex mutex_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

// One life of the process over a store and a file system that outlive it.
struct Host {
  base::FakeClock clock{{kStart}};
  base::CaptureLogger log;
  storage::MemoryStorage store;
  base::MemoryFileSystem fs;
  Told told;
  std::unique_ptr<promql::Engine> engine;
  std::unique_ptr<Ruler> ruler;

  void Begin(const std::string& yaml, size_t threads = 2) {
    engine = std::make_unique<promql::Engine>(promql::EngineOptions(), clock);
    ruler =
        std::make_unique<Ruler>(RulerParts{*engine, store, store, clock, log, &told}, RulerOptions{.threads = threads});
    Load(yaml);
    auto journal = AlertJournal::Open(fs, "/alerts", log);
    REQUIRE(journal.ok());
    ruler->Start(*std::move(journal));
  }
  void Load(const std::string& yaml) {
    RuleSet rules;
    rules.groups = TestGroups(yaml);
    rules.evaluation_interval = base::seconds(10);
    auto prepared = ruler->Prepare(rules);
    REQUIRE_MESSAGE(prepared.ok(), prepared.status().message());
    ruler->Adopt(*std::move(prepared));
  }
  void Put(const model::Labels& labels, double value) {
    auto appender = store.NewAppender();
    REQUIRE(appender->Append(0, labels, clock.Now().ms, value).ok());
    REQUIRE(appender->Commit().ok());
  }
  // Every group has been evaluated at its latest slot.
  bool UpToDate() const {
    const std::vector<GroupStatus> groups = ruler->Groups();
    return std::all_of(groups.begin(), groups.end(), [&](const GroupStatus& group) {
      return group.last_slot == Slots(group.file, group.name, group.interval).Latest(clock.Now());
    });
  }
  // `count` intervals pass; each brings one slot of every group.
  void Pass(int count) {
    for (int i = 0; i < count; ++i) {
      for (int second = 0; second < 10; ++second) clock.Advance(base::seconds(1));
      REQUIRE(WaitFor([this] { return UpToDate(); }));
    }
  }
};

std::string OneGroup(const std::string& rules, const std::string& name = "g") {
  return "groups:\n- name: " + name + "\n  rules:\n" + rules;
}

TEST_CASE("slots keep their places over restarts and differ from group to group") {
  const Slots slots("a.yml", "g", base::seconds(60));
  const base::Timestamp first = slots.Next({kStart});
  CHECK(first.ms > kStart);
  CHECK(first.ms - kStart <= 60'000);
  CHECK(slots.Latest(first) == first);
  CHECK(slots.Next(first).ms == first.ms + 60'000);
  CHECK(slots.Latest({first.ms - 1}).ms == first.ms - 60'000);
  CHECK(Slots("a.yml", "g", base::seconds(60)).Next({kStart}) == first);
  std::set<int64_t> offsets;
  for (int i = 0; i < 50; ++i) {
    offsets.insert(Slots("a.yml", "g" + std::to_string(i), base::seconds(60)).Next({kStart}).ms);
  }
  CHECK(offsets.size() > 45);
  CHECK(Slots("a.yml", "g", base::seconds(60)).Latest({-5}).ms <= -5);
}

TEST_CASE("stages keep every dependence of the file's order and are as few as can be") {
  const auto stages = [](const std::string& rules) {
    std::vector<std::shared_ptr<const Rule>> made;
    const std::vector<GroupText> groups = TestGroups(OneGroup(rules));
    for (const RuleText& text : groups[0].rules) made.push_back(TestRule(text));
    std::string out;
    for (const auto& stage : StagesOf(made)) {
      for (const size_t i : stage) out += std::to_string(i);
      out += "|";
    }
    return out;
  };
  CHECK(stages("  - {record: a, expr: m}\n  - {record: b, expr: m}\n") == "01|");
  CHECK(stages("  - {record: a, expr: m}\n  - {record: b, expr: a}\n  - {record: c, expr: m}\n") == "02|1|");
  // b reads a before a is written: it must not come later.
  CHECK(stages("  - {record: b, expr: a}\n  - {record: a, expr: m}\n") == "01|");
  CHECK(stages("  - {record: x, expr: m}\n  - {record: b, expr: x + a}\n  - {record: a, expr: m}\n") == "0|12|");
  // Who might read anything comes after all before it, and none that it might read comes before it.
  CHECK(stages("  - {record: a, expr: m}\n  - {record: b, expr: '{job=\"x\"}'}\n  - {record: c, expr: m}\n") ==
        "0|12|");
  CHECK(stages("  - {alert: A, expr: m}\n  - {record: b, expr: 'ALERTS{alertname=\"A\"}'}\n") == "0|1|");
  CHECK(stages("  - {record: a:x, expr: m}\n  - {record: b, expr: '{__name__=~\"a:.*\"}'}\n") == "0|1|");
  // Two that write the same series keep their order.
  CHECK(stages("  - {record: p, expr: m}\n  - {record: a, expr: p}\n  - {record: a, expr: m}\n") == "0|12|");
}

TEST_CASE("groups are evaluated at their slots, and rules of a wide stage all run") {
  Host host;
  std::string rules;
  for (int i = 0; i < 300; ++i)
    rules += "  - {record: r" + std::to_string(i) + ", expr: \"m + " + std::to_string(i) + "\"}\n";
  host.Put({{"__name__", "m"}}, 1);
  host.Begin(OneGroup(rules), 3);
  host.Pass(2);
  const GroupStatus group = host.ruler->Groups()[0];
  CHECK(group.samples == 300);
  CHECK(group.evaluations == 600);
  CHECK(group.missed == 0);
  CHECK(Slots("r.yml", "g", base::seconds(10)).Latest(group.last_slot) == group.last_slot);
  CHECK(host.ruler->Settled());
}

TEST_CASE("a reload leaves what did not change alone, takes over what did, and ends what is gone") {
  Host host;
  const std::string alert = "  - {alert: A, expr: m > 0, labels: {x: one}}\n";
  host.Put({{"__name__", "m"}}, 1);
  host.Begin(OneGroup(alert) + "- name: other\n  rules:\n  - {alert: B, expr: m > 0}\n");
  host.Pass(1);
  REQUIRE(host.told.lines().size() == 2);
  const base::Timestamp fired = host.ruler->Groups()[0].rules[0].alerts[0].fired_at;
  host.Load(OneGroup(alert + "  - {record: r, expr: m}\n"));
  host.Pass(1);
  REQUIRE(host.ruler->Groups().size() == 1);
  CHECK(host.ruler->Groups()[0].rules[0].alerts[0].fired_at == fired);
  host.Put({{"__name__", "m"}}, 1);
  host.Pass(3);  // two intervals later the other group ends
  const auto lines = host.told.lines();
  CHECK(lines.back().find("alertname=\"B\"} inactive") != std::string::npos);
  CHECK(std::count_if(lines.begin(), lines.end(),
                      [](const auto& line) { return line.find("inactive") != std::string::npos; }) == 1);
}

TEST_CASE("a rule that moves to a group of another name keeps its alerts") {
  Host host;
  host.Put({{"__name__", "m"}}, 1);
  host.Begin(OneGroup("  - {alert: A, expr: m > 0}\n"));
  host.Pass(1);
  const base::Timestamp fired = host.ruler->Groups()[0].rules[0].alerts[0].fired_at;
  host.Load(OneGroup("  - {record: r, expr: m}\n  - {alert: A, expr: m > 0}\n", "renamed"));
  host.Pass(1);
  CHECK(host.ruler->Groups()[0].rules[1].alerts[0].fired_at == fired);
  host.ruler.reset();
  for (int life = 0; life < 2; ++life) {  // moved while it was down, and killed at once
    host.ruler.reset();
    host.Begin(OneGroup("  - {alert: A, expr: m > 0}\n", "again"));
  }
  host.Put({{"__name__", "m"}}, 1);
  host.Pass(1);
  CHECK(host.ruler->Groups()[0].rules[0].alerts[0].fired_at == fired);
}

TEST_CASE("a clock that is set back by hours stops no rule, and forward neither") {
  Host host;
  host.Begin(OneGroup("  - {alert: A, expr: vector(1), for: 1m}\n"));
  host.Pass(3);
  for (const base::Duration jump : {base::Duration(-base::hours(3)), base::Duration(base::hours(7))}) {
    host.clock.JumpWall(jump);
    host.Pass(2);
    const std::vector<GroupStatus> groups = host.ruler->Groups();
    REQUIRE(groups[0].rules[0].alerts.size() == 1);
    CHECK(groups[0].rules[0].alerts[0].ActiveFor(groups[0].last_slot) < base::minutes(2));
  }
  CHECK(host.log.CountContaining("the clock was set back") == 1);
}

TEST_CASE("without a journal, alerts are put back from ALERTS_FOR_STATE as Prometheus does") {
  const std::string rules = OneGroup(
      "  - {alert: Long, expr: up == 0, for: 30m, labels: {team: x, t: '{{ $labels.job }}'}}\n"
      "  - {alert: Short, expr: up == 0, for: 5m}\n");
  struct Case {
    const char* what;
    int pending_minutes;  // before the sample seen last
    int outage_minutes;
    bool stale;
    int fires_after;  // minutes after the start, about
  };
  for (const Case& one : {Case{"it was pending: the outage does not count", 10, 20, false, 20},
                          Case{"less than the grace period was left: it has that", 25, 20, false, 10},
                          Case{"it fired: at the next evaluation", 40, 20, false, 0},
                          Case{"out of sight", 40, 70, false, 30}, Case{"it had ended", 40, 20, true, 30}}) {
    CAPTURE(one.what);
    Host host;
    const int64_t seen = kStart - one.outage_minutes * 60'000;
    const auto appender = host.store.NewAppender();
    const model::Labels series = {
        {"__name__", "ALERTS_FOR_STATE"}, {"alertname", "Long"}, {"job", "a"}, {"t", "a"}, {"team", "x"}};
    const double since = static_cast<double>(seen / 1000 - one.pending_minutes * 60);
    REQUIRE(appender->Append(0, series, seen, since).ok());
    if (one.stale) REQUIRE(appender->Append(0, series, seen + 1000, storage::StaleMarker()).ok());
    REQUIRE(appender->Commit().ok());
    host.Begin(rules);
    int fired_after = -1;
    for (int i = 0; i < 35 * 6 && fired_after < 0; ++i) {
      host.Put({{"__name__", "up"}, {"job", "a"}}, 0);
      host.Pass(1);
      for (const std::string& line : host.told.lines()) {
        if (line.find("\"Long\"") != std::string::npos) fired_after = (i + 1) / 6;
      }
    }
    CHECK(fired_after >= one.fires_after);
    CHECK(fired_after <= one.fires_after + 1);
  }
}

TEST_CASE("with a journal, ALERTS_FOR_STATE is not asked: what it remembers is exact") {
  const std::string rules = OneGroup("  - {alert: Long, expr: up == 0, for: 30m}\n");
  Host host;
  host.Begin(rules);
  for (int i = 0; i < 12; ++i) {
    host.Put({{"__name__", "up"}, {"job", "a"}}, 0);
    host.Pass(1);
  }
  const base::Timestamp before = host.ruler->Groups().at(0).rules.at(0).alerts.at(0).active_at;
  host.ruler.reset();
  const auto appender = host.store.NewAppender();  // somebody else's word
  const model::Labels series = {{"__name__", "ALERTS_FOR_STATE"}, {"alertname", "Long"}, {"job", "a"}};
  REQUIRE(appender->Append(0, series, host.clock.Now().ms, 1'600'000'000).ok());
  REQUIRE(appender->Commit().ok());
  host.Begin(rules);
  host.Put({{"__name__", "up"}, {"job", "a"}}, 0);
  host.Pass(2);
  CHECK(host.ruler->Groups().at(0).rules.at(0).alerts.at(0).active_at == before);
}

TEST_CASE("an alert whose rule is gone after a restart resolves once") {
  Host host;
  host.Put({{"__name__", "m"}}, 1);
  host.Begin(OneGroup("  - {alert: A, expr: m > 0}\n") + "- name: other\n  rules:\n  - {alert: B, expr: m > 0}\n");
  host.Pass(1);
  for (int life = 0; life < 2; ++life) {
    host.ruler.reset();
    host.Begin(OneGroup("  - {record: r, expr: m}\n"));
    host.Pass(1);
  }
  size_t resolved = 0;
  for (const std::string& line : host.told.lines()) resolved += line.find("inactive") != std::string::npos ? 1U : 0U;
  CHECK(resolved == 2);
}

TEST_CASE("killed at any moment of a timeline, with no slot missed, the states are those of an uninterrupted run") {
  const std::string yaml = OneGroup(R"(  - {alert: Pending, expr: m == 1, for: 40s}
  - {alert: Kept, expr: m == 1, keep_firing_for: 50s}
  - {alert: Firing, expr: m > 0}
  - {record: copied, expr: m}
)");
  const std::string_view timeline = "1111100111110000011111111000000000011110";
  const auto run = [&](uint64_t seed) {
    base::SeededRandom random(seed);
    Host host;
    host.Begin(yaml);
    std::vector<std::string> states;
    for (const char c : timeline) {
      if (seed != 0 && random.Below(4) == 0) {  // kill -9: what was written and not synced is still there
        host.ruler.reset();
        host.Begin(yaml);
      }
      host.Put({{"__name__", "m"}}, c - '0');
      host.Pass(1);
      std::string state;
      const std::vector<GroupStatus> groups = host.ruler->Groups();
      for (const RuleStatus& rule : groups[0].rules) {
        for (const Alert& alert : rule.alerts) {
          state += alert.labels.ToString() + std::string(AlertStateName(alert.state)) + " " +
                   std::to_string(alert.active_at.ms) + " " + std::to_string(alert.fired_at.ms) + " " +
                   std::to_string(alert.keep_firing_since.ms) + "; ";
        }
      }
      states.push_back(state);
    }
    return states;
  };
  const std::vector<std::string> expected = run(0);
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    CHECK(run(seed) == expected);
  }
}

}  // namespace
}  // namespace bekci::ruler::ruler_test
