// IncidentWeb: what people reach of notifications: escalations and incidents over HTTP, links that acknowledge, alerts
// that other Alertmanagers send by webhook.
//
// Links are signed with the keys of `links.key_file`; where `links.listen_address` says so, a listener of its own
// serves them and nothing else, since phones must reach it.
// Thread rule: any thread; Adopt and Stop by one.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/app/chat_buttons.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/collect/family_sink.h"
#include "agent/net/server.h"
#include "agent/notify/escalation/ack_links.h"
#include "agent/notify/wiring/notify_runtime.h"
#include "agent/web/notify/ack_pages.h"
#include "agent/web/notify/escalations_api.h"
#include "agent/web/notify/escalations_page.h"
#include "agent/web/notify/incidents_api.h"
#include "agent/web/notify/refusals.h"
#include "agent/web/notify/slack_actions.h"
#include "agent/web/notify/webhook_intake.h"
#include "agent/web/reader_limit.h"
#include "agent/web/route.h"
#include "agent/web/web_config.h"

namespace bekci::app {

class IncidentWeb {
 public:
  // `ready`: whether the runtime runs. Everything given by reference outlives it.
  IncidentWeb(web::PageFrame frame, notify::wiring::NotifyRuntime& runtime, std::function<bool()> ready,
              web::ReaderLimit& readers, base::FileSystem& fs, base::Clock& clock, base::Random& random,
              base::Logger& log);

  // The keys of links and the certificate of their listener. Errors: denied, invalid: the files.
  struct Prepared {
    notify::escalation::LinkSettings settings;
    std::shared_ptr<const notify::escalation::AckLinks> links;  // null: there are none
    web::WebConfig web;                                         // of the listener
    ChatSetup chats;
  };
  base::Result<Prepared> Prepare(const notify::wiring::NotifyConfig& config) const;
  // Before the runtime starts or reloads. A listener that cannot be had is told in the log: the rest goes on.
  void Adopt(Prepared prepared) EXCLUDES(mutex_);
  // When the runtime runs: presses of buttons are read from now on, as what was adopted last says.
  void StartChats() EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);

  std::vector<web::Route> Routes();
  void WriteMetrics(collect::FamilySink& sink) const EXCLUDES(mutex_);

 private:
  web::notify::EscalationSources Escalations();
  web::notify::IncidentSources Incidents();
  web::notify::LinkVerdict Check(std::string_view id, const web::notify::LinkQuery& query) const EXCLUDES(mutex_);
  // Alerts that fire, by the keys of their groups, in the order of their labels.
  using GroupAlerts = std::map<std::string, std::vector<notify::AlertPtr>, std::less<>>;
  GroupAlerts AlertsOfIncidents(std::string_view id);
  void Visit(bool newest_first, std::string_view id, const web::notify::EscalationVisitor& visitor);
  // Whether the listener that runs is the one that is wanted.
  bool KeepsListening(const Prepared& prepared) const REQUIRES(mutex_);
  // Starts it where none runs, or renews its certificates.
  void Listen(const Prepared& prepared) REQUIRES(mutex_);
  net::Handler PublicHandler();
  std::string SlackSecret() const EXCLUDES(mutex_);

  notify::wiring::NotifyRuntime& runtime_;
  const std::function<bool()> ready_;
  web::ReaderLimit& readers_;
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Random& random_;
  base::Logger& log_;
  web::notify::Refusals refusals_;
  web::notify::EscalationsApi escalations_;
  web::notify::EscalationsPage page_;
  web::notify::IncidentsApi incidents_;
  web::notify::AckPages ack_pages_;
  web::notify::WebhookIntake intake_;
  ChatButtons chats_;
  web::notify::SlackActions slack_;

  mutable base::Mutex mutex_;
  Prepared current_ GUARDED_BY(mutex_);
  std::unique_ptr<net::Server> server_ GUARDED_BY(mutex_);
};

}  // namespace bekci::app
