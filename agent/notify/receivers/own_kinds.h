// OwnKinds: the media that Alertmanager does not have, as option tables. They stand in escalation.yml, so that
// alertmanager.yml stays a file that every other tool takes:
//
//     receivers:
//     - name: sms-team
//       twilio_configs: [{account_sid: AC1, auth_token_file: tw.token, from: "+1555", to: "+90555", validity_period:
//       10m}]
//
// Hooks and heartbeats have lists of their own there (`hook_receivers:`, `heartbeats:`).
//
// Source: receivers.md sections 10 to 13, escalation.md sections 3 and 7. Thread rule: constant tables, pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/option.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::receivers {

struct OwnKind {
  std::string_view name;      // "twilio"
  std::string_view list_key;  // "twilio_configs"
  std::span<const config::Option> options;
};
std::span<const OwnKind> OwnKinds();

// The rows of one entry of `receivers:`: its name, and a list per kind.
std::span<const config::Option> OwnReceiverRows();
// The integrations of an entry that was checked against these rows. Adds what is wrong with them to `errors`; paths are
// seen from `base_directory`.
std::vector<routing::IntegrationConfig> ReadOwnIntegrations(const config::Values& receiver,
                                                            const std::string& base_directory, config::Errors* errors);

// The integration that an entry of `hook_receivers:` (hook_options.h) is, the whole receiver.
routing::IntegrationConfig ReadHook(const config::Values& hook);

// The rows of one entry of `heartbeats:` (heartbeat.h).
std::span<const config::Option> HeartbeatRows();

}  // namespace bekci::notify::receivers
