// Escalator: the seam between the pipeline and whoever climbs the ladder (levels, acknowledgement): what the pipeline
// tells it, and what it may ask for.
//
// It is told how groups stand, what became of messages, and that time has passed; it answers with events (bytes that
// the pipeline puts into its journal, in one record with the rows of the messages that go with them) and with messages
// wanted. The pipeline knows nothing of policies. After a restart every event that counts is given back to Replay.
//
// Thread rule: called by the Notifier, one call at a time; it must not wait for anything.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/notify/alert.h"
#include "agent/notify/instant.h"
#include "agent/notify/message/notification.h"
#include "agent/notify/receivers/integration.h"

namespace bekci::notify {

// How a group stands at a moment.
struct GroupState {
  struct Member {
    AlertPtr alert;
    bool firing = false;
    bool suppressed = false;  // by inhibition, silence or time
  };
  std::string key;
  model::Labels labels;
  std::string receiver;  // of the route
  std::vector<Member> alerts;
  Instant at;
  bool gone = false;  // a reload took its route away, while its alerts go on elsewhere
};

enum class StateCause : unsigned char {
  kFlush,    // the group's own tick
  kArrival,  // an alert for which IsImmediate holds has just come
  kChange,   // of a watched group: alerts, silences, inhibitions or times changed
};

// A message to one integration of a receiver.
struct WantedSend {
  std::string key;  // names it for ever: it is the delivery id, and no key is ever sent twice at once
  std::string group_key;
  std::string receiver;
  std::string integration;  // "webhook/0"
  int64_t repeat = 0;
  bool resolved = false;  // tells that it is over: all alerts of the group, silenced or not
  message::Escalation escalation;
};

// For the records of the alerts of a group: what happened, when, in words.
struct EscalationNote {
  std::string group_key;
  base::Timestamp at;
  bool acknowledged = false;  // somebody took it: time to acknowledge ends
  std::string text;
};

struct EscalatorOutput {
  std::vector<std::string> events;
  std::vector<WantedSend> sends;
  std::vector<std::string> cancelled;  // keys: what has not left of these does not leave any more
  std::vector<EscalationNote> notes;
};

// What a person asks for.
struct EscalationAction {
  std::string id;      // of the incident
  std::string action;  // "ack", "unack", "escalate", "cancel"
  std::string by;
  std::string comment;
  std::string via;             // "api", "link", "slack" ...
  base::Duration lasts_for{};  // of ack; 0: as configured
  std::string level = {};      // of escalate; empty: the next one
  // What allows it, where that may be used once: a link, a press of a button; and until when it could be tried again.
  std::string once = {};
  base::Timestamp once_until = {};
};

// Answers how a group stands now; nullptr: there is no such group.
class GroupReader {
 public:
  virtual ~GroupReader() = default;
  virtual const GroupState* Read(const std::string& group_key) = 0;
};

class Escalator {
 public:
  virtual ~Escalator() = default;

  // Whether an alert with these labels opens an incident the moment it arrives.
  virtual bool IsImmediate(const model::Labels& labels) const = 0;
  virtual void OnGroupState(const GroupState& state, StateCause cause, EscalatorOutput* out) = 0;
  // What became of a wanted send, for good: it was delivered, given up, or there is no such integration (permanent).
  virtual void OnDelivery(const std::string& key, receivers::Outcome outcome, Instant now, EscalatorOutput* out) = 0;
  virtual base::Status Act(const EscalationAction& action, Instant now, GroupReader& groups, EscalatorOutput* out) = 0;

  virtual void Advance(Instant now, GroupReader& groups, EscalatorOutput* out) = 0;
  virtual base::MonotonicTime NextDue() const = 0;  // Max: never

  // Groups whose every change it wants to hear of.
  virtual std::vector<std::string> Watched() const = 0;
  // Whether somebody has taken the group, so that it is not reminded of again.
  virtual bool MutesRepeats(const std::string& group_key) const = 0;

  // Events of an earlier process, in order; then Restored once, before anything else. It may ask again for what was
  // planned and not answered, under the same keys.
  virtual void Replay(std::string_view event) = 0;
  virtual void Restored(Instant now, EscalatorOutput* out) = 0;
  // Events that say all that counts now.
  virtual std::vector<std::string> Snapshot() const = 0;
};

}  // namespace bekci::notify
