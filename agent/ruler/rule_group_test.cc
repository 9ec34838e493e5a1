#include "agent/ruler/rule_group.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "agent/base/text.h"
#include "agent/ruler/alert_journal.h"
#include "agent/ruler/test_rules.h"
#include "agent/storage/memory_storage.h"

namespace bekci::ruler::rule_group_test {
namespace {

constexpr int64_t kMinute = 60'000;

class Told : public AlertSink {
 public:
  void OnAlerts(std::vector<SentAlert> alerts, base::Timestamp at) override {
    for (const SentAlert& sent : alerts) {
      lines.push_back(std::to_string(at.ms / kMinute) + " " + sent.rule_name + " " +
                      std::string(AlertStateName(sent.alert.state)));
    }
  }
  std::vector<std::string> lines;
};

// A store, an engine and one group on a fake clock.
struct World {
  base::FakeClock clock;
  base::CaptureLogger log;
  storage::MemoryStorage store;
  promql::Engine engine{{}, clock};
  TemplateCounters counters;
  Told told;
  base::MemoryFileSystem fs;
  std::unique_ptr<AlertJournal> journal;
  std::atomic<AlertJournal*> journal_in_use{nullptr};

  GroupContext Context() {
    GroupContext context{engine, store, store, clock, log};
    context.sink = &told;
    context.counters = &counters;
    context.journal = &journal_in_use;
    return context;
  }
  void OpenJournal() {
    auto opened = AlertJournal::Open(fs, "/alerts", log);
    REQUIRE(opened.ok());
    journal = *std::move(opened);
    journal_in_use = journal.get();
  }
  std::shared_ptr<RuleGroup> Group(const std::string& yaml) {
    auto group = RuleGroup::Make(TestGroups(yaml)[0], base::minutes(1), {}, Context());
    REQUIRE_MESSAGE(group.ok(), group.status().message());
    return *group;
  }
  void Put(const model::Labels& labels, int64_t minute, double value) {
    auto appender = store.NewAppender();
    REQUIRE(appender->Append(0, labels, minute * kMinute, value).ok());
    REQUIRE(appender->Commit().ok());
  }
  // name{labels} value, ... at a minute; stale series show as such.
  std::string Query(const std::string& query, int64_t minute) {
    const promql::QueryResult result = engine.Instant(store, query, minute * kMinute, {});
    REQUIRE_MESSAGE(result.status.ok(), result.status.message());
    std::map<std::string, double> sorted;
    for (const auto& element : std::get<promql::Vector>(result.value)) {
      sorted[element.labels.ToString()] = element.value;
    }
    std::string text;
    for (const auto& [labels, value] : sorted) text += labels + " " + base::DoubleText(value) + "\n";
    return text;
  }
};

base::Timestamp At(int64_t minute) {
  return {minute * kMinute};
}

TEST_CASE("rules run in order, each seeing what those before it wrote") {
  World world;
  world.Put({{"__name__", "m"}, {"i", "1"}}, 1, 5);
  const auto group = world.Group(R"yaml(
groups:
- name: g
  labels: {team: shop, kind: group}
  rules:
  - {record: "a:twice", expr: m * 2, labels: {kind: rule}}
  - {record: "a:four", expr: "a:twice * 2"}
  - {record: constant, expr: "7"}
)yaml");
  group->Evaluate(At(1));
  CHECK(world.Query(R"yaml({__name__=~"a:.*|constant"})yaml", 1) ==
        "a:four{i=\"1\", kind=\"group\", team=\"shop\"} 20\n"
        "a:twice{i=\"1\", kind=\"rule\", team=\"shop\"} 10\n"
        "constant{kind=\"group\", team=\"shop\"} 7\n");
  const GroupStatus status = group->Status();
  CHECK(status.evaluations == 3);
  CHECK(status.failures == 0);
  CHECK(status.samples == 3);
  CHECK(status.iterations == 1);
}

TEST_CASE("an alert to be kept stays while its own series is gone, and resolves when that is there and fine") {
  World world;
  const auto group = world.Group(R"yaml(
groups:
- name: g
  rules:
  - alert: Low
    expr: free / size < 0.1 and on (i) size > 1
    labels: {severity: high, level: "{{ if lt $value 0.05 }}bad{{ else }}low{{ end }}"}
    annotations: {bekci_on_missing: keep}
  - {alert: Plain, expr: free / size < 0.1}
  - {alert: Joined, expr: free < on (i) size, annotations: {bekci_on_missing: keep}}
)yaml");
  const auto put = [&](int64_t minute, const char* i, double free) {
    world.Put({{"__name__", "free"}, {"i", i}}, minute, free);
    world.Put({{"__name__", "size"}, {"i", i}}, minute, 100);
  };
  const auto active = [&](const std::string& name) {
    std::string text;
    for (const RuleStatus& rule : group->Status().rules) {
      if (rule.rule->text.name != name) continue;
      for (const Alert& alert : rule.alerts) {
        text += std::string(alert.labels.Get("i")) + std::string(alert.labels.Get("level")) + " ";
      }
    }
    return text;
  };
  put(1, "a", 7);
  put(1, "b", 3);
  group->Evaluate(At(1));
  CHECK(active("Low") == "alow bbad ");
  // Both are gone from sight; then one comes back and is fine, then the other, and another alert of its begins.
  for (int64_t minute = 2; minute <= 20; ++minute) group->Evaluate(At(minute));
  CHECK(active("Low") == "alow bbad ");
  CHECK(active("Plain").empty());
  CHECK(active("Joined") == "a b ");
  put(21, "b", 50);
  group->Evaluate(At(21));
  CHECK(active("Low") == "alow ");
  CHECK(active("Joined") == "b ");  // as far as it can be told: something was found
  put(22, "a", 3);
  group->Evaluate(At(22));
  CHECK(active("Low") == "abad ");
}

TEST_CASE("a rule that fails says so, hurts no other, and keeps its series until they are looked past") {
  World world;
  world.Put({{"__name__", "m"}, {"i", "1"}}, 1, 1);
  const auto group = world.Group(R"yaml(
groups:
- name: g
  rules:
  - {record: bad, expr: m, labels: {i: one}}
  - {record: good, expr: m}
)yaml");
  group->Evaluate(At(1));
  CHECK(world.Query("count(bad)", 1) == "{} 1\n");
  world.Put({{"__name__", "m"}, {"i", "1"}}, 2, 1);
  world.Put({{"__name__", "m"}, {"i", "2"}}, 2, 1);
  group->Evaluate(At(2));
  const GroupStatus status = group->Status();
  CHECK(status.rules[0].health == RuleHealth::kFailed);
  CHECK(status.rules[0].last_error == "vector contains metrics with the same labelset after applying rule labels");
  CHECK(status.rules[1].health == RuleHealth::kOk);
  CHECK(status.failures == 1);
  CHECK(world.Query("count(good)", 2) == "{} 2\n");
  CHECK(world.Query("count(bad)", 2) == "{} 1\n");
  group->Evaluate(At(3));
  CHECK(world.log.CountContaining("a rule failed") == 1);
}

// Every look at it takes a millisecond.
class TickingClock : public base::FakeClock {
 public:
  base::MonotonicTime Monotonic() const override { return {++looks_ * 1'000'000}; }

