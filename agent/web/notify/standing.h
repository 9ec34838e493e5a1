// Standing: why there is nothing left to acknowledge of an incident, in words for whoever tried.
//
// Thread rule: a pure function.
#pragma once

#include <optional>
#include <string>

#include "agent/notify/escalation/incident.h"
#include "agent/web/notify/refusals.h"

namespace bekci::web::notify {

struct Standing {
  Why why;            // kClosed or kAnswered
  std::string words;  // "Already acknowledged by ana at 2026-11-21 10:57:46 UTC: on it"
};
// Nullopt: it can be acknowledged.
std::optional<Standing> StandingOf(const bekci::notify::escalation::Incident& incident);

}  // namespace bekci::web::notify
