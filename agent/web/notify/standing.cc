#include "agent/web/notify/standing.h"

#include "agent/web/notify/escalation_json.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {

std::optional<Standing> StandingOf(const bekci::notify::escalation::Incident& incident) {
  if (!incident.open()) {
    return Standing{Why::kClosed, "It is over: " + std::string(StateName(incident.state)) + " at " +
                                      TimeWords(incident.changed_at) + " UTC. There is nothing left to acknowledge."};
  }
  if (!incident.acked) return std::nullopt;
  std::string words = "Already acknowledged by " + (incident.ack_by.empty() ? "somebody" : incident.ack_by) + " at " +
                      TimeWords(incident.acked_at) + " UTC";
  if (const auto until = AckedUntil(incident)) words += ", until " + TimeWords(*until) + " UTC";
  words += incident.ack_comment.empty() ? "." : ": " + incident.ack_comment;
  return Standing{Why::kAnswered, words};
}

}  // namespace bekci::web::notify
