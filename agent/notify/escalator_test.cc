// The seam to the escalation, with a small ladder behind it: what is told to it, and what becomes of what it wants.
#include "agent/notify/escalator.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "agent/notify/notify_story.h"

namespace bekci::notify::escalator_test {
namespace {

// Level n of every group n * 10 minutes after its incident opened, to receiver "level-n" (level 0 to "hook"), until it
// is acknowledged or over. Its journal is the list of what it did.
class TwoLevels : public Escalator {
 public:
  bool IsImmediate(const model::Labels& labels) const override { return labels.Has("now"); }

  void OnGroupState(const GroupState& state, StateCause cause, EscalatorOutput* out) override {
    seen.push_back({state.key, cause, Loud(state)});
    Incident* incident = Find(state.key);
    if (incident == nullptr && Loud(state) && cause != StateCause::kChange) {
      incidents.push_back({state.key, state.at.steady, 0, false});
      Enter(&incidents.back(), state.at, out);
    } else if (incident != nullptr && !Firing(state)) {
      for (int level = 0; level < incident->levels; ++level) Tell(*incident, level, true, out);
      for (int level = 0; level < incident->levels; ++level) out->cancelled.push_back(KeyOf(*incident, level, false));
      out->events.push_back("over " + state.key);
      std::erase_if(incidents, [&](const Incident& one) { return one.group == state.key; });
    }
  }
  void OnDelivery(const std::string& key, receivers::Outcome outcome, Instant, EscalatorOutput* out) override {
    answers.push_back(key + " " + std::string(receivers::OutcomeName(outcome)));
    out->events.push_back("answer " + key);
  }
  base::Status Act(const EscalationAction& action, Instant now, GroupReader&, EscalatorOutput* out) override {
    Incident* const incident = Find(action.id);
    if (incident == nullptr) return base::NotFound("no such incident");
    incident->acknowledged = true;
    out->events.push_back("ack " + action.id);
    out->notes.push_back({action.id, now.wall, true, action.by});
    return base::OkStatus();
  }
  void Advance(Instant now, GroupReader& groups, EscalatorOutput* out) override {
    for (Incident& incident : incidents) {
      if (Due(incident) > now.steady) continue;
      const GroupState* const state = groups.Read(incident.group);
      if (Loud(*state)) Enter(&incident, now, out);
    }
  }
  base::MonotonicTime NextDue() const override {
    base::MonotonicTime next = base::MonotonicTime::Max();
    for (const Incident& incident : incidents) next = std::min(next, Due(incident));
    return next;
  }
  std::vector<std::string> Watched() const override {
    std::vector<std::string> keys;
    for (const Incident& incident : incidents) keys.push_back(incident.group);
    return keys;
  }
  bool MutesRepeats(const std::string& key) const override {
    return std::any_of(incidents.begin(), incidents.end(),
                       [&](const Incident& one) { return one.group == key && one.acknowledged; });
  }
  void Replay(std::string_view event) override { replayed.emplace_back(event); }
  void Restored(Instant, EscalatorOutput*) override { ++restored; }
  std::vector<std::string> Snapshot() const override { return {"snapshot"}; }

  struct Seen {
    std::string key;
    StateCause cause;
    bool loud;
  };
  std::vector<Seen> seen;
  std::vector<std::string> answers;
  std::vector<std::string> replayed;
  int restored = 0;
  int max_levels = 2;

 private:
  struct Incident {
    std::string group;
    base::MonotonicTime opened;
    int levels = 0;
    bool acknowledged = false;
  };
  static bool Loud(const GroupState& state) {
    return std::any_of(state.alerts.begin(), state.alerts.end(),
                       [](const GroupState::Member& one) { return one.firing && !one.suppressed; });
  }
  static bool Firing(const GroupState& state) {
    return std::any_of(state.alerts.begin(), state.alerts.end(), [](const auto& one) { return one.firing; });
  }
  Incident* Find(const std::string& key) {
    const auto found =
        std::find_if(incidents.begin(), incidents.end(), [&](const Incident& one) { return one.group == key; });
    return found == incidents.end() ? nullptr : &*found;
  }
  base::MonotonicTime Due(const Incident& incident) const {
    if (incident.acknowledged || incident.levels >= max_levels) return base::MonotonicTime::Max();
    return incident.opened + incident.levels * base::minutes(10);
  }
  static std::string KeyOf(const Incident& incident, int level, bool resolved) {
    return incident.group + "/" + std::to_string(level) + (resolved ? "/over" : "");
  }
  static void Tell(const Incident& incident, int level, bool resolved, EscalatorOutput* out) {
    WantedSend send;
    send.key = KeyOf(incident, level, resolved);
    send.group_key = incident.group;
    send.receiver = level == 0 ? "hook" : "level-" + std::to_string(level);
    send.integration = "webhook/0";
    send.resolved = resolved;
    send.escalation.level = "L" + std::to_string(level + 1);
    out->sends.push_back(send);
  }
  void Enter(Incident* incident, Instant, EscalatorOutput* out) {
    out->events.push_back("enter " + std::to_string(incident->levels));
    Tell(*incident, incident->levels++, false, out);
  }

