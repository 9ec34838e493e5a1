#include "agent/notify/escalation/incidents.h"

#include <doctest/doctest.h>

#include <set>

#include "agent/notify/escalation/timeline_script_test.h"
#include "agent/notify/escalation/ulid.h"

namespace bekci::notify::escalation::incidents_test {
namespace {

constexpr base::Timestamp kBegin{1'767'225'600'000};  // 2026-01-01T00:00:00Z

std::shared_ptr<const EscalationConfig> Config(const std::string& name = "escalation.yml") {
  auto config = LoadTestConfig(TestFile(name), name);
  REQUIRE(config.ok());
  return *std::move(config);
}

Now At(base::Duration at) {
  return {kBegin + at, base::MonotonicTime{at.count() + 1}};
}

GroupState Firing(const std::string& severity, const std::string& key = "g") {
  GroupState group;
  group.key = key;
  group.labels = {{"alertname", "A"}};
  group.firing = {{{{"severity", severity}}, false}};
  group.at_flush = true;
  return group;
}

GroupState Quiet(const std::string& key = "g") {
  GroupState group;
  group.key = key;
  return group;
}

Request By(const std::string& who) {
  Request request;
  request.by = who;
  request.via = "api";
  return request;
}

// An engine that has begun, with its one incident.
struct Opened {
  explicit Opened(const std::string& severity) : engine(Config(), random) {
    static_cast<void>(engine.Start("boot", At({})));
    step = engine.OnGroup(Firing(severity), At({}));
    id = engine.OfGroup("g")->id;
  }
  base::SeededRandom random{3};
  Incidents engine;
  Step step;
  std::string id;
};

TEST_CASE("a level's message says all that a receiver shows, and its key is the one of escalation.md") {
  const Opened opened("high");
  REQUIRE(opened.step.sends.size() == 1);
  const Send& send = opened.step.sends[0];
  CHECK(IsUlid(opened.id));
  CHECK(send.group_key == "g");
  REQUIRE(send.planned.size() == 1);
  CHECK(send.planned[0].key == opened.id + "/0/L1/team-page/webhook/0/0");
  CHECK(send.escalation.id == opened.id);
  CHECK(send.escalation.policy == "high");
  CHECK(send.escalation.level == "L1");
  CHECK(send.escalation.level_title == "team");
  CHECK(send.escalation.state == "active");
  CHECK(send.escalation.reason == "due");
  CHECK(send.escalation.started_at == kBegin);
  CHECK(send.escalation.entered_at == kBegin);
  CHECK(send.escalation.ack_within == base::minutes(15));
  REQUIRE(send.escalation.timeline.size() == 2);
  CHECK(send.escalation.timeline[1].event == "level_entered");
  CHECK(send.escalation.timeline[1].level == "L1");
  // Opened and entered are written before anything is sent; the keys stand in the record of the entry.
  REQUIRE(opened.step.events.size() == 2);
  CHECK(opened.step.events[1].planned == send.planned);
}

TEST_CASE("identifiers sort by time") {
  base::SeededRandom random(1);
  const std::string early = MakeUlid(kBegin, random);
  const std::string late = MakeUlid(kBegin + base::milliseconds(1), random);
  CHECK(early < late);
  CHECK(IsUlid(early));
  CHECK_FALSE(IsUlid("01JDI"));
  CHECK_FALSE(IsUlid(early.substr(1) + "U"));
}

TEST_CASE("requests of people are idempotent, and refused in words when the incident is over") {
  Opened opened("high");
  Incidents& engine = opened.engine;
  CHECK(engine.Ack("nonsense", By("ana"), At(base::minutes(1))).answer == Answer::kUnknown);
  CHECK(engine.Unack(opened.id, By("ana"), At(base::minutes(1))).answer == Answer::kNothingToDo);
  CHECK(engine.Ack(opened.id, By("ana"), At(base::minutes(1))).answer == Answer::kDone);
  CHECK(engine.Ack(opened.id, By("ana"), At(base::minutes(2))).answer == Answer::kNothingToDo);
  CHECK(engine.Find(opened.id)->ack_by == "ana");
  CHECK(engine.MutesRepeats("g"));
  Request forever = By("ana");
  forever.ack_for = base::hours(24 * 400);
  CHECK(engine.Ack(opened.id, forever, At(base::minutes(2))).answer == Answer::kInvalid);
  CHECK(engine.Ack(opened.id, By("bo"), At(base::minutes(3))).answer == Answer::kDone);
  CHECK(engine.Unack(opened.id, By("bo"), At(base::minutes(4))).answer == Answer::kDone);
  CHECK_FALSE(engine.MutesRepeats("g"));
  Request level = By("ana");
  level.level = "L2";
  CHECK(engine.Escalate(opened.id, level, At(base::minutes(5))).answer == Answer::kDone);
  CHECK(engine.Escalate(opened.id, level, At(base::minutes(5))).answer == Answer::kNothingToDo);
  level.level = "L9";
  CHECK(engine.Escalate(opened.id, level, At(base::minutes(5))).answer == Answer::kInvalid);
  static_cast<void>(engine.OnGroup(Quiet(), At(base::minutes(6))));
  const Reply late = engine.Ack(opened.id, By("ana"), At(base::minutes(7)));
  CHECK(late.answer == Answer::kClosed);
  CHECK(late.text == "incident " + opened.id + " is resolved");
  CHECK(late.step.empty());
}

TEST_CASE("what is counted has the names and labels of section 7") {
  Opened opened("critical");
  Incidents& engine = opened.engine;
  CHECK(engine.OnAnswer(opened.step.sends[0].planned[0].key, true, At(base::seconds(1))).events.size() == 1);
  CHECK(engine.OnAnswer(opened.step.sends[0].planned[0].key, true, At(base::seconds(2))).empty());
  static_cast<void>(engine.Ack(opened.id, By("ana"), At(base::minutes(3))));
  static_cast<void>(engine.Ack(opened.id, By("bo"), At(base::minutes(4))));
  static_cast<void>(engine.OnGroup(Quiet(), At(base::minutes(10))));
  const EscalationMetrics metrics = engine.metrics();
  CHECK(metrics.level_entered.at({"critical", "L1", "due"}) == 1);
  CHECK(metrics.deliveries.at({"L1", "webhook", "ok"}) == 1);
  CHECK(metrics.acks.at("api") == 2);
  CHECK(metrics.ack_duration.at("critical").count() == 1);
  CHECK(metrics.ack_duration.at("critical").sum() == 180);
  CHECK(metrics.resolve_duration.at("critical").sum() == 600);
  CHECK(metrics.ack_target_missed.empty());
  CHECK(metrics.level_lateness.count() == 1);
  CHECK(metrics.incidents.at({"critical", "resolved"}) == 1);
  CHECK(metrics.incidents.at({"critical", "active"}) == 0);
  Opened missed("critical");
  static_cast<void>(missed.engine.Advance(At(base::minutes(5))));
  CHECK(missed.engine.metrics().ack_target_missed.at("critical") == 1);
  CHECK(missed.engine.metrics().levels.at("critical") == 2);
}

TEST_CASE("pending sends that say nothing true any more are called back") {
  Opened opened("critical");
  const Step repeat = opened.engine.Advance(At(base::minutes(5)));
  const Step again = opened.engine.Advance(At(base::minutes(10)));
  CHECK(again.cancelled == std::vector<std::string>{opened.id + "/0/L1/team-page/webhook/0/1"});
  const Step over = opened.engine.OnGroup(Quiet(), At(base::minutes(11)));
  CHECK(over.cancelled.size() == 3);  // L1, its second repeat, L2
  REQUIRE(over.sends.size() == 1);
  CHECK(over.sends[0].resolved);
  CHECK(over.sends[0].planned.size() == 2);
}

TEST_CASE("records that are damaged, strange or in disorder are passed over") {
  Opened opened("critical");
  std::vector<std::string> records;
  for (const Event& event : opened.step.events) records.push_back(EncodeEvent(event));
  for (const Event& event : opened.engine.Advance(At(base::minutes(5))).events) records.push_back(EncodeEvent(event));
  base::SeededRandom random(11);
  for (int round = 0; round < 2000; ++round) {
    Incidents engine(Config(), random);
    for (size_t i = 0; i < 8; ++i) {
      std::string record = records[random.Below(records.size())];
      if (random.Below(3) == 0) record[random.Below(record.size())] = static_cast<char>(random.Below(256));
      if (random.Below(20) == 0) record.resize(random.Below(record.size()));
      static_cast<void>(engine.Replay(record));
    }
    static_cast<void>(engine.Start("boot", At(base::minutes(20))));
    const Step step = engine.OnGroup(Quiet(), At(base::minutes(21)));
    CHECK(engine.All().size() <= 9);
    CHECK(step.events.size() < 100);
  }
  Incidents engine(Config(), random);
  CHECK_FALSE(engine.Replay("\xff\xff").ok());
  CHECK_FALSE(engine.Replay("").ok());
  CHECK(engine.metrics().unreadable_records == 2);
}

TEST_CASE("a snapshot gives the same incidents as the records it stands for") {
  Opened opened("critical");
  Incidents& engine = opened.engine;
  static_cast<void>(engine.Advance(At(base::minutes(16))));
  static_cast<void>(engine.Ack(opened.id, By("ana"), At(base::minutes(17))));
  static_cast<void>(engine.OnGroup(Firing("low", "h"), At(base::minutes(18))));
  const std::vector<Event> first = engine.Snapshot(At(base::minutes(20)));
  Incidents again(Config(), opened.random);
  for (const Event& event : first) REQUIRE(again.Replay(EncodeEvent(event)).ok());
  static_cast<void>(again.Start("boot", At(base::minutes(20))));
  const std::vector<Event> second = again.Snapshot(At(base::minutes(20)));
  REQUIRE(first.size() == second.size());
  for (size_t i = 0; i < first.size(); ++i) CHECK(EncodeEvent(first[i]) == EncodeEvent(second[i]));
  CHECK(again.NextDue() == engine.NextDue());
}

TEST_CASE("the hour's allowance of a hook holds over incidents and restarts") {
  base::SeededRandom random(5);
  auto engine = std::make_unique<Incidents>(Config(), random);
  std::vector<std::string> records;
  const auto hooks = [&](const Step& step) {
    size_t count = 0;
    for (const Event& event : step.events) {
      records.push_back(EncodeEvent(event));
      for (const PlannedSend& send : event.planned) count += send.integration == "hook/0" ? 1U : 0U;
    }
    return count;
  };
  const auto corrupt = [](const std::string& key) {
    GroupState group = Firing("x", key);
    group.firing = {{{{"class", "data_corruption"}}, false}};
    return group;
  };
  hooks(engine->Start("boot", At({})));
  CHECK(hooks(engine->OnGroup(corrupt("a"), At(base::minutes(1)))) == 1);
  CHECK(hooks(engine->OnGroup(corrupt("b"), At(base::minutes(2)))) == 0);
  engine = std::make_unique<Incidents>(Config(), random);
  for (const std::string& record : std::vector<std::string>(records)) REQUIRE(engine->Replay(record).ok());
  const Step start = engine->Start("boot", At(base::minutes(3)));
  CHECK(hooks(start) == 0);
  for (const Send& send : start.sends) {
    for (const PlannedSend& planned : send.planned) CHECK(planned.integration != "hook/0");
  }
  CHECK(hooks(engine->OnGroup(corrupt("c"), At(base::minutes(60)))) == 0);
  CHECK(hooks(engine->OnGroup(corrupt("d"), At(base::minutes(62)))) == 1);
}

// Anything in any order, over and over, with restarts in between: what must hold always.
class Walk {
 public:
  explicit Walk(uint64_t seed) : random_(seed), configs_{Config(), Config("escalation-reloaded.yml")} { Begin(); }

