// Forwarder: hands our alerts to other Alertmanagers: finds them, keeps a Sender for each, and looks again when files
// that name them change.
//
// A reload keeps the Senders of Alertmanagers that stay as they were, with what waits for them. A thread of its own,
// "alertmanagers", exists only while some are found in files.
// Thread rule: all methods from any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/client/file_discovery.h"
#include "agent/client/file_watch.h"
#include "agent/notify/forwarding/alerting_config.h"
#include "agent/notify/forwarding/sender.h"

namespace bekci::notify::forwarding {

struct AlertmanagerUrls {
  std::vector<std::string> active;
  std::vector<std::string> dropped;
};

class Forwarder {
 public:
  // fs, clock and log outlive it.
  Forwarder(std::string user_agent, base::FileSystem& fs, base::Clock& clock, base::Logger& log);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  void Reload(AlertingConfig config) EXCLUDES(mutex_);
  // Hands these over as soon as possible; never waits.
  void Send(const std::vector<ForwardedAlert>& alerts) EXCLUDES(mutex_);
  // Looks again where Alertmanagers are: what the thread does.
  void Refresh() EXCLUDES(mutex_);

  AlertmanagerUrls urls() const EXCLUDES(mutex_);
  std::vector<SenderStats> stats() const EXCLUDES(mutex_);

 private:
  struct Group {
    AlertmanagerGroup config;
    client::FileDiscovery files;
    std::map<std::string, std::unique_ptr<Sender>> senders;  // by URL
    std::vector<std::string> dropped;
  };
  void Run() EXCLUDES(mutex_);
  // Senders that are no longer wanted, to be ended without the mutex.
  std::vector<std::unique_ptr<Sender>> Find() REQUIRES(mutex_);

  const std::string user_agent_;
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;
  client::FileWatch watch_;

  mutable base::Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool watch_changed_ GUARDED_BY(mutex_) = false;
  std::vector<model::RelabelRule> alert_relabel_ GUARDED_BY(mutex_);
  std::vector<Group> groups_ GUARDED_BY(mutex_);
  std::set<std::string> problems_ GUARDED_BY(mutex_);  // as last logged
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace bekci::notify::forwarding
