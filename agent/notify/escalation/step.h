// Step: what one input made of the incidents: what to put on disk, then what to send.
//
// The one rule of who drives the engine: the events are durable before anything of `sends` leaves. Recorder is the only
// way in which an incident is changed: it applies an event and notes it.
//
// Thread rule: values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/notify/escalation/event.h"
#include "agent/notify/escalation/incident.h"
#include "agent/notify/message/notification.h"

namespace bekci::notify::escalation {

// Messages that are wanted: the same content for each of `planned`.
struct Send {
  std::string incident;
  std::string group_key;
  int64_t repeat = 0;     // which repetition of its level; 0: none
  bool resolved = false;  // says that it is over
  std::vector<PlannedSend> planned;
  message::Escalation escalation;  // all but ack_url; its reason says why this is sent
};

struct Step {
  std::vector<Event> events;  // to be put on disk, in this order, before anything is sent
  std::vector<Send> sends;
  std::vector<std::string> cancelled;  // keys of sends that say nothing true any more

  bool empty() const { return events.empty() && sends.empty() && cancelled.empty(); }
};

struct Moment {
  base::Duration line{};  // the engine's clock
  base::Timestamp wall;
};

class Recorder {
 public:
  Recorder(Incident* incident, const Moment& now, Step* step) : incident_(*incident), now_(now), step_(*step) {}

  // Fills in incident and times, applies it, notes it. The reference is good until the next.
  const Event& Record(Event event);
  // Asks for what `event` planned.
  void Want(const Event& event, std::string_view reason);

  const Incident& incident() const { return incident_; }
  const Moment& now() const { return now_; }
  base::Duration clock() const { return incident_.clock.Read(now_.line); }

 private:
  Incident& incident_;
  const Moment now_;
  Step& step_;
};

// The part of a message that says where the incident stands; level and title as given.
message::Escalation Describe(const Incident& incident, const std::string& level, const std::string& title, int cycle,
                             std::string_view reason, base::Duration ack_within);

}  // namespace bekci::notify::escalation