  std::vector<Incident> incidents;
};

routing::AlertmanagerConfig WithLevels() {
  routing::AlertmanagerConfig config = TestConfig();
  config.routes[0].repeat_interval = base::minutes(15);
  routing::ReceiverConfig level;
  level.name = "level-1";
  config.receivers.push_back(level);
  return config;
}

std::string Lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}
using Sends = std::vector<std::string>;

TEST_CASE(
    "a level and an ordinary message to one receiver in one flush are one message, the level's, and it counts as "
    "told") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  CHECK(Lines(story.Run(R"(0s post a=1 end=+10h
                           14m)")) == Lines(Sends{"30s hook firing 1 L1", "10m30s level-1 firing 1 L2"}));
  CHECK(story.delivery_ids()[0] == "{}:{}/0");
  CHECK(ladder.answers == Sends{"{}:{}/0 delivered", "{}:{}/1 delivered"});
}

TEST_CASE("an alert that waits for nothing opens its incident the moment it arrives, and its end is told at once") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  CHECK(Lines(story.Run(R"(0s post a=1 now=1 end=+10h
                           20s post a=1 now=1 resolved
                           20m)")) == Lines(Sends{"0s hook firing 1 L1", "20s hook resolved 1! L1"}));
}

TEST_CASE(
    "everybody who was told by a level is told of the end, silenced or not, and what had not left does not leave") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  const Sends sends = story.Run(R"(0s post a=1 end=+10h
                                   10m fail level-1 1
                                   12m silence s 1h a=1
                                   12m5s post a=1 resolved
                                   14m)");
  CHECK(std::count(sends.begin(), sends.end(), "12m5s hook resolved 1! L1") == 1);
  CHECK(std::count(sends.begin(), sends.end(), "12m5s level-1 resolved 1! L2") == 1);
}

// By a link that may be used for another hour, once.
EscalationAction AckByLink(const std::string& id, const Story& story) {
  EscalationAction action{.id = id, .action = "ack", .by = "ana", .comment = {}, .via = "link"};
  action.once = "the link";
  action.once_until = story.now().wall + base::hours(1);
  return action;
}

TEST_CASE("what may be used once is used once, also after a restart, from the journal or a snapshot of it") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  story.Run("0s post a=1 end=+10h\n1m");
  const EscalationAction action = AckByLink("{}:{}", story);
  Notifier& notifier = story.notifier();
  CHECK(notifier.Act(action, story.now()).ok());
  CHECK(notifier.Act(action, story.now()).code() == base::Code::kDenied);
  const std::vector<Changes> written = notifier.TakeChanges(story.now());
  REQUIRE(written.size() == 1);
  CHECK(written[0].used.size() == 1);
  CHECK(written[0].escalation.size() == 1);  // in one batch with what it did

  for (const Changes& kept : {written[0], notifier.Snapshot(story.now())}) {
    base::SeededRandom random(1);
    TwoLevels again;
    Notifier reader({}, random, &again);
    ChangesReader journal;
    for (const std::string& record : EncodeChanges(kept)) reader.Restore(journal.Read(record));
    CHECK(reader.Act(action, story.now()).code() == base::Code::kDenied);
    CHECK(!reader.used().Has("the link", action.once_until));
  }
}

TEST_CASE("what may be used once was not used where nothing could be done with it") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  story.Run("0s post a=1 end=+10h\n1m");
  const EscalationAction action = AckByLink("nobody", story);
  CHECK(story.notifier().Act(action, story.now()).code() == base::Code::kNotFound);
  CHECK(!story.notifier().used().Has("the link", story.now().wall));
}

