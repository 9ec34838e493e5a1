#include "agent/notify/escalation/timeline_script_test.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/file_system.h"
#include "agent/base/text.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::notify::escalation {
namespace {

std::vector<std::string> WordsOf(std::string_view line) {
  std::vector<std::string> words;
  base::FieldReader fields(line);
  for (std::string_view word = fields.Next(); !word.empty(); word = fields.Next()) words.emplace_back(word);
  return words;
}

base::Duration TimeOf(const std::string& text) {
  const bool minus = text.starts_with('-');
  const bool sign = minus || text.starts_with('+');
  const auto duration = base::ParseDuration(sign ? text.substr(1) : text);
  REQUIRE_MESSAGE(duration.ok(), text);
  return minus ? -*duration : *duration;
}

std::string Minutes(base::Duration at) {
  const int64_t seconds = base::ToMillis(at) / 1000;
  return std::to_string(seconds / 60) + "m" + (seconds % 60 == 0 ? "" : std::to_string(seconds % 60) + "s");
}

}  // namespace

std::string TestFile(const std::string& name) {
  base::RealFileSystem fs;
  auto text = fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/agent/notify/escalation/testdata/" + name);
  REQUIRE_MESSAGE(text.ok(), name);
  return *std::move(text);
}

Surroundings TestSurroundings() {
  Surroundings surroundings;
  for (const char* name : {"team-page", "cross-team", "all-teams", "management", "chat"}) {
    surroundings.receivers[name] = {"webhook/0"};
  }
  surroundings.receivers["nobody"] = {};
  routing::TimeInterval night;
  night.times = {{0, 7 * 60}, {22 * 60, 24 * 60}};
  for (const char* name : {"quiet-hours", "nights"}) {
    surroundings.intervals.emplace_back();
    surroundings.intervals.back().name = name;
    surroundings.intervals.back().intervals = {night};
  }
  surroundings.read_matchers = [](std::string_view text) { return routing::ParseMatchers(text); };
  return surroundings;
}

base::Result<std::shared_ptr<const EscalationConfig>> LoadTestConfig(const std::string& text, const std::string& name) {
  base::RealFileSystem fs;
  return LoadEscalationConfig(text, name, TestSurroundings(), fs);
}

