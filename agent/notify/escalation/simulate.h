// Simulate: what would happen if these alerts fired now, or then: who is told, how, when, and what would stop it.
//
// It is the engine itself on a clock that jumps from one thing to the next, so what it says is what would be done.
//
// Thread rule: a function without state.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/time_zone.h"
#include "agent/model/labels.h"
#include "agent/notify/escalation/escalation_config.h"

namespace bekci::notify::escalation {

struct SimulatedAlert {
  model::Labels labels;
  base::Duration from{};                         // it fires then, on the clock of the simulation
  std::optional<base::Duration> until;           // and no more from then on
  std::optional<base::Duration> acknowledged{};  // somebody acknowledges its incident then
};

// A group that the alerts come into, by a route of alertmanager.yml.
struct SimulatedGroup {
  std::string key;
  model::Labels labels;
  std::vector<SimulatedAlert> alerts;  // in it
  std::string receiver;                // of ordinary notifications
  base::Duration wait{};
  base::Duration interval{};
  base::Duration repeat{};
  std::function<bool(base::Timestamp)> is_muted;  // by its route's time intervals
};

struct Simulation {
  std::vector<SimulatedGroup> groups;
  base::Timestamp begin;
  base::Duration length{};  // how far to look
  std::optional<base::Duration> acknowledged_after;
  std::optional<base::Duration> resolved_after;
  bool lists_repeats = false;  // each one a line
  bool names_groups = false;   // alerts of many groups, as a record of what happened: each line says of which
  base::TimeZone zone;         // in which times are shown
};

// At most so many lines; a last one says what is left out.
inline constexpr size_t kMaxSimulatedLines = 2000;
inline constexpr size_t kMaxToldGroups = 200;  // described at the head

// Text for a terminal, ends with a line end.
std::string Simulate(std::shared_ptr<const EscalationConfig> config, const Simulation& simulation);

}  // namespace bekci::notify::escalation