TEST_CASE("a command that an earlier process left without an answer is not run again: it has failed, for good") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  story.Run("0s post a=1 end=+10h\n1m");
  Changes left = story.notifier().Snapshot(story.now());
  auto row = std::make_shared<RowText>();
  row->id = 1000;
  row->delivery_id = "hook-key";
  row->target = {"{}:{}", {"rollback", "hook", 0}};
  auto content = std::make_shared<Content>();
  content->alerts.push_back({left.alerts.at(0), false});
  row->content = content;
  row->escalation.emplace();
  left.rows.push_back(row);

  class Command : public receivers::Integration {
   public:
    std::string_view kind() const override { return "hook"; }
    receivers::Delivery Deliver(const message::Notification&, base::MonotonicTime) override { return {}; }
  };
  NotifierSetup setup;
  setup.config = std::make_shared<const routing::AlertmanagerConfig>(WithLevels());
  setup.receivers = {{"rollback", {{"hook", 0, false, std::make_shared<Command>()}}}};
  base::SeededRandom random(1);
  TwoLevels again;
  Notifier next({}, random, &again);
  next.Restore(story.notifier().RecordsSnapshot(story.now()));
  next.Restore(left);
  next.Start(setup, story.now());
  CHECK(next.TakeAttempts(story.now()).empty());
  CHECK(next.outbox().size() == 0);
  CHECK(again.restored == 1);
  CHECK(again.answers == Sends{"hook-key permanent"});
  const std::vector<Changes> written = next.TakeChanges(story.now());
  REQUIRE(written.size() == 1);
  CHECK(written[0].done_rows == std::vector<uint64_t>{1000});
  bool told = false;
  for (const auto& [id, incident] : next.records().incidents()) {
    for (const auto& event : incident.events)
      told = told || event.text->find("it is not run again") != std::string::npos;
  }
  CHECK(told);
}

TEST_CASE("an acknowledgement stops the ladder and the reminders, and stands in the record with the time it took") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  CHECK(story
            .Run(R"(0s post a=1 end=+10h
                     3m)")
            .size() == 1);
  EscalationAction action;
  action.id = "{}:{}";
  action.by = "ana";
  REQUIRE(story.notifier().Act(action, story.now()).ok());
  CHECK(Lines(story.Run("1h")) == "");
  const auto& incidents = story.notifier().records().incidents();
  REQUIRE(incidents.size() == 1);
  CHECK(incidents.begin()->second.acknowledged_at == story.now().wall - base::minutes(57));
  CHECK(story.notifier().Metrics(story.now()).time_to_acknowledge.count == 1);
  CHECK_FALSE(story.notifier().Act({}, story.now()).ok());
}

TEST_CASE("a watched group is looked at the moment a silence begins or ends, not at its ticks") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  story.Run(R"(0s post a=1 end=+10h
               2m silence s 1m a=1
               4m)");
  std::vector<bool> loud;
  for (const TwoLevels::Seen& one : ladder.seen) {
    if (loud.empty() || loud.back() != one.loud) loud.push_back(one.loud);
  }
  CHECK(loud == std::vector<bool>{true, false, true});
}

TEST_CASE("a level goes out though its receiver's ordinary messages wait in a row") {
  TwoLevels ladder;
  routing::AlertmanagerConfig config = WithLevels();
  config.routes[0].group_by = {"a"};
  config.routes[0].receiver = "level-1";
  ladder.max_levels = 0;
  Story story(config, &ladder);
  story.Run(R"(0s hang level-1)");
  for (int i = 0; i < 50; ++i) story.Run("0s post a=" + std::to_string(i) + " end=+10h");
  CHECK(story.Run("1m").size() == kLaneConcurrency);
}

TEST_CASE("events come back after a restart, and what was planned and not answered goes out under its own name, once") {
  TwoLevels ladder;
  Story story(WithLevels(), &ladder);
  const Sends sends = story.Run(R"(0s post a=1 end=+10h
                                   20s hang hook
                                   1m crash
                                   2m answer hook
                                   3m crash
                                   4m)");
  CHECK(Lines(sends) == Lines(Sends{"30s hook firing 1 L1", "1m hook firing 1 L1"}));
  CHECK(story.delivery_ids() == std::vector<std::string>{"{}:{}/0", "{}:{}/0"});
  CHECK(ladder.restored == 3);
  CHECK_FALSE(ladder.replayed.empty());
}

TEST_CASE("a level for a receiver that does not exist is answered at once: it will never be told") {
  TwoLevels ladder;
  Story story(TestConfig(), &ladder);
  story.Run(R"(0s post a=1 end=+10h
               11m)");
  CHECK(ladder.answers.back() == "{}:{}/1 permanent");
}

}  // namespace
}  // namespace bekci::notify::escalator_test