 private:
  mutable std::atomic<int64_t> looks_{0};
};

TEST_CASE("a rule's time is its own, and what it returned is what its expression gave") {
  World world;
  TickingClock clock;
  std::string yaml = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: m > 0}\n";
  for (int i = 0; i < 50; ++i) yaml += "  - {record: r" + std::to_string(i) + ", expr: m}\n";
  GroupContext context{world.engine, world.store, world.store, clock, world.log};
  context.counters = &world.counters;
  auto group = RuleGroup::Make(TestGroups(yaml)[0], base::minutes(1), {}, context);
  REQUIRE(group.ok());
  world.Put({{"__name__", "m"}}, 1, 1);
  (*group)->Evaluate(At(1));
  const GroupStatus status = (*group)->Status();
  CHECK(status.rule_duration_sum > base::Duration::zero());
  CHECK(status.rule_duration_sum <= status.duration);
  CHECK(status.rules[0].evaluations.back().series_returned == 1);
}

TEST_CASE("samples that the store refuses are told once, make the rule unwell, and are no failure of it") {
  World world;
  const auto group = world.Group("groups:\n- {name: g, rules: [{record: r, expr: m}]}\n");
  world.Put({{"__name__", "m"}}, 1, 1);
  world.Put({{"__name__", "m"}}, 2, 1);
  world.Put({{"__name__", "r"}}, 5, 1);  // newer than what the rule writes
  group->Evaluate(At(1));
  group->Evaluate(At(2));
  GroupStatus status = group->Status();
  CHECK(status.rules[0].health == RuleHealth::kFailed);
  CHECK(status.rules[0].last_error.starts_with("samples refused by the store (1 out of order"));
  CHECK(status.failures == 0);
  CHECK(world.log.CountContaining("a rule failed") == 1);
  world.Put({{"__name__", "m"}}, 6, 1);
  group->Evaluate(At(6));
  CHECK(group->Status().rules[0].health == RuleHealth::kOk);
  CHECK(world.log.CountContaining("works again") == 1);
}

TEST_CASE("series that a rule no longer writes are marked stale, and a limit stores nothing") {
  World world;
  world.Put({{"__name__", "m"}, {"i", "1"}}, 1, 1);
  const auto group = world.Group(R"yaml(
groups:
- {name: g, limit: 1, rules: [{record: r, expr: m > 0}]}
)yaml");
  group->Evaluate(At(1));
  CHECK(world.Query("r", 1) == "r{i=\"1\"} 1\n");
  world.Put({{"__name__", "m"}, {"i", "1"}}, 2, 0);
  group->Evaluate(At(2));
  CHECK(world.Query("r", 2).empty());
  world.Put({{"__name__", "m"}, {"i", "1"}}, 3, 1);
  world.Put({{"__name__", "m"}, {"i", "2"}}, 3, 1);
  group->Evaluate(At(3));
  CHECK(world.Query("r", 3).empty());
  CHECK(group->Status().rules[0].last_error == "exceeded limit of 1 with 2 series");
}

TEST_CASE("alerts are written as ALERTS and ALERTS_FOR_STATE, handed over, and marked stale as they change") {
  World world;
  const auto group = world.Group(R"yaml(
groups:
- name: g
  rules:
  - {alert: Up, expr: m > 0, for: 1m, labels: {raw: "{{ $labels.none }}", severity: high}}
)yaml");
  for (int64_t minute = 1; minute <= 3; ++minute) {
    world.Put({{"__name__", "m"}, {"i", "1"}}, minute, minute < 3 ? 1 : 0);
    group->Evaluate(At(minute));
    if (minute == 1) {
      CHECK(world.Query("ALERTS", 1) ==
            "ALERTS{alertname=\"Up\", alertstate=\"pending\", i=\"1\", raw=\"{{ $labels.none }}\", "
            "severity=\"high\"} 1\n");
      CHECK(world.Query("ALERTS_FOR_STATE", 1).ends_with(" 60\n"));
    }
    if (minute == 2) CHECK(world.Query("sum by (alertstate) (ALERTS)", 2) == "{alertstate=\"firing\"} 1\n");
  }
  CHECK(world.Query("ALERTS", 3).empty());
  CHECK(world.told.lines == std::vector<std::string>{"2 Up firing", "3 Up inactive"});
}

TEST_CASE("a changed group is taken over rule by rule; what has no partner resolves and goes stale") {
  World world;
  const auto before = world.Group(R"yaml(
groups:
- name: g
  rules:
  - {alert: Same, expr: m > 0}
  - {alert: Old, expr: m > 0}
  - {record: gone, expr: m}
)yaml");
  world.Put({{"__name__", "m"}}, 1, 1);
  before->Evaluate(At(1));
  const auto after = world.Group(R"yaml(
groups:
- name: g
  rules:
  - {record: fresh, expr: m}
  - {alert: Same, expr: m >= 0}
)yaml");
  CHECK_FALSE(after->SameAs(*before));
  after->TakeOver(before.get());
  world.Put({{"__name__", "m"}}, 2, 1);
  after->Evaluate(At(2));
  CHECK(world.Query("gone", 2).empty());
  CHECK(world.Query("ALERTS", 2) == "ALERTS{alertname=\"Same\", alertstate=\"firing\"} 1\n");
  CHECK(after->Status().rules[1].alerts[0].fired_at == At(1));
  CHECK(world.told.lines == std::vector<std::string>{"1 Same firing", "1 Old firing", "2 Old inactive"});
}

TEST_CASE("a restart finds every alert as it was: the journal has it before anybody is told") {
  const std::string yaml = R"yaml(
groups:
- name: g
  rules:
  - {alert: Slow, expr: m > 0, for: 3m, keep_firing_for: 2m, annotations: {text: "is {{ $value }}"}}
)yaml";
  // m is 1 in minutes 1 to 6; what an uninterrupted run tells, and with a restart before each minute.
  std::vector<std::string> expected;
  for (int64_t restart = 0; restart <= 12; ++restart) {
    CAPTURE(restart);
    World world;
    world.OpenJournal();
    auto group = world.Group(yaml);
    std::vector<std::string> states;
    for (int64_t minute = 1; minute <= 12; ++minute) {
      if (minute == restart) {
        world.journal_in_use = nullptr;
        world.OpenJournal();
        group = world.Group(yaml);
        for (const JournaledGroup& known : world.journal->Groups()) {
          group->RestoreLastSlot(known.last_slot);
          for (const JournaledAlert& one : known.alerts) {
            CHECK(group->Restore(one.rule.identity, one.rule.number, one.alert));
          }
        }
      }
      world.Put({{"__name__", "m"}}, minute, minute <= 6 ? 1 : 0);
      group->Evaluate(At(minute));
      std::string state = std::to_string(minute);
      const GroupStatus status = group->Status();
      for (const Alert& alert : status.rules[0].alerts) {
        state += " " + std::string(AlertStateName(alert.state)) + " since " +
                 std::to_string(alert.active_at.ms / kMinute) + " fired " +
                 std::to_string(alert.fired_at.ms / kMinute) + " kept " +
                 std::to_string(alert.keep_firing_since.ms / kMinute) + " " + alert.annotations[0].second;
      }
      states.push_back(state);
    }
    if (restart == 0) {
      expected = states;
      CHECK(states[3] == "4 firing since 1 fired 4 kept 0 is 1");
      CHECK(states[7] == "8 firing since 1 fired 4 kept 7 is 1");
      CHECK(states[8] == "9");
    }
    for (size_t i = 0; i < states.size(); ++i) CHECK(states[i] == expected[i]);
  }
}

