// Hook: a command as a medium: it gets the webhook's payload on its standard input and says by its exit code what
// became of it.
//
// 0: done. 75: try again. 77: not allowed. Anything else: it will never work. Off unless escalation.yml enables hooks.
// What runs, and as whom, is checked at the start and again before every run (hook_trust.h).
//
// A command runs at most once where it did not ask itself to be run again: what was ended, because its time was up or
// the agent's, has failed, for nobody knows how far it came; what never began, for want of a process or a descriptor,
// may be tried again. That it runs once for an incident is the escalation's promise (escalation/ladder.h), whose log is
// written before; that a restart does not run it again is the Notifier's (RowText::at_most_once).
//
// Source: escalation.md section 7, receivers.md section 12. Thread rule: as Integration.
#pragma once

#include <memory>

#include "agent/notify/receivers/hook_process.h"
#include "agent/notify/receivers/integration.h"
#include "agent/notify/receivers/parts.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::receivers {

// `config` is ReadHook's (own_kinds.h, hook_options.h). Errors: invalid, denied: what would not be run now, where hooks
// are enabled.
base::Result<std::unique_ptr<Integration>> MakeHook(const routing::IntegrationConfig& config, const Parts& parts);

// What a run says, or that it could not begin.
Delivery JudgeHook(const base::Result<HookResult>& run);
// NAME=VALUE for every hook: what is said, about what, by which level. Values have no control characters.
std::vector<std::string> HookEnvironment(const message::Notification& notification);

}  // namespace bekci::notify::receivers
