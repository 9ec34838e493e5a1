// NotifyConfig: all files that say who is told: alertmanager.yml, escalation.yml beside it, the template files that the
// first names. Read and checked together, since they name each other's receivers and intervals.
//
// Thread rule: immutable once loaded.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/config/option.h"
#include "agent/notify/escalation/escalation_config.h"
#include "agent/notify/message/message_templates.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::wiring {

struct NotifyConfig {
  std::shared_ptr<const routing::AlertmanagerConfig> alertmanager;
  std::shared_ptr<const escalation::EscalationConfig> escalation;  // of no file: without policies
  std::shared_ptr<const message::MessageTemplates> templates;
  std::vector<routing::ReceiverConfig> own_receivers;  // of escalation.yml, its hooks too
  std::vector<config::Values> heartbeats;
  std::vector<std::string> warnings;

  // Receivers that routes or levels name: those that are made.
  std::set<std::string> UsedReceivers() const;
};

// `escalation_file` may be empty. Errors: not_found, denied; invalid, a line for each mistake.
base::Result<NotifyConfig> LoadNotifyConfig(base::FileSystem& fs, const std::string& alertmanager_file,
                                            const std::string& escalation_file);

}  // namespace bekci::notify::wiring
