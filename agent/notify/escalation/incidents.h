// Incidents: the escalation engine: what groups of alerts do goes in, what to put on disk and whom to tell comes out.
//
// It has no thread, no clock, no file. Who drives it calls Advance when NextDue says so, hands over every change of a
// group, puts the events of each Step on disk and only then sends what the Step wants. README.md has the table of
// states, the events, and how to drive it.
//
// Time is the boot clock (CLOCK_BOOTTIME); wall time is only shown, looked up in time intervals, and used to guess how
// long a reboot took. Inside, both become the "line", which goes on over restarts: events and watches are on it.
//
// Source: escalation.md. Thread rule: one thread at a time; who drives it has the lock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/escalation/escalation_metrics.h"
#include "agent/notify/escalation/incident.h"
#include "agent/notify/escalation/ladder.h"
#include "agent/notify/escalation/step.h"

namespace bekci::notify::escalation {

struct Now {
  base::Timestamp wall;
  base::MonotonicTime boot;  // CLOCK_BOOTTIME
};

// A firing alert of a group.
struct GroupAlert {
  model::Labels labels;
  bool suppressed = false;  // silenced or inhibited
};

struct GroupState {
  std::string key;
  model::Labels labels;            // that name the group
  std::vector<GroupAlert> firing;  // all that fire now
  bool muted = false;              // the group as a whole, by a time interval of its route
  // After group_wait: incidents open only then, unless an entry says immediate.
  bool at_flush = false;
};

// What a person asks for.
struct Request {
  std::string by;
  std::string via;  // "api", "link", "slack" ...
  std::string comment;
  std::optional<base::Duration> ack_for;  // Ack; default: ack.timeout
  std::string level;                      // Escalate: this one; default: the next
};

enum class Answer : unsigned char {
  kDone,
  kNothingToDo,  // it is so already
  kUnknown,      // there is no such incident
  kClosed,       // it is over (HTTP: 409)
  kRefused,      // it cannot be done as it stands (HTTP: 409)
  kInvalid,      // the request makes no sense (HTTP: 400)
};

struct Reply {
  Answer answer = Answer::kDone;
  std::string text;  // for the person, where it is not done
  Step step;
};

// So many incidents that are over are kept to be shown.
inline constexpr size_t kKeptClosed = 1000;
// What a reboot is thought to have taken at most.
inline constexpr base::Duration kLongestReboot = base::hours(24);

class Incidents {
 public:
  Incidents(std::shared_ptr<const EscalationConfig> config, base::Random& random, CanBeTold can_be_told = {});

  // At the start: every record that was kept, in order, then Start once. Errors: corrupt: this one is left out.
  base::Status Replay(std::string_view record);
  // `boot_id` names this boot of the host (/proc/sys/kernel/random/boot_id). The sends of the step are those that were
  // planned and not answered, with the same keys, and what fell due meanwhile.
  Step Start(const std::string& boot_id, const Now& now);

  // Whenever the firing alerts of a group, or what suppresses them, changed, and at its flushes; a group without firing
  // alerts, or that is no more, has none. Not before it is known after a start (restart_grace).
  Step OnGroup(const GroupState& group, const Now& now);
  // Does what is due.
  Step Advance(const Now& now);
  // When Advance is to be called again at the latest; nullopt: not before another input.
  std::optional<base::MonotonicTime> NextDue() const;
  // What became of a send: delivered, or given up for good.
  Step OnAnswer(std::string_view key, bool delivered, const Now& now);

  Reply Ack(std::string_view id, const Request& request, const Now& now);
  Reply Unack(std::string_view id, const Request& request, const Now& now);
  Reply Escalate(std::string_view id, const Request& request, const Now& now);
  Reply Cancel(std::string_view id, const Request& request, const Now& now);

  // Incidents go on under the policies of the same names.
  Step Reload(std::shared_ptr<const EscalationConfig> config, const Now& now);

  // All that counts, as events: what a compacted journal begins with.
  std::vector<Event> Snapshot(const Now& now) const;
  // How the clocks stand; written now and then (an hour is often enough), a reboot's length is reckoned from the last.
  Step Checkpoint(const Now& now);

  const Incident* Find(std::string_view id) const;
  // The one that is open, or may reopen, or keeps others from opening; null: none.
  const Incident* OfGroup(std::string_view group_key) const;
  std::vector<const Incident*> All() const;  // oldest first
  // Whether the ordinary reminders of a group are muted because somebody acknowledged.
  bool MutesRepeats(std::string_view group_key) const;
  // What the clock of an incident shows.
  base::Duration ClockOf(const Incident& incident, const Now& now) const;
  EscalationMetrics metrics() const;
  const EscalationConfig& config() const { return *config_; }

 private:
  struct Judgement {
    bool firing = false;     // an alert that escalates
    bool loud = false;       // one of these is not suppressed
    bool immediate = false;  // one of these is to be told at once
    size_t rank = 0;         // the most important entry
  };
  Judgement Judge(const GroupState& group) const;
  uint32_t RankOf(const Incident& incident) const;

  Moment Tick(const Now& now);
  base::Duration LineOf(const Now& now) const { return base::Duration(now.boot.ns) + offset_; }
  Ladder MakeLadder() const;
  void Open(const GroupState& group, const Judgement& judged, const Moment& now, Step* step);
  void OnOpenIncident(Incident* incident, const Judgement& judged, Recorder* recorder);
  void OnQuietIncident(Incident* incident, const GroupState& group, const Judgement& judged, const Moment& now,
                       Step* step);
  void Resolve(Recorder* recorder);
  void CancelIncident(Event event, Recorder* recorder);
  void AdvanceOne(Incident* incident, const Moment& now, Step* step);
  void Schedule(const Incident& incident, const Moment& now);
  // After every input: what was recorded counts, what is closed is put aside.
  Step Finish(Step step);
  void Index(const Incident& incident);
  void ForgetOldest();
  void NoteHooks(const Event& event);
  void NoteClosed(const std::string& id);
  void CloseLost(const Event& opened);
  void AddUnanswered(const Incident& incident, Step* step) const;
  Incident* FindMutable(std::string_view id);
  // Null with the reply filled in: there is nobody to ask.
  Incident* ForPerson(std::string_view id, Reply* reply);

  std::shared_ptr<const EscalationConfig> config_;
  base::Random& random_;
  const CanBeTold can_be_told_;

  std::map<std::string, Incident, std::less<>> incidents_;    // by id, which is by age
  std::map<std::string, std::string, std::less<>> of_group_;  // group key -> id of what is not closed
  std::set<std::pair<base::Duration, std::string>> due_;      // on the line
  std::unordered_map<std::string, base::Duration> due_of_;    // the same by id
  std::deque<std::string> closed_;                            // ids, oldest first
  HookStarts hook_starts_;
  mutable EscalationMetrics metrics_;

  base::Duration offset_{};  // line = boot time + offset_
  base::Duration line_{};    // of the last input or event: never falls
  base::Timestamp wall_;     // of the same
  std::string boot_id_;
  base::Duration started_ = base::Duration::min();
};

}  // namespace bekci::notify::escalation
