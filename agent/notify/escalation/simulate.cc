#include "agent/notify/escalation/simulate.h"

#include <algorithm>
#include <array>
#include <map>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/incidents.h"

namespace bekci::notify::escalation {
namespace {

std::string Padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

std::string TwoDigits(int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// "Mon 2026-01-05 22:10:30"
std::string LocalText(base::Timestamp at, const base::TimeZone& zone) {
  constexpr std::array<std::string_view, 7> kDays = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  const int64_t local = at.ms / 1000 + zone.OffsetAt(at.ms / 1000);
  const int64_t days = local / 86400 - (local % 86400 < 0 ? 1 : 0);
  const int64_t second = local - days * 86400;
  const base::Date date = base::DateOf(days);
  return std::string(kDays[static_cast<size_t>((days % 7 + 7) % 7)]) + " " + std::to_string(date.year) + "-" +
         TwoDigits(date.month) + "-" + TwoDigits(date.day) + " " + TwoDigits(second / 3600) + ":" +
         TwoDigits(second / 60 % 60) + ":" + TwoDigits(second % 60);
}

std::string MatchersOf(const Assignment& row) {
  std::vector<std::string> texts;
  for (const model::Matcher& matcher : row.matchers) texts.push_back(matcher.ToString());
  return texts.empty() ? "every alert" : base::Join(texts, ", ");
}

// "team-page (email, webhook)"
std::string WhoAndHow(const std::vector<PlannedSend>& planned) {
  std::string text;
  for (size_t i = 0; i < planned.size();) {
    std::string kinds;
    const std::string& receiver = planned[i].receiver;
    for (; i < planned.size() && planned[i].receiver == receiver; ++i) {
      kinds += (kinds.empty() ? "" : ", ") + planned[i].integration.substr(0, planned[i].integration.find('/'));
    }
    text += (text.empty() ? "" : "; ") + receiver + " (" + kinds + ")";
  }
  return text.empty() ? "nobody" : text;
}

Request Somebody() {
  Request request;
  request.by = "somebody";
  request.via = "simulation";
  return request;
}

class Simulator {
 public:
  Simulator(std::shared_ptr<const EscalationConfig> config, const Simulation& simulation)
      : config_(std::move(config)), simulation_(simulation), engine_(config_, random_) {
    Take(engine_.Start("simulation", Present()));
    flushes_.resize(simulation_.groups.size());
    for (size_t i = 0; i < simulation_.groups.size(); ++i) {
      for (const SimulatedAlert& alert : simulation_.groups[i].alerts) {
        changes_.push_back({alert.from, i, false});
        if (alert.until) changes_.push_back({*alert.until, i, false});
        if (alert.acknowledged) changes_.push_back({*alert.acknowledged, i, true});
      }
    }
    std::stable_sort(changes_.begin(), changes_.end(),
                     [](const GroupChange& a, const GroupChange& b) { return a.at < b.at; });
    NameGroups();
  }

  std::string Run() {
    for (size_t i = 0; i < std::min(simulation_.groups.size(), kMaxToldGroups); ++i) TellGroup(simulation_.groups[i]);
    if (simulation_.groups.size() > kMaxToldGroups) {
      out_ += "and " + std::to_string(simulation_.groups.size() - kMaxToldGroups) + " more groups\n";
    }
    out_ += "\n" + Padded("after", 10) + Padded("when", 23) +
            (simulation_.names_groups ? Padded("alert", name_width_) : "") + Padded("what", 32) + "who (how)\n";
    Change();
    while (GoOn()) {
    }
    if (lines_ > kMaxSimulatedLines) out_ += std::to_string(lines_ - kMaxSimulatedLines) + " more lines are left out\n";
    if (lines_ == 0) out_ += "nothing, within " + base::DurationText(simulation_.length) + "\n";
    TellUnless();
    return std::move(out_);
  }

 private:
  Now Present() const { return {simulation_.begin + now_, base::MonotonicTime{now_.count()}}; }

  // Goes to the next moment at which something happens; false: there is none.
  bool GoOn() {
    std::optional<base::Duration> next;
    const auto take = [&](std::optional<base::Duration> at) {
      if (at && (!next || *at < *next)) next = at;
    };
    for (const std::optional<base::Duration>& flush : flushes_) take(flush);
    if (next_change_ < changes_.size()) take(changes_[next_change_].at);
    if (const auto due = engine_.NextDue()) take(std::max(base::Duration(due->ns), now_));
    if (!acknowledged_) take(simulation_.acknowledged_after);
    if (!resolved_) take(simulation_.resolved_after);
    if (!next || *next > simulation_.length) return false;
    now_ = std::max(*next, now_);
    Resolve();
    Change();
    for (size_t i = 0; i < flushes_.size(); ++i) {
      if (flushes_[i] != now_) continue;
      flushes_[i] = now_ + std::max<base::Duration>(simulation_.groups[i].interval, base::seconds(1));
      Group(i, true);
    }
    Acknowledge();
    Take(engine_.Advance(Present()));
    return !(resolved_ && !engine_.NextDue());
  }

  bool Fires(const SimulatedAlert& alert) const {
    return !resolved_ && alert.from <= now_ && (!alert.until || now_ < *alert.until);
  }

  bool AnyFires(const SimulatedGroup& group) const {
    return std::any_of(group.alerts.begin(), group.alerts.end(), [this](const auto& alert) { return Fires(alert); });
  }

  // What the alerts do now, by themselves. A group that was empty waits before its first flush, as in the pipeline.
  void Change() {
    while (next_change_ < changes_.size() && changes_[next_change_].at <= now_) {
      const GroupChange& change = changes_[next_change_++];
      const SimulatedGroup& group = simulation_.groups[change.group];
      if (change.acknowledges) {
        AcknowledgeGroup(group);
        continue;
      }
      const bool fires = AnyFires(group);
      std::optional<base::Duration>& flush = flushes_[change.group];
      if (fires != flush.has_value() && simulation_.names_groups) {
        Line(group.key, fires ? "fires" : "over", fires ? "ordinary notification to " + group.receiver : "");
      }
      if (fires && !flush) flush = now_ + group.wait;
      if (!fires) flush.reset();
      Group(change.group, false);
    }
  }

  void AcknowledgeGroup(const SimulatedGroup& group) {
    const Incident* const incident = engine_.OfGroup(group.key);
    if (incident != nullptr && incident->open()) Take(engine_.Ack(incident->id, Somebody(), Present()).step);
  }

  void Group(size_t index, bool at_flush) {
    const SimulatedGroup& group = simulation_.groups[index];
    GroupState state;
    state.key = group.key;
    state.labels = group.labels;
    state.muted = group.is_muted && group.is_muted(simulation_.begin + now_);
    state.at_flush = at_flush;
    for (const SimulatedAlert& alert : group.alerts) {
      if (Fires(alert)) state.firing.push_back({alert.labels, false});
    }
    Take(engine_.OnGroup(state, Present()));
  }

  void Resolve() {
    if (resolved_ || !simulation_.resolved_after || *simulation_.resolved_after > now_) return;
    resolved_ = true;
    Line("", "resolved", "");
    for (size_t i = 0; i < flushes_.size(); ++i) Group(i, false);
  }

  void Acknowledge() {
    if (acknowledged_ || !simulation_.acknowledged_after || *simulation_.acknowledged_after > now_) return;
    acknowledged_ = true;
    for (const Incident* incident : engine_.All()) {
      const Reply reply = engine_.Ack(incident->id, Somebody(), Present());
      if (reply.answer != Answer::kDone) Line(incident->group_key, "not acknowledged: " + reply.text, "");
      Take(reply.step);
    }
  }

  void Take(const Step& step) {
    for (const Event& event : step.events) TellEvent(event);
    for (const Send& send : step.sends) {
      TellSend(send);
      for (const PlannedSend& planned : send.planned) Take(engine_.OnAnswer(planned.key, true, Present()));
    }
  }

  void TellEvent(const Event& event) {
    const Incident* const incident = engine_.Find(event.incident);
    const std::string group = incident == nullptr ? std::string() : incident->group_key;
    switch (event.kind) {
      case EventKind::kLevelEntered:
        if (event.planned.empty()) Line(group, event.level + " " + event.title, "nobody: the next level at once");
        return;
      case EventKind::kLevelDeferred:
        return Line(group, event.level + " " + event.title, "muted at this time: called when it ends");
      case EventKind::kLevelSkipped:
        return Line(group, event.level + " " + event.title, "muted at this time: skipped");
      case EventKind::kTargetMissed:
        return Line(group, "target missed", "should be acknowledged by now");
      case EventKind::kAcked:
        return Line(group, "acknowledged", "holds for " + base::DurationText(event.ack_for));
      case EventKind::kAckExpired:
        return Line(group, "the acknowledgement ends", "the ladder goes on where it stood");
      case EventKind::kPaused:
        return Line(group, "paused", "the route is muted now");
      case EventKind::kResumed:
        return Line(group, "goes on", "");
      default:
        return;
    }
  }

  void TellSend(const Send& send) {
    if (send.repeat > 0 && !simulation_.lists_repeats) return;
    std::string what = send.escalation.level + " " + send.escalation.level_title;
    if (send.repeat > 0) what += ", again";
    if (send.escalation.reason == "exhausted") what += ", nobody answered";
    if (send.escalation.reason == "deferred") what += ", deferred";
    if (send.resolved) what = "told that it is over";
    Line(send.group_key, what, WhoAndHow(send.planned) + RepeatText(send) + OnCallText());
  }

  std::string RepeatText(const Send& send) const {
    const Policy* const policy = config_->FindPolicy(send.escalation.policy);
    const Level* const level = policy != nullptr ? policy->FindLevel(send.escalation.level) : nullptr;
    const bool entry = send.repeat == 0 && !send.resolved && send.escalation.reason != "exhausted";
    if (!entry || level == nullptr || level->repeat_every == base::Duration::zero()) return "";
    return ", again every " + base::DurationText(level->repeat_every);
  }

  std::string OnCallText() const {
    std::string text;
    for (const Schedule& schedule : config_->schedules) {
      const std::string_view member = schedule.MemberAt(simulation_.begin + now_);
      text += (text.empty() ? "   on call: " : ", ") + schedule.name + " " + std::string(member.empty() ? "-" : member);
    }
    return text;
  }

  void Line(const std::string& group, const std::string& what, const std::string& who) {
    if (++lines_ > kMaxSimulatedLines) return;
    std::string line =
        Padded(base::DurationText(now_), 10) + Padded(LocalText(simulation_.begin + now_, simulation_.zone), 23);
    if (simulation_.names_groups) line += Padded(names_[group], name_width_);
    line += Padded(what, 32) + who;
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += line + "\n";
  }

  void TellGroup(const SimulatedGroup& group) {
    out_ += "Group " + group.key + "\n";
    out_ += "  ordinary notifications: " + group.receiver + " after " + base::DurationText(group.wait) +
            ", changes every " + base::DurationText(group.interval) + ", reminders every " +
            base::DurationText(group.repeat) + "\n";
    for (const SimulatedAlert& alert : group.alerts) {
      const model::Labels& labels = alert.labels;
      const auto rank = config_->Assign(labels);
      out_ += "  " + labels.ToString() + ": ";
      if (!rank) {
        out_ += "does not escalate: no entry of escalations matches\n";
        continue;
      }
      const Assignment& row = config_->assignments[*rank];
      const std::string why = row.mark.ToString() + ", " + MatchersOf(row);
      if (row.policy.empty()) {
        out_ += "does not escalate (" + why + ")\n";
        continue;
      }
      policies_.push_back(config_->FindPolicy(row.policy));
      out_ += "policy " + row.policy + (row.immediate ? ", at once" : "") + " (" + why + ")\n";
      if (policies_.back()->ack_within > base::Duration::zero()) {
        out_ += "  to be acknowledged within " + base::DurationText(policies_.back()->ack_within) + "\n";
      }
    }
  }

  // By the alert's name, where no other group has it.
  void NameGroups() {
    std::map<std::string, int> uses;
    const auto name_of = [](const SimulatedGroup& group) {
      const std::string_view name = group.labels.Get("alertname");
      return name.empty() ? group.labels.ToString() : std::string(name);
    };
    for (const SimulatedGroup& group : simulation_.groups) ++uses[name_of(group)];
    for (const SimulatedGroup& group : simulation_.groups) {
      std::string& name = names_[group.key];
      name = uses[name_of(group)] > 1 ? group.labels.ToString() : name_of(group);
      name_width_ = std::min<size_t>(std::max(name_width_, name.size()), 60);
    }
  }

  void TellUnless() {
    if (policies_.empty()) return;
    const bool only_resolved = std::any_of(policies_.begin(), policies_.end(),
                                           [](const Policy* policy) { return policy->until == Until::kResolved; });
    out_ += "\nUnless\n  somebody acknowledges: ";
    out_ += only_resolved ? "repeats stop for " : "the ladder stops for ";
    out_ += base::DurationText(config_->ack.timeout);
    out_ += only_resolved ? "; the ladder goes on until it is resolved\n" : ", then it goes on where it stood\n";
    out_ += "  it resolves: everybody who was told hears it; if it fires again within " +
            base::DurationText(config_->reopen_within) + ", the same incident goes on\n";
    out_ += config_->pauses_while_suppressed ? "  all of it is silenced, inhibited or muted: the clock stands still\n"
                                             : "  (silences stop nothing: suppressed is run)\n";
    out_ += "  an alert of an earlier entry joins the group: its policy begins at once\n";
  }

  const std::shared_ptr<const EscalationConfig> config_;
  const Simulation& simulation_;
  base::SeededRandom random_{1};
  Incidents engine_;
  struct GroupChange {
    base::Duration at;
    size_t group;
    bool acknowledges;
  };
  std::vector<GroupChange> changes_;  // in their order
  size_t next_change_ = 0;
  std::vector<std::optional<base::Duration>> flushes_;  // of each group; none: nothing of it fires
  std::map<std::string, std::string> names_;            // of groups, by key
  size_t name_width_ = 5;
  std::vector<const Policy*> policies_;
  base::Duration now_{};
  bool acknowledged_ = false;
  bool resolved_ = false;
  size_t lines_ = 0;
  std::string out_;
};

}  // namespace

std::string Simulate(std::shared_ptr<const EscalationConfig> config, const Simulation& simulation) {
  return Simulator(std::move(config), simulation).Run();
}

}  // namespace bekci::notify::escalation
