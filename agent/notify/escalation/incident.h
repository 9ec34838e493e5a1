// Incident: one run of a policy for one group of alerts, and what each event makes of it.
//
//     state      clock of the incident   clock of the ack
//     active     runs                    runs if acknowledged (until: resolved)
//     acked      stands                  runs
//     paused     stands                  stands
//     exhausted  runs                    -
//     resolved   stands                  -
//     cancelled  stands                  -
//
// Apply needs nothing but the incident and the event, no configuration and no clock, so that applying the same events
// again gives the same incident. What is to happen is decided elsewhere (ladder.h, incidents.h).
//
// Invariants: a level is entered at most once in a cycle; of each level at most one run is deferred; `runs` are those
// of the policy it runs under now. Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/model/labels.h"
#include "agent/notify/escalation/event.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify::escalation {

enum class State : unsigned char { kActive, kAcked, kPaused, kExhausted, kResolved, kCancelled };
std::string_view StateName(State state);  // "active"
inline constexpr size_t kStates = 6;

// A watch that can be stopped and goes on; its times are those of the engine's line.
struct Watch {
  base::Duration before{};
  std::optional<base::Duration> since;

  base::Duration Read(base::Duration line) const { return before + (since ? line - *since : base::Duration::zero()); }
  void Run(base::Duration line);
  void Stand(base::Duration line);
  // When it will show `value`; nullopt while it stands.
  std::optional<base::Duration> WhenAt(base::Duration value) const;
};

struct LevelRun {
  enum class Kind : unsigned char { kEntered, kSkipped, kDeferred };
  std::string level;
  std::string title;
  int cycle = 0;
  Kind kind = Kind::kEntered;
  base::Timestamp at;
  base::Duration clock{};  // of the incident; its repeats count from here
  std::string cause;
  int64_t repeat = 0;    // the last one
  uint32_t planned = 0;  // sends of the entry itself to people
  uint32_t failed = 0;   // of these, for good
  uint32_t hooks = 0;    // commands of the entry
  bool hook_failed = false;

  bool entered() const { return kind == Kind::kEntered; }
  // Nobody was told and nobody will be.
  bool told_nobody() const { return entered() && (planned > 0 ? failed == planned : hooks == 0); }
};

// A receiver that was told, and where first.
struct Told {
  std::string receiver;
  std::string level;
  int cycle = 0;
  bool knows_end = false;  // was told "resolved" since
};

struct HookRun {
  std::string receiver;
  base::Duration line{};
};

// A send that was planned and not answered yet.
struct OpenSend {
  PlannedSend planned;
  std::string level;
  int cycle = 0;
  int64_t repeat = 0;
  std::string reason;
  uint32_t moves = 0;  // of the incident then
};

struct Incident {
  std::string id;
  std::string group_key;
  model::Labels group_labels;
  std::string policy;
  uint32_t rank = 0;  // the entry of `escalations` it runs under
  State state = State::kActive;
  State state_before = State::kActive;  // PAUSED, RESOLVED: what it goes back to
  int cycle = 0;
  uint32_t moves = 0;
  uint32_t exhaustions = 0;
  uint32_t resolutions = 0;
  Watch clock;
  Watch age;       // since it was opened, while it is open
  Watch ack;       // since it was acknowledged
  Watch resolved;  // since it was resolved
  bool acked = false;
  base::Duration ack_for{};
  std::string ack_by;
  std::string ack_via;
  std::string ack_comment;
  base::Timestamp acked_at;
  bool answered = false;  // somebody acknowledged it under its present policy, be it only for a while
  bool target_missed = false;
  bool closed = false;
  bool may_be_followed = false;  // cancelled: a new incident may open while the alerts still fire
  base::Timestamp opened_at;
  base::Timestamp changed_at;
  std::vector<LevelRun> runs;
  std::vector<Told> told;
  std::vector<HookRun> hook_runs;
  std::vector<OpenSend> open_sends;
  std::vector<message::TimelineEntry> timeline;  // the first and the last of what happened

  bool ladder_runs() const { return state == State::kActive || state == State::kExhausted; }
  bool open() const { return state != State::kResolved && state != State::kCancelled; }
  const LevelRun* FindRun(std::string_view level, int run_cycle) const;
  // Null: no level was entered yet.
  const LevelRun* LastEntered() const;
};

// The first of the timeline are kept for ever, then the last.
inline constexpr size_t kTimelineHead = 20;
inline constexpr size_t kTimelineLength = 100;

// `event` is about this incident (kOpened makes one of an empty one). Kinds that make no sense where it stands, as a
// damaged journal may bring them, change nothing.
void Apply(const Event& event, Incident* incident);

}  // namespace bekci::notify::escalation
