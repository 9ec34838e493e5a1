// Agent: the running core. It makes the parts, connects them, reloads them together and takes them down in order.
//
//   start   store (opens beside the rest) -> collection (worker acknowledged) -> guard, site -> server; a part that
//   cannot start undoes those before it reload  files are read and checked -> web settings (can be taken back) ->
//   worker PREPARE, ACK, commit -> in force;
//           whatever fails, the old configuration goes on running
//   stop    server (no new requests, running ones end) -> site -> collection and worker -> store -> the rest
//
// Thread rule: Reload and the getters from any thread; start and end by main.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "agent/app/discoverer.h"
#include "agent/app/notifications.h"
#include "agent/app/query_service.h"
#include "agent/app/reload_state.h"
#include "agent/app/rule_service.h"
#include "agent/app/self_metrics.h"
#include "agent/app/settings.h"
#include "agent/app/store.h"
#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/collect/collection.h"
#include "agent/collect/scrape_targets.h"
#include "agent/net/server.h"
#include "agent/web/site.h"

namespace bekci::app {

// Finished rounds go to the agent's own metrics and to the store.
class RoundSinks : public collect::RoundSink {
 public:
  RoundSinks(SelfMetrics& self, collect::RoundSink& store) : self_(self), store_(store) {}
  void OnRound(const collect::InstanceState& state) override {
    self_.OnRound(state);
    store_.OnRound(state);
  }
  void OnRemoved(const collect::InstanceConfig& config) override { store_.OnRemoved(config); }

 private:
  SelfMetrics& self_;
  collect::RoundSink& store_;
};

struct AgentOptions {
  SettingsInput input;  // how the settings were loaded, and will be loaded again
  bool single_process = false;
  std::string executable = "/proc/self/exe";  // of the worker
};

class Agent {
 public:
  // `settings` were loaded from options.input. The rest outlives the agent.
  // Errors: one line that a person can act on.
  static base::Result<std::unique_ptr<Agent>> Start(AgentOptions options, Settings settings, base::FileSystem& fs,
                                                    base::Clock& clock, base::Logger& log);
  ~Agent();

  // All or nothing. Errors: all that is wrong, a line each.
  base::Status Reload() EXCLUDES(reload_mutex_);
  // From now on this is what runs on the host: collected while the configuration has no collectors: section.
  base::Status TakeIn(std::vector<Discovery> found) EXCLUDES(reload_mutex_);
  bool discovers() const { return discovers_.load(std::memory_order_relaxed); }

  // Where it listens, with the ports that were picked.
  std::vector<std::string> addresses() const { return server_->addresses(); }
  net::ServerStats server_stats() const { return server_->stats(); }
  bool tls() const { return tls_; }
  const collect::TargetDirectory& targets() const { return *targets_; }
  std::string NotReady() { return site_->NotReady(); }
  std::string reload_error() const { return reloads_.Get().error; }
  net::HttpResponse Handle(const net::HttpRequest& request) { return site_->Handle(request); }

 private:
  Agent(AgentOptions options, base::FileSystem& fs, base::Clock& clock, base::Logger& log);

  base::Status StartParts(Settings settings);
  base::Status StartCollecting(const Settings& settings);
  void MakeQueries(const Settings& settings);
  void MakeSite(const Settings& settings);
  void ConnectSelfMetrics();
  void StoreSelfMetrics(const Settings& settings);
  base::Status TryReload();
  void TakeBackWebSettings(const std::string& path, const web::WebConfig& config);
  base::Status AcceptWebConfig(const web::WebConfig& config) const;
  void Adopt(Settings settings);
  void MakeDiscoverer();
  std::vector<notify::wiring::Ailment> Ailments() const;
  base::Result<std::vector<Discovery>> LookAround() const;

  AgentOptions options_;  // what was found is the reloads'; the rest never changes
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;

  base::Mutex reload_mutex_;  // one reload at a time
  mutable base::Mutex mutex_;
  Settings settings_ GUARDED_BY(mutex_);
  std::atomic<bool> discovers_{false};
  std::atomic<bool> lifecycle_{true};
  std::atomic<bool> allow_unauthenticated_{false};
  bool tls_ = false;

  // In the order of starting; destroyed in the reverse.
  ReloadState reloads_;
  SelfMetrics self_;
  web::WebMetrics web_metrics_;
  std::unique_ptr<Notifications>
      notifications_;  // messages under way may take a while to end: nobody waits behind them
  Store store_;
  RoundSinks round_sinks_{self_, store_.rounds()};
  std::unique_ptr<RuleService> rules_;
  std::unique_ptr<QueryService> queries_;
  std::unique_ptr<collect::Collection> collection_;
  std::unique_ptr<collect::ScrapeTargets> targets_;
  std::unique_ptr<web::WebGuard> guard_;
  std::unique_ptr<web::Site> site_;
  std::atomic<net::Server*> server_for_stats_{nullptr};
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<Discoverer> discoverer_;  // last: it reloads the rest
};

}  // namespace bekci::app