TimelineScript::TimelineScript(std::string text, std::string directory) : directory_(std::move(directory)) {
  base::LineReader reader(text);
  bool behind = false;
  for (std::string_view line; reader.Next(&line);) {
    line = base::Trim(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (line.starts_with("---")) {
      behind = true;
    } else if (behind) {
      expected_.emplace_back(line);
    } else {
      std::vector<std::string> words = WordsOf(line);
      if (words[0] == "begin") {
        begin_ = {*ParseLocalTime(words[1]) * 1000};
      } else if (words[0] == "group_wait") {
        group_wait_ = TimeOf(words[1]);
      } else if (words[0] == "end") {
        end_ = TimeOf(words[1]);
      } else if (words[0] == "hide") {
        show_repeats_ = false;
      } else if (words[0] == "show") {
        show_keys_ = true;
      } else {
        const base::Duration at = TimeOf(words[0]);
        words.erase(words.begin());
        inputs_.push_back({at, std::move(words)});
      }
    }
  }
}

// One run: the world around the engine.
class TimelineScript::Player {
 public:
  Player(const TimelineScript& script, size_t kill_after, bool compact)
      : script_(script), kill_after_(kill_after), compact_(compact) {
    LoadConfig("escalation.yml");
    Begin("boot-1");
  }

  ScriptResult Play() {
    size_t next = 0;
    while (true) {
      base::Duration at = script_.end_;
      if (next < script_.inputs_.size()) at = std::min(at, script_.inputs_[next].at);
      if (flush_at_) at = std::min(at, *flush_at_);
      const auto due = alive_ ? engine_->NextDue() : std::nullopt;
      if (due) at = std::min(at, std::max(base::Duration(due->ns) - boot_zero_, now_));
      now_ = at;
      if (now_ >= script_.end_) break;
      if (next < script_.inputs_.size() && script_.inputs_[next].at == now_) {
        const std::vector<std::string>& words = script_.inputs_[next++].words;
        Do([&] { return Input(words); });
      } else if (flush_at_ && *flush_at_ == now_) {
        flush_at_ = now_ + base::minutes(5);
        Do([&] { return Group(true); });
      } else if (alive_) {
        Do([&] { return engine_->Advance(Present()); });
      }
    }
    return std::move(result_);
  }

 private:
  Now Present() const {
    return {script_.begin_ + now_ + wall_shift_, base::MonotonicTime{(boot_zero_ + now_).count()}};
  }

  void LoadConfig(const std::string& name) {
    auto config = LoadTestConfig(TestFile(name), name);
    REQUIRE_MESSAGE(config.ok(), config.status().message());
    config_ = *std::move(config);
  }

  void Begin(const std::string& boot_id) {
    boot_id_ = boot_id;
    engine_ = std::make_unique<Incidents>(
        config_, random_, [this](const std::string& receiver, base::Timestamp) { return !absent_.contains(receiver); });
    bool readable = true;
    for (const std::string& record : written_) readable = engine_->Replay(record).ok() && readable;
    REQUIRE(readable);
    alive_ = true;
    Take(engine_->Start(boot_id_, Present()));
  }

  // An input and what comes of it; one that was lost because the process was killed is tried again, as people and
  // senders of alerts do.
  void Do(const std::function<Step()>& input) {
    killed_ = false;
    Take(input());
    if (!killed_) return;
    Restart();
    Take(input());
    if (alive_ && !firing_.empty() && !flush_at_.has_value()) Take(Group(false));
  }

  void Restart() {
    killed_ = false;
    if (compact_) {
      Incidents reader(config_, random_);
      for (const std::string& record : written_) REQUIRE(reader.Replay(record).ok());
      const std::vector<Event> snapshot = reader.Snapshot({reader_wall_, reader_boot_});
      written_.clear();
      for (const Event& event : snapshot) written_.push_back(EncodeEvent(event));
    }
    Begin(boot_id_);
  }

  void Take(const Step& step) {
    for (const Event& event : step.events) {
      if (killed_) return;
      written_.push_back(EncodeEvent(event));
      reader_wall_ = event.wall;
      reader_boot_ = {(boot_zero_ + now_).count()};
      result_.events.push_back(event);
      Tell(event);
      if (++written_count_ == kill_after_) {
        killed_ = true;
        return;
      }
    }
    for (const std::string& key : step.cancelled) held_.erase(key);
    for (const Send& send : step.sends) {
      TellSend(send);
      for (const PlannedSend& planned : send.planned) Deliver(planned);
      if (killed_) return;
    }
  }

  void Deliver(const PlannedSend& planned) {
    if (killed_) return;
    ++result_.deliveries[planned.key.substr(planned.key.find('/') + 1)];
    if (holding_.contains(planned.receiver)) {
      held_.insert(planned.key);
      return;
    }
    Take(engine_->OnAnswer(planned.key, !failing_.contains(planned.receiver), Present()));
  }

  void Say(const std::string& text) { result_.lines.push_back(Minutes(now_) + " " + text); }

  void Tell(const Event& event) {
    switch (event.kind) {
      case EventKind::kLevelEntered:
        result_.levels.push_back(std::to_string(event.cycle) + "/" + event.level);
        if (event.planned.empty()) Say(event.level + " " + event.cause + " nobody");
        return;
      case EventKind::kOpened:
        result_.levels.push_back("|");
        return;
      case EventKind::kMoved:
        result_.levels.push_back("moved");
        return Say("moved " + event.policy);
      case EventKind::kCheckpoint:
      case EventKind::kLevelRepeated:
      case EventKind::kSendOk:
      case EventKind::kTargetMissed:
        return;
      case EventKind::kAcked:
        return Say("acked " + event.by);
      default:
        return Say(std::string(EventName(event.kind)) + (event.level.empty() ? "" : " " + event.level));
    }
  }

  void TellSend(const Send& send) {
    if (send.repeat > 0 && !script_.show_repeats_) return;
    std::string who;
    std::string before;
    for (const PlannedSend& planned : send.planned) {
      if (script_.show_keys_) {
        who += " " + planned.key.substr(planned.key.find('/') + 1);
      } else if (planned.receiver != before) {
        who += " " + planned.receiver;
      }
      before = planned.receiver;
    }
    const std::string level = send.resolved ? "" : send.escalation.level + " ";
    Say("tell " + level + send.escalation.reason + who);
  }

  Step Group(bool at_flush) {
    if (!alive_) return {};
    GroupState group;
    group.key = "{}:{alertname=\"A\"}";
    group.labels = {{"alertname", "A"}};
    for (const auto& [name, labels] : firing_) {
      group.firing.push_back({labels, silenced_.contains(name) || silenced_.contains("all")});
    }
    group.at_flush = at_flush || (script_.group_wait_ == base::Duration::zero() && !firing_.empty());
    if (firing_.empty()) flush_at_.reset();
    return engine_->OnGroup(group, Present());
  }

  Step Person(const std::vector<std::string>& words) {
    std::string id;
    for (const Incident* incident : engine_->All()) {
      if (!incident->closed) id = incident->id;
    }
    Request request{.by = words.size() > 1 ? words[1] : "ana", .via = "api", .comment = "", .ack_for = {}, .level = ""};
    if (words.size() > 3 && words[2] == "for") request.ack_for = TimeOf(words[3]);
    if (words[0] == "escalate" && words.size() > 2) request.level = words[2];
    Reply reply;
    if (words[0] == "ack") reply = engine_->Ack(id, request, Present());
    if (words[0] == "unack") reply = engine_->Unack(id, request, Present());
    if (words[0] == "escalate") reply = engine_->Escalate(id, request, Present());
    if (words[0] == "cancel") reply = engine_->Cancel(id, request, Present());
    if (reply.answer != Answer::kDone && reply.answer != Answer::kNothingToDo) Say("no: " + reply.text);
    return std::move(reply.step);
  }

  Step Input(const std::vector<std::string>& words) {
    const std::string& verb = words[0];
    if (verb == "fire") {
      std::vector<model::Labels::Pair> pairs = {{"alertname", "A"}, {"name", words[1]}};
      for (size_t i = 2; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        pairs.emplace_back(std::string_view(words[i]).substr(0, equals), std::string_view(words[i]).substr(equals + 1));
      }
      if (firing_.empty() && script_.group_wait_ > base::Duration::zero()) flush_at_ = now_ + script_.group_wait_;
      firing_[words[1]] = model::Labels::FromPairs(std::move(pairs));
      return Group(false);
    }
    if (verb == "resolve") {
      firing_.erase(words[1]);
      return Group(false);
    }
    if (verb == "silence") silenced_.insert(words[1]);
    if (verb == "unsilence") silenced_.erase(words[1]);
    if (verb == "silence" || verb == "unsilence") return Group(false);
    if (verb == "hold") holding_.insert(words[1]);
    if (verb == "fail") failing_.insert(words[1]);
    if (verb == "absent") absent_.insert(words[1]);
    if (verb == "present") absent_.erase(words[1]);
    if (verb == "answer") return Answered(words[1] == "ok");
    if (verb == "wall") wall_shift_ += TimeOf(words[1]);
    if (verb == "kill") Kill();
    if (verb == "start") Begin(words.size() > 1 ? words[1] : boot_id_);
    if (verb == "reboot") boot_zero_ = base::seconds(5) - now_;
    if (verb == "reload") {
      LoadConfig(words[1]);
      return engine_->Reload(config_, Present());
    }
    if (verb == "ack" || verb == "unack" || verb == "escalate" || verb == "cancel") return Person(words);
    return {};
  }

  Step Answered(bool ok) {
    Step all;
    const std::set<std::string> keys = std::move(held_);
    held_.clear();
    holding_.clear();
    for (const std::string& key : keys) Take(engine_->OnAnswer(key, ok, Present()));
    return all;
  }

  void Kill() {
    alive_ = false;
    engine_.reset();
  }

  const TimelineScript& script_;
  const size_t kill_after_;
  const bool compact_;
  base::SeededRandom random_{7};
  std::shared_ptr<const EscalationConfig> config_;
  std::unique_ptr<Incidents> engine_;
  std::vector<std::string> written_;
  base::Timestamp reader_wall_;
  base::MonotonicTime reader_boot_;
  size_t written_count_ = 0;
  bool killed_ = false;
  bool alive_ = false;
  std::string boot_id_;
  base::Duration boot_zero_ = base::seconds(1000);
  base::Duration now_{};
  base::Duration wall_shift_{};
  std::optional<base::Duration> flush_at_;
  std::map<std::string, model::Labels> firing_;
  std::set<std::string> silenced_, holding_, failing_, absent_, held_;
  ScriptResult result_;
};

ScriptResult TimelineScript::Run(size_t kill_after, bool compact) {
  return Player(*this, kill_after, compact).Play();
}

}  // namespace bekci::notify::escalation
