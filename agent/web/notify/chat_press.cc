#include "agent/web/notify/chat_press.h"

#include "agent/web/notify/envelope.h"
#include "agent/web/notify/standing.h"
#include "agent/web/notify/words.h"

namespace bekci::web::notify {

namespace {

// What stands of the incident, should it keep anybody from acknowledging. False: there is no such incident.
bool LookAt(const EscalationSources& sources, std::string_view id, std::optional<Standing>* standing) {
  return sources.find(id, [&](const EscalationView& view) {
    *standing = StandingOf(view.incident);
    return true;
  });
}

}  // namespace

PressOutcome ActOnPress(const EscalationSources& sources, const ChatPress& press, Door door, Refusals& refusals) {
  const auto refuse = [&](Why why, std::string words) {
    refusals.Count(door, why);
    return PressOutcome{false, why == Why::kReplayed, std::move(words)};
  };
  const bekci::notify::EscalationAction& action = press.action;
  std::optional<Standing> standing;
  if (!LookAt(sources, action.id, &standing)) {
    return refuse(Why::kUnknown, "This incident is over and not kept any more.");
  }
  const bool again = !action.once.empty() && sources.was_used(action.once);
  if (again) return refuse(Why::kReplayed, standing ? standing->words : "This press was acted on before.");
  if (standing) return refuse(standing->why, standing->words);
  const base::Status status = sources.act(action);
  if (!status.ok()) {
    if (RefusedAction(status).status == 409) refusals.Count(door, Why::kClosed);
    return {false, false, "It was not acknowledged: " + status.message()};
  }
  return {true, false, "Acknowledged by " + action.by + " at " + TimeWords(sources.clock.Now()) + " UTC"};
}

std::optional<bekci::notify::EscalationAction> ReadButton(std::string_view name, std::string_view id) {
  if (name != "ack" || !LooksLikeId(id)) return std::nullopt;
  bekci::notify::EscalationAction action;
  action.id = id;
  action.action = name;
  return action;
}

}  // namespace bekci::web::notify