  void GoOn() {
    now_ += base::seconds(static_cast<int64_t>(random_.Below(20 * 60)));
    if (random_.Below(3) != 0) {
      if (const auto due = engine_->NextDue()) now_ = std::max(now_, base::Duration(due->ns - 1));
    }
    const std::string group = random_.Below(2) == 0 ? "g" : "h";
    const Incident* const incident = engine_->OfGroup(group);
    const std::string id = incident != nullptr ? incident->id : "none";
    switch (random_.Below(12)) {
      case 0:
        return Begin();
      case 1:
      case 2:
        return Take(engine_->OnGroup(RandomGroup(group), At(now_)));
      case 3:
        return Take(engine_->Ack(id, By("ana"), At(now_)).step);
      case 4:
        return Take(engine_->Unack(id, By("ana"), At(now_)).step);
      case 5:
        return Take(engine_->Escalate(id, By("ana"), At(now_)).step);
      case 6:
        return random_.Below(8) == 0 ? Take(engine_->Cancel(id, By("ana"), At(now_)).step) : void();
      case 7:
        config_ = random_.Below(2);
        return Take(engine_->Reload(configs_[config_], At(now_)));
      case 8:
        return AnswerOne(incident);
      default:
        Take(engine_->Advance(At(now_)));
        CHECK(engine_->Advance(At(now_)).empty());  // nothing was left undone
    }
  }

