#include "agent/notify/wiring/escalator_adapter.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/log.h"
#include "agent/base/random.h"

namespace bekci::notify::wiring::escalator_adapter_test {
namespace {

class NoGroups : public GroupReader {
 public:
  const GroupState* Read(const std::string&) override { return nullptr; }
};

escalation::Level LevelAt(std::string name, base::Duration after, std::vector<std::string> receivers) {
  escalation::Level level;
  level.name = std::move(name);
  level.after = after;
  level.receivers = std::move(receivers);
  return level;
}

EscalationAction By(const std::string& id, const std::string& action) {
  EscalationAction asked;
  asked.id = id;
  asked.action = action;
  asked.by = "ana";
  return asked;
}

std::shared_ptr<const escalation::EscalationConfig> Config(bool immediate = false) {
  auto config = std::make_shared<escalation::EscalationConfig>();
  escalation::Policy policy;
  policy.name = "critical";
  policy.levels.push_back(LevelAt("L1", {}, {"team"}));
  policy.levels.push_back(LevelAt("L2", base::minutes(5), {"team", "others"}));
  config->policies.push_back(policy);
  config->assignments.push_back({.matchers = {model::Matcher::Equal("severity", "critical")},
                                 .policy = "critical",
                                 .immediate = immediate,
                                 .mark = {}});
  config->ack.timeout = base::hours(4);
  config->reopen_within = base::minutes(10);
  config->parts = {{"team", {"webhook/0", "email/0"}}, {"others", {"webhook/0"}}};
  return config;
}

struct Fixture {
  base::CaptureLogger log;
  base::SeededRandom random{7};
  NoGroups groups;
  EscalatorAdapter adapter{Config(), "boot", random, log};
  Instant now{{1'000'000}, {1'000'000'000}};

  GroupState Group(bool firing) {
    auto alert = std::make_shared<Alert>();
    alert->labels = {{"alertname", "A"}, {"severity", "critical"}};
    GroupState state;
    state.key = "{}:{}";
    state.receiver = "team";
    state.at = now;
    if (firing) state.alerts.push_back({alert, true, false});
    return state;
  }
  EscalatorOutput Flush(bool firing = true) {
    EscalatorOutput out;
    adapter.OnGroupState(Group(firing), StateCause::kFlush, &out);
    return out;
  }
  EscalatorOutput Advance(base::Duration by) {
    now = now + by;
    EscalatorOutput out;
    adapter.Advance(now, groups, &out);
    return out;
  }
  EscalatorOutput Start() {
    EscalatorOutput out;
    adapter.Restored(now, &out);
    return out;
  }
};

TEST_CASE("a flush with a firing alert opens an incident and wants one message of each integration") {
  Fixture f;
  f.Start();
  const EscalatorOutput out = f.Flush();
  CHECK(!out.events.empty());
  REQUIRE(out.sends.size() == 2);
  CHECK(out.sends[0].receiver == "team");
  CHECK(out.sends[0].integration == "webhook/0");
  CHECK(out.sends[1].integration == "email/0");
  CHECK(out.sends[0].key.ends_with("/0/L1/team/webhook/0/0"));
  CHECK(out.sends[0].escalation.level == "L1");
  CHECK(f.adapter.Watched() == std::vector<std::string>{"{}:{}"});
  const EscalatorOutput due = f.Advance(base::minutes(5));
  REQUIRE(due.sends.size() == 3);
  CHECK(due.sends[2].receiver == "others");
}

TEST_CASE("when all that a level sent has failed, the next one is entered at once") {
  Fixture f;
  f.Start();
  const std::vector<WantedSend> sends = f.Flush().sends;
  REQUIRE(sends.size() == 2);
  EscalatorOutput out;
  f.adapter.OnDelivery(sends[0].key, receivers::Outcome::kPermanent, f.now, &out);
  CHECK(out.sends.empty());
  f.adapter.OnDelivery(sends[1].key, receivers::Outcome::kAuthError, f.now, &out);
  CHECK(out.sends.size() == 3);
}

TEST_CASE("a level that nobody can be told by is passed over at once, and the record says why") {
  Fixture f;
  routing::ReceiverConfig team{.name = "team", .labels = {}, .integrations = {}, .mark = {}};
  const auto tree = config::ParseYaml(R"({to: '{{ .OnCall "empty" "email" }}'})", "alertmanager.yml");
  constexpr config::Option kRows[] = {{.key = "to"}};
  config::Errors errors;
  team.integrations.emplace_back().values = config::Check(*tree, kRows, &errors);
  const std::vector<routing::ReceiverConfig> receivers = {team};
  const std::vector<routing::ReceiverConfig>* const lists[] = {&receivers};
  f.adapter.Reload(Config(), std::make_shared<const Reach>(lists, Config()), {}, f.now);
  f.Start();
  const EscalatorOutput out = f.Flush();
  REQUIRE(out.sends.size() == 1);
  CHECK(out.sends[0].receiver == "others");
  std::string notes;
  for (const auto& note : out.notes) notes += note.text + "\n";
  CAPTURE(notes);
  CHECK(notes.find("level L1 passed over, due: nobody can be told: team: nobody is on call\n") != std::string::npos);
  CHECK(notes.find("level L2 entered, empty: not told: team: nobody is on call\n") != std::string::npos);
  const auto& timeline = f.adapter.incidents().All().at(0)->timeline;
  CHECK(std::any_of(timeline.begin(), timeline.end(), [](const message::TimelineEntry& entry) {
    return entry.level == "L1" && entry.text == "due, nobody can be told: team: nobody is on call";
  }));
}

TEST_CASE("a receiver that a reload has taken away is passed over, and the record says so") {
  Fixture f;
  f.Start();
  f.Flush();
  auto without = std::make_shared<escalation::EscalationConfig>(*Config());
  without->parts.erase("team");
  without->parts.erase("others");
  without->parts["others"] = {};
  f.adapter.Reload(without, nullptr, {}, f.now);
  std::string notes;
  for (const auto& note : f.Advance(base::minutes(5)).notes) notes += note.text + "\n";
  CHECK(notes.find("passed over, due: nobody can be told: team: there is no such receiver any more, others: the "
                   "receiver has no integrations\n") != std::string::npos);
}

TEST_CASE("an acknowledgement stops the ladder, and somebody who is unknown or late is told so") {
  Fixture f;
  f.Start();
  f.Flush();
  const std::string id = f.adapter.incidents().All().at(0)->id;
  EscalatorOutput out;
  CHECK(f.adapter.Act(By(id, "ack"), f.now, f.groups, &out).ok());
  REQUIRE(!out.notes.empty());
  CHECK(out.notes[0].acknowledged);
  CHECK(out.notes[0].text.find("ana") != std::string::npos);
  CHECK(f.adapter.MutesRepeats("{}:{}"));
  CHECK(f.Advance(base::minutes(6)).sends.empty());
  CHECK(f.adapter.Act(By("x", "ack"), f.now, f.groups, &out).code() == base::Code::kNotFound);
  CHECK(f.adapter.Act(By(id, "fly"), f.now, f.groups, &out).code() == base::Code::kInvalid);
  CHECK(!f.Flush(false).sends.empty());
}

TEST_CASE("after a restart what was not answered is asked for under the same names, and what fell due is entered") {
  std::vector<std::string> journal;
  std::string answered;
  std::string open;
  Instant later;
  {
    Fixture f;
    for (const std::string& event : f.Start().events) journal.push_back(event);
    EscalatorOutput out = f.Flush();
    answered = out.sends.at(0).key;
    open = out.sends.at(1).key;
    f.adapter.OnDelivery(answered, receivers::Outcome::kDelivered, f.now, &out);
    journal.insert(journal.end(), out.events.begin(), out.events.end());
    later = f.now + base::minutes(6);
  }
  Fixture f;
  for (const std::string& event : journal) f.adapter.Replay(event);
  f.now = later;
  EscalatorOutput out = f.Start();
  const EscalatorOutput known = f.Flush();
  out.sends.insert(out.sends.end(), known.sends.begin(), known.sends.end());
  REQUIRE(out.sends.size() == 4);
  CHECK(out.sends[0].key == open);
  for (size_t i = 1; i < 4; ++i) CHECK(out.sends[i].escalation.level == "L2");
}

TEST_CASE("a snapshot says all that the events said") {
  Fixture f;
  f.Start();
  f.Flush();
  Fixture g;
  for (const std::string& event : f.adapter.Snapshot()) g.adapter.Replay(event);
  g.now = f.now;
  g.Start();
  REQUIRE(g.adapter.incidents().All().size() == 1);
  CHECK(g.adapter.incidents().All()[0]->id == f.adapter.incidents().All()[0]->id);
  CHECK(g.Flush().sends.empty());
}

TEST_CASE("only alerts of entries that say so open an incident the moment they arrive") {
  base::CaptureLogger log;
  base::SeededRandom random(7);
  const EscalatorAdapter adapter(Config(true), "boot", random, log);
  CHECK(adapter.IsImmediate({{"severity", "critical"}}));
  CHECK(!adapter.IsImmediate({{"severity", "low"}}));
}

}  // namespace
}  // namespace bekci::notify::wiring::escalator_adapter_test