TEST_CASE("after an outage what is missing is excused for as long as a range has to fill, then judged") {
  World world;
  const std::string yaml = R"yaml(
groups:
- name: g
  rules:
  - {alert: Rate, expr: "rate(m[2m]) > 0"}
)yaml";
  const auto restore = [&](std::shared_ptr<RuleGroup>* group) {
    world.OpenJournal();
    *group = world.Group(yaml);
    for (const JournaledGroup& known : world.journal->Groups()) {
      (*group)->RestoreLastSlot(known.last_slot);
      for (const auto& one : known.alerts) REQUIRE((*group)->Restore(one.rule.identity, one.rule.number, one.alert));
    }
  };
  std::shared_ptr<RuleGroup> group;
  restore(&group);
  for (int64_t minute = 1; minute <= 3; ++minute) {
    world.Put({{"__name__", "m"}}, minute, static_cast<double>(minute));
    group->Evaluate(At(minute));
  }
  CHECK(group->Status().rules[0].alerts.size() == 1);
  restore(&group);
  std::string states;
  for (int64_t minute = 30; minute <= 34; ++minute) {  // the counter stands still
    world.Put({{"__name__", "m"}}, minute, 3);
    group->Evaluate(At(minute));
    states += group->Status().rules[0].alerts.empty() ? '-' : 'f';
  }
  CHECK(states == "fff--");
}

TEST_CASE("a disk that takes nothing stops no evaluation and no word") {
  World world;
  world.OpenJournal();
  const auto group = world.Group(R"yaml(
groups:
- {name: g, rules: [{alert: A, expr: m > 0}]}
)yaml");
  world.fs.Crash();  // open files answer with errors from now on
  world.Put({{"__name__", "m"}}, 1, 1);
  group->Evaluate(At(1));
  CHECK(world.told.lines == std::vector<std::string>{"1 A firing"});
  CHECK(world.journal->stats().failures > 0);
  CHECK_FALSE(world.journal->stats().healthy);
  CHECK(world.log.CountContaining("alert journal cannot be written") == 1);
}

}  // namespace
}  // namespace bekci::ruler::rule_group_test
