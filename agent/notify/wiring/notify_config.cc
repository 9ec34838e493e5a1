#include "agent/notify/wiring/notify_config.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/notify/escalation/surroundings.h"
#include "agent/notify/receivers/own_kinds.h"

namespace bekci::notify::wiring {
namespace {

constexpr size_t kMaxHeartbeats = 16;  // each has a thread

routing::ReceiverConfig HookReceiverOf(const escalation::HookReceiver& hook) {
  routing::ReceiverConfig receiver;
  receiver.name = hook.name;
  receiver.mark = hook.values.mark();
  receiver.integrations.push_back(receivers::ReadHook(hook.values));
  return receiver;
}

void ReadHeartbeats(const config::Node& list, const std::string& directory, NotifyConfig* config,
                    config::Errors* errors) {
  if (list.is_null()) return;
  if (!list.is_sequence()) return errors->Add(list.mark, "heartbeats: must be a list (- name: ...)");
  if (list.items.size() > kMaxHeartbeats) {
    return errors->Add(list.mark, "heartbeats: more than " + std::to_string(kMaxHeartbeats));
  }
  std::set<std::string> names;
  for (const config::Node& item : list.items) {
    config::Values values = config::Check(item, receivers::HeartbeatRows(), errors, directory);
    if (!names.insert(values.String("name")).second) {
      errors->Add(values.MarkOf("name"), "heartbeat " + base::Quoted(values.String("name")) + " is there already");
    }
    config->heartbeats.push_back(std::move(values));
  }
}

void ReadOwnReceivers(const escalation::EscalationConfig& escalation, NotifyConfig* config, config::Errors* errors) {
  const std::string directory = config::DirectoryOf(escalation.file);
  for (const config::Node& item : escalation.receivers.items) {
    const config::Values values = config::Check(item, receivers::OwnReceiverRows(), errors, directory);
    routing::ReceiverConfig receiver;
    receiver.name = values.String("name");
    receiver.integrations = receivers::ReadOwnIntegrations(values, directory, errors);
    receiver.mark = item.mark;
    config->own_receivers.push_back(std::move(receiver));
  }
  for (const escalation::HookReceiver& hook : escalation.hooks) {
    config->own_receivers.push_back(HookReceiverOf(hook));
  }
  ReadHeartbeats(escalation.heartbeats, directory, config, errors);
}

}  // namespace

std::set<std::string> NotifyConfig::UsedReceivers() const {
  std::set<std::string> used;
  for (const routing::Route& route : alertmanager->routes) used.insert(route.receiver);
  for (const escalation::Policy& policy : escalation->policies) {
    for (const escalation::Level& level : policy.levels) {
      used.insert(level.receivers.begin(), level.receivers.end());
      used.insert(level.outside_receivers.begin(), level.outside_receivers.end());
    }
  }
  return used;
}

base::Result<NotifyConfig> LoadNotifyConfig(base::FileSystem& fs, const std::string& alertmanager_file,
                                            const std::string& escalation_file) {
  NotifyConfig config;
  ASSIGN_OR_RETURN(const std::string text, fs.ReadFile(alertmanager_file));
  ASSIGN_OR_RETURN(config.alertmanager, routing::LoadAlertmanagerConfig(text, alertmanager_file, fs));
  config.warnings = config.alertmanager->warnings;
  ASSIGN_OR_RETURN(config.templates, message::MessageTemplates::Load(fs, config.alertmanager->template_globs));
  escalation::Surroundings surroundings = escalation::SurroundingsOf(*config.alertmanager);
  if (escalation_file.empty()) {
    auto none = std::make_shared<escalation::EscalationConfig>();
    none->parts = std::move(surroundings.receivers);
    none->intervals = std::move(surroundings.intervals);
    config.escalation = std::move(none);
    return config;
  }
  ASSIGN_OR_RETURN(const std::string ladder, fs.ReadFile(escalation_file));
  ASSIGN_OR_RETURN(config.escalation, escalation::LoadEscalationConfig(ladder, escalation_file, surroundings, fs));
  config.warnings.insert(config.warnings.end(), config.escalation->warnings.begin(), config.escalation->warnings.end());
  config::Errors errors;
  ReadOwnReceivers(*config.escalation, &config, &errors);
  RETURN_IF_ERROR(errors.ToStatus());
  return config;
}

}  // namespace bekci::notify::wiring
