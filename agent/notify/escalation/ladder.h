// Ladder: what is due of an incident: levels, repeats, cycles, the end of an acknowledgement, deferred levels.
//
// Everything is computed from where the incident stands and what its clocks show, never from what was scheduled before.
// So it does not matter how late or how often Advance is called, or whether the process was away in between: each level
// is entered once, in order.
//
// Thread rule: as Incidents.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/escalation/escalation_metrics.h"
#include "agent/notify/escalation/incident.h"
#include "agent/notify/escalation/step.h"

namespace bekci::notify::escalation {

// False: nobody would hear it (its templates ask for who is on call, and nobody is).
using CanBeTold = std::function<bool(const std::string& receiver, base::Timestamp at)>;
// When commands were started, over all incidents, on the engine's line; rising.
using HookStarts = std::map<std::string, std::deque<base::Duration>>;

// A hook is not run for what fell due longer ago.
inline constexpr base::Duration kOldestHook = base::minutes(10);
// A level entered later than this after it fell due is told as caught up.
inline constexpr base::Duration kCatchUpAfter = base::minutes(1);

class Ladder {
 public:
  struct World {
    const EscalationConfig& config;
    const CanBeTold& can_be_told;  // empty: everybody can
    const HookStarts& hook_starts;
    base::Duration started;  // on the line: what was due before fell due while the process was away
    EscalationMetrics* metrics;
  };
  explicit Ladder(const World& world) : world_(world) {}

  // Does all that is due.
  void Advance(Recorder* recorder) const;
  // When Advance has something to do again, on the line; nullopt: not before something else happens.
  std::optional<base::Duration> NextDue(const Incident& incident, const Moment& now) const;

  // By a person: the level at `index` of the policy, muted or not.
  void EnterByPerson(size_t index, Event who, Recorder* recorder) const;
  // The level above all that were entered, skipped or deferred in this cycle; nullopt: there is none.
  std::optional<size_t> LevelAbove(const Incident& incident) const;
  // "resolved" to everybody who was told and does not know yet.
  std::vector<PlannedSend> PlanResolved(const Incident& incident) const;

 private:
  struct Entry {
    size_t index = 0;
    int cycle = 0;
    std::string cause;
    base::Duration due{};  // on the incident's clock
    bool ignores_mute = false;
    Event who;  // by, via, comment
  };
  bool AdvanceOnce(const Policy& policy, Recorder* recorder) const;
  bool EndAck(Recorder* recorder) const;
  bool MissTarget(const Policy& policy, Recorder* recorder) const;
  bool EnterDeferred(const Policy& policy, Recorder* recorder) const;
  bool EnterNextAtOnce(const Policy& policy, Recorder* recorder) const;
  bool EnterDue(const Policy& policy, Recorder* recorder) const;
  bool EndCycle(const Policy& policy, Recorder* recorder) const;
  void Repeat(const Policy& policy, Recorder* recorder) const;
  void Exhaust(const Policy& policy, Recorder* recorder) const;
  void Enter(const Policy& policy, const Entry& entry, Recorder* recorder) const;

  const Policy* PolicyOf(const Incident& incident) const { return world_.config.FindPolicy(incident.policy); }
  // Who is told of a level now; empty where it is muted.
  std::vector<std::string> ReceiversNow(const Level& level, base::Timestamp at) const;
  struct Plan {
    const Incident& incident;
    const std::string& level;
    int cycle;
    std::string number;  // the last part of the keys
    base::Timestamp at;
    std::optional<base::Duration> late;  // of an entry; nullopt: no hooks
  };
  // `left_out`, where given, gets a text for each receiver that is not told: "team: nobody is on call".
  std::vector<PlannedSend> PlanSends(const std::vector<std::string>& receivers, const Plan& plan, base::Duration line,
                                     std::vector<std::string>* left_out = nullptr) const;
  // Why `receiver` is not told now; empty: it is.
  std::string WhyNot(const std::string& receiver, const Plan& plan, base::Duration line) const;
  std::string WhyNoRun(const HookReceiver& hook, const Plan& plan, base::Duration line) const;
  bool FellDueWhileAway(const Incident& incident, base::Duration due) const;

  const World world_;
};

}  // namespace bekci::notify::escalation
