#include "agent/notify/wiring/notify_runtime.h"

#include <set>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "agent/notify/receivers/make_integration.h"
#include "agent/notify/wiring/message_texts.h"

namespace bekci::notify::wiring {
namespace {

// What the media of one configuration are given.
struct Surroundings {
  Surroundings(const NotifyConfig& config, const RuntimeOptions& options, base::FileSystem& fs, base::Clock& clock,
               base::Random& random, std::shared_ptr<receivers::MovedChats> moved_chats)
      : texts(config.templates, config.escalation),
        parts{.clock = clock,
              .fs = fs,
              .random = random,
              .texts = texts,
              .user_agent = options.user_agent,
              .host_name = options.host_name,
              .escalation_payload = config.escalation->escalation_payload,
              .slack_buttons = config.escalation->chats.slack_buttons(),
              .telegram_buttons = config.escalation->chats.telegram_buttons,
              .hooks_enabled = config.escalation->hooks_enabled,
              .moved_chats = std::move(moved_chats)} {}

  const MessageTexts texts;
  const receivers::Parts parts;
};

Heart HeartOf(std::unique_ptr<receivers::Heartbeat> made, std::shared_ptr<const Surroundings> surroundings) {
  const std::shared_ptr<receivers::Heartbeat> heartbeat = std::move(made);
  Heart heart{heartbeat->name(), heartbeat->interval(), {}};
  // The surroundings are destroyed last.
  heart.beat = [surroundings = std::move(surroundings), heartbeat](receivers::Heartbeat::State state,
                                                                   std::string_view why, base::MonotonicTime deadline) {
    return heartbeat->Beat(state, why, deadline);
  };
  return heart;
}

std::shared_ptr<const Reach> ReachOf(const NotifyConfig& config) {
  const std::vector<routing::ReceiverConfig>* const lists[] = {&config.alertmanager->receivers, &config.own_receivers};
  return std::make_shared<const Reach>(lists, config.escalation);
}

std::shared_ptr<const escalation::EscalationConfig> NoEscalation() {
  return std::make_shared<const escalation::EscalationConfig>();
}

}  // namespace

NotifyRuntime::NotifyRuntime(RuntimeOptions options, base::FileSystem& fs, base::Clock& clock, base::Random& random,
                             base::Logger& log)
    : options_(std::move(options)),
      fs_(fs),
      clock_(clock),
      random_(random),
      log_(log),
      escalator_(NoEscalation(), options_.boot_id, random, log),
      service_(options_.service, clock, random, log, &escalator_) {}

base::Result<NotifyRuntime::Prepared> NotifyRuntime::Prepare(NotifyConfig config) const {
  auto surroundings = std::make_shared<Surroundings>(config, options_, fs_, clock_, random_, moved_chats_);
  Prepared prepared;
  prepared.setup.config = config.alertmanager;
  prepared.setup.external_url = options_.external_url;
  const std::set<std::string> used = config.UsedReceivers();
  std::vector<std::string> errors;
  const std::vector<routing::ReceiverConfig>* const lists[] = {&config.alertmanager->receivers, &config.own_receivers};
  for (const auto* list : lists) {
    for (const routing::ReceiverConfig& one : *list) {
      if (!used.contains(one.name)) continue;
      Receiver receiver{one.name, {}};
      for (const routing::IntegrationConfig& entry : one.integrations) {
        auto integration = receivers::MakeIntegration(entry, surroundings->parts);
        if (!integration.ok()) {
          errors.push_back(integration.status().message());
          continue;
        }
        receivers::Integration* raw = integration->release();
        receiver.integrations.push_back({std::string(entry.kind), entry.index, entry.send_resolved,
                                         IntegrationPtr(raw, [surroundings](receivers::Integration* i) { delete i; })});
      }
      prepared.setup.receivers.push_back(std::move(receiver));
    }
  }
  for (const config::Values& values : config.heartbeats) {
    auto made = receivers::Heartbeat::Make(values, surroundings->parts);
    if (!made.ok()) {
      errors.push_back(made.status().message());
      continue;
    }
    prepared.hearts.push_back(HeartOf(*std::move(made), surroundings));
  }
  if (!errors.empty()) return base::Invalid(base::Join(errors, "\n"));
  prepared.config = std::move(config);
  return prepared;
}

void NotifyRuntime::Keep(NotifyConfig config) {
  for (const std::string& warning : config.warnings) log_.Warn("notifications", {{"hint", warning}});
  auto kept = std::make_shared<const NotifyConfig>(std::move(config));
  base::MutexLock lock(mutex_);
  config_ = std::move(kept);
}

EscalatorAdapter::MakeAckUrl NotifyRuntime::ack_url() const {
  base::MutexLock lock(mutex_);
  return make_ack_url_;
}

void NotifyRuntime::set_ack_url(EscalatorAdapter::MakeAckUrl make) {
  base::MutexLock lock(mutex_);
  make_ack_url_ = std::move(make);
}

std::shared_ptr<const NotifyConfig> NotifyRuntime::config() const {
  base::MutexLock lock(mutex_);
  return config_;
}

base::Status NotifyRuntime::StartOn(base::FileSystem& state, Prepared prepared, const std::string& directory) {
  escalator_.Reload(prepared.config.escalation, ReachOf(prepared.config), ack_url(), Instant::Of(clock_));
  Keep(std::move(prepared.config));
  return service_.Start(state, directory, std::move(prepared.setup));
}

void NotifyRuntime::Reload(Prepared prepared) {
  service_.Inspect([&, make = ack_url(), reach = ReachOf(prepared.config)](Notifier&, Instant now) {
    escalator_.Reload(prepared.config.escalation, reach, make, now);
  });
  Keep(std::move(prepared.config));
  service_.Reload(std::move(prepared.setup));
}

void NotifyRuntime::InspectIncidents(const std::function<void(const escalation::Incidents&, Instant)>& look) {
  service_.Inspect([&](Notifier&, Instant now) { look(escalator_.incidents(), now); });
}

}  // namespace bekci::notify::wiring