 private:
  void Begin() {
    engine_ = std::make_unique<Incidents>(configs_[config_], random_);
    bool readable = true;
    for (const std::string& record : records_) readable = engine_->Replay(record).ok() && readable;
    CHECK(readable);
    Take(engine_->Start("boot", At(now_)));
  }

  GroupState RandomGroup(const std::string& key) {
    constexpr const char* kSeverities[] = {"critical", "high", "medium", "low", "odd", "strange"};
    GroupState group = Firing(kSeverities[random_.Below(6)], key);
    group.firing[0].suppressed = random_.Below(4) == 0;
    if (random_.Below(4) == 0) group.firing.clear();
    group.muted = random_.Below(8) == 0;
    group.at_flush = random_.Below(2) == 0;
    return group;
  }

  void AnswerOne(const Incident* incident) {
    if (incident == nullptr || incident->open_sends.empty()) return;
    const std::string key = incident->open_sends[random_.Below(incident->open_sends.size())].planned.key;
    Take(engine_->OnAnswer(key, random_.Below(3) != 0, At(now_)));
  }

  void Take(const Step& step) {
    bool good = true;
    for (const Event& event : step.events) {
      records_.push_back(EncodeEvent(event));
      auto& entered = entered_[event.incident];
      if (event.kind == EventKind::kMoved) entered.clear();
      if (event.kind == EventKind::kLevelEntered) {
        good = good && entered.insert({event.cycle, event.level}).second;  // once in a cycle
      }
      for (const PlannedSend& send : event.planned) good = good && keys_.insert(send.key).second;  // each key once
      CHECK_MESSAGE(good, EventName(event.kind) << " " << event.level);
    }
    for (const Incident* incident : engine_->All()) CheckIncident(*incident);
  }

  static void CheckIncident(const Incident& incident) {
    const bool runs = incident.clock.since.has_value();
    CHECK(runs == incident.ladder_runs());
    if (incident.state == State::kAcked) CHECK(incident.acked);
    if (incident.state == State::kResolved) CHECK_FALSE(incident.acked);
    CHECK(incident.timeline.size() <= kTimelineLength);
    std::set<std::string> deferred;
    for (const LevelRun& run : incident.runs) {
      if (run.kind == LevelRun::Kind::kDeferred) CHECK(deferred.insert(run.level).second);
    }
  }

  base::SeededRandom random_;
  std::shared_ptr<const EscalationConfig> configs_[2];
  size_t config_ = 0;
  std::unique_ptr<Incidents> engine_;
  base::Duration now_{};
  std::vector<std::string> records_;
  std::map<std::string, std::set<std::pair<int, std::string>>> entered_;
  std::set<std::string> keys_;
};

TEST_CASE("whatever happens in whatever order, each level is entered once in a cycle and each key is planned once") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Walk walk(seed);
    for (int i = 0; i < 120; ++i) walk.GoOn();
  }
}

}  // namespace
}  // namespace bekci::notify::escalation::incidents_test
