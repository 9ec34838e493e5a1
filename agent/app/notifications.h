// Notifications: the part of the agent that tells people: routes, media and escalation (notify/wiring), alerts handed
// to other Alertmanagers (notify/forwarding), and the API of both.
//
// Alerts come from the rules (AlertSink), from Alertmanager's API and from webhooks of other Alertmanagers; all go the
// same way. State is kept in the state directory, in bekci-notify; where that cannot be had (another process has it,
// the disk cannot be read), people are told all the same, and the log says what a restart would forget.
//
// Thread rule: any thread; Start and Stop by one.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/app/incident_web.h"
#include "agent/app/settings.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/collect/family_sink.h"
#include "agent/notify/forwarding/forwarder.h"
#include "agent/notify/wiring/heartbeats.h"
#include "agent/notify/wiring/notify_runtime.h"
#include "agent/ruler/alert.h"
#include "agent/web/alertmanager/api.h"
#include "agent/web/route.h"

namespace bekci::app {

struct NotificationFacts {
  std::string state_directory;
  std::string host_name;
  std::string external_url;
};

class Notifications : public ruler::AlertSink {
 public:
  // fs, clock and log outlive it.
  Notifications(NotificationFacts facts, base::FileSystem& fs, base::Clock& clock, base::Logger& log);
  ~Notifications() override;

  // What `settings` say, with all media made. Errors: invalid, a line for each mistake.
  struct Prepared {
    std::optional<notify::wiring::NotifyRuntime::Prepared> runtime;
    notify::forwarding::AlertingConfig alerting;
    model::Labels external_labels;
    std::optional<IncidentWeb::Prepared> web;
  };
  base::Result<Prepared> Prepare(const Settings& settings) const;
  // Starts, or goes on with, what was prepared.
  void Adopt(Prepared prepared) EXCLUDES(mutex_);
  // All rules were evaluated once: what restarts leave open can be judged.
  void OnSettled();
  // From now on heartbeats beat while neither `examine` nor the outbox has something to say. It is called until
  // StopHeartbeats.
  void StartHeartbeats(std::function<std::vector<notify::wiring::Ailment>()> examine);
  void StopHeartbeats() { heartbeats_.Stop(); }
  // No message leaves after this; those under way are given up and sent again by the next process,
  // but commands, which are ended and not run again.
  void Stop();

  void OnAlerts(std::vector<ruler::SentAlert> alerts, base::Timestamp at) override;
  // Why nobody is told of alerts of this name, in sentences; empty: they are told, or none fires.
  std::vector<std::string> QuietWords(const std::string& alert_name);
  std::vector<web::Route> Routes();
  notify::forwarding::AlertmanagerUrls OtherAlertmanagers() const { return forwarder_.urls(); }
  void WriteMetrics(collect::FamilySink& sink);

 private:
  void StartRuntime(notify::wiring::NotifyRuntime::Prepared prepared);
  web::alertmanager::Sources ApiSources();
  std::vector<notify::wiring::Ailment> OutboxHealth();
  notify::PipelineMetrics Pipeline();

  const NotificationFacts facts_;
  const std::string directory_;
  const base::Timestamp started_at_;
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;
  base::SystemRandom random_;
  std::unique_ptr<base::FileLock> directory_lock_;
  std::unique_ptr<base::MemoryFileSystem> memory_;  // in place of a directory that cannot be had
  notify::wiring::NotifyRuntime runtime_;
  notify::forwarding::Forwarder forwarder_;
  web::ReaderLimit readers_;  // of all that looks into the runtime
  web::alertmanager::AlertmanagerApi api_;
  IncidentWeb web_;
  notify::wiring::Heartbeats heartbeats_;
  std::atomic<bool> running_{false};  // the runtime is

  mutable base::Mutex mutex_;
  model::Labels external_labels_ GUARDED_BY(mutex_);
};

}  // namespace bekci::app
