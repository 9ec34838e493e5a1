#include "agent/web/notify/chat_press.h"

#include "agent/web/notify/envelope.h"
#include "agent/web/notify/standing.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {

namespace {

// What was to be seen of an incident.
struct Glance {
  std::optional<Standing> standing;  // what keeps anybody from acknowledging
  std::vector<std::string> told;
};

// False: there is no such incident.
bool LookAt(const EscalationSources& sources, std::string_view id, Glance* glance) {
  return sources.find(id, [&](const EscalationView& view) {
    glance->standing = StandingOf(view.incident);
    for (const escalation::Told& one : view.incident.told) glance->told.push_back(one.receiver);
    return true;
  });
}

}  // namespace

PressOutcome ActOnPress(const EscalationSources& sources, const ChatPress& press, Door door, Refusals& refusals) {
  Glance glance;
  const auto refuse = [&](Why why, std::string words) {
    refusals.Count(door, why);
    return PressOutcome{false, why == Why::kReplayed, std::move(words), std::move(glance.told)};
  };
  const bekci::notify::EscalationAction& action = press.action;
  if (!LookAt(sources, action.id, &glance)) {
    return refuse(Why::kUnknown, "This incident is over and not kept any more.");
  }
  const std::optional<Standing>& standing = glance.standing;
  const bool again = !action.once.empty() && sources.was_used(action.once);
  if (again) return refuse(Why::kReplayed, standing ? standing->words : "This press was acted on before.");
  if (standing) return refuse(standing->why, standing->words);
  const base::Status status = sources.act(action);
  if (!status.ok()) {
    if (RefusedAction(status).status == 409) refusals.Count(door, Why::kClosed);
    return {false, false, "It was not acknowledged: " + status.message(), std::move(glance.told)};
  }
  return {true, false, "Acknowledged by " + action.by + " at " + TimeWords(sources.clock.Now()) + " UTC",
          std::move(glance.told)};
}

std::optional<bekci::notify::EscalationAction> ReadButton(std::string_view name, std::string_view id) {
  if (name != "ack" || !LooksLikeId(id)) return std::nullopt;
  bekci::notify::EscalationAction action;
  action.id = id;
  action.action = name;
  return action;
}

}  // namespace bekci::web::notify
