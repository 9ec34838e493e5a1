// Commands about what fires and who knows: alerts, silences, acknowledgement, incidents. Each returns the exit code.
#pragma once

#include "agent/app/commands/command.h"

namespace bekci::app::commands {

int RunAlerts(const Arguments& arguments, Console console);          // alerts
int RunSilenceList(const Arguments& arguments, Console console);     // silence list
int RunSilenceAdd(const Arguments& arguments, Console console);      // silence add
int RunSilenceExpire(const Arguments& arguments, Console console);   // silence expire
int RunAck(const Arguments& arguments, Console console);             // ack
int RunEscalate(const Arguments& arguments, Console console);        // escalate
int RunEscalationList(const Arguments& arguments, Console console);  // escalation list
int RunEscalationShow(const Arguments& arguments, Console console);  // escalation show
int RunIncident(const Arguments& arguments, Console console);        // incident

std::span<const Flag> AlertsFlags();
std::span<const Flag> SilenceListFlags();
std::span<const Flag> SilenceAddFlags();
std::span<const Flag> SilenceExpireFlags();
std::span<const Flag> AckFlags();
std::span<const Flag> EscalateFlags();
std::span<const Flag> EscalationListFlags();
std::span<const Flag> EscalationShowFlags();
std::span<const Flag> IncidentFlags();

}  // namespace bekci::app::commands
