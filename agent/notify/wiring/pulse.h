// Pulse: when one heartbeat beats, and when it keeps still.
//
// A heartbeat that always beats proves only that a process lives. So before each beat the agent is looked at: what
// ails it (an Ailment names the part and says what is wrong) withholds the beat, and whoever waits for it raises the
// alarm. While it is withheld, or could not be delivered, it is tried again sooner than at the next interval, so that
// a moment of weakness is over as soon as it is over; so is the word that something ails, once in an interval.
//
// A machine without clock and thread: Look says what to send, OnDelivery hears what became of it; each is logged once
// when it begins and once when it ends. Source: receivers.md section 13. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/notify/instant.h"
#include "agent/notify/receivers/heartbeat.h"

namespace bekci::notify::wiring {

// What keeps the agent from being well.
struct Ailment {
  std::string part;  // "collection", "rules", "outbox": the label `reason` of metrics
  std::string text;  // for people: "group node: not evaluated for 3m"
};
inline constexpr std::string_view kVitalParts[] = {"collection", "rules", "outbox"};

struct PulseStats {
  std::string name;
  uint64_t sent = 0;
  uint64_t failed = 0;                       // beats that did not arrive
  std::map<std::string, uint64_t> withheld;  // by part: intervals in which it ailed
  base::Timestamp last_success;              // 0: none yet
};

class Pulse {
 public:
  // The first look is soon after `now`: what was just started needs a moment. `log` outlives it.
  Pulse(const std::string& name, base::Duration interval, base::MonotonicTime now, base::Logger& log);

  // What it counted stays; the next look comes no later than by the new interval.
  void SetInterval(base::Duration interval, base::MonotonicTime now);
  base::MonotonicTime next() const { return next_; }

  struct Beat {
    receivers::Heartbeat::State state = receivers::Heartbeat::State::kAlive;
    std::string why;  // when failing
  };
  // What to send now; nullopt: nothing.
  std::optional<Beat> Look(const std::vector<Ailment>& ailments, base::MonotonicTime now);
  // What became of the last beat.
  void OnDelivery(const Beat& beat, const receivers::Delivery& delivery, Instant now);

  const PulseStats& stats() const { return stats_; }

 private:
  base::Duration Soon() const;

  base::Duration interval_;
  base::Logger& log_;
  base::MonotonicTime next_;
  base::MonotonicTime count_at_;  // while it is withheld: from when on another interval counts
  base::MonotonicTime tell_at_;   // while it is withheld: from when on it is told that it is
  std::string ailing_;            // parts, as they were logged; empty: all is well
  bool failing_ = false;          // the last beat did not arrive
  PulseStats stats_;
};

}  // namespace bekci::notify::wiring
