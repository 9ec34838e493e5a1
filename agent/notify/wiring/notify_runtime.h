// NotifyRuntime: everything that tells people, put together: files become media and a pipeline that runs.
//
// A configuration is prepared first, with all its media made, and put in force when nothing can be refused any more.
// What the media of a configuration need lives as long as the last of them: messages under way keep theirs.
// Thread rule: any thread; Start and Stop by one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/random.h"
#include "agent/base/status.h"
#include "agent/notify/notify_service.h"
#include "agent/notify/receivers/moved_chats.h"
#include "agent/notify/wiring/escalator_adapter.h"
#include "agent/notify/wiring/heartbeats.h"
#include "agent/notify/wiring/notify_config.h"

namespace bekci::notify::wiring {

struct RuntimeOptions {
  NotifyServiceOptions service;
  std::string host_name;
  std::string user_agent;  // "bekci/1.4.0"
  std::string external_url;
  std::string boot_id;  // of the host's present boot
};

class NotifyRuntime {
 public:
  // A configuration whose media are made.
  struct Prepared {
    NotifyConfig config;
    NotifierSetup setup;
    std::vector<Heart> hearts;
  };

  // fs, clock, random and log outlive it; random may be used by several threads at once.
  NotifyRuntime(RuntimeOptions options, base::FileSystem& fs, base::Clock& clock, base::Random& random,
                base::Logger& log);

  // Errors: invalid, a line for each mistake.
  base::Result<Prepared> Prepare(NotifyConfig config) const;
  // Reads what an earlier process left in `directory`, then runs. Errors: the disk cannot be read.
  base::Status Start(Prepared prepared, const std::string& directory) EXCLUDES(mutex_) {
    return StartOn(fs_, std::move(prepared), directory);
  }
  // The same with the state kept on another file system, which outlives it.
  base::Status StartOn(base::FileSystem& state, Prepared prepared, const std::string& directory) EXCLUDES(mutex_);
  void Reload(Prepared prepared) EXCLUDES(mutex_);
  void Stop() { service_.Stop(); }

  // How links that acknowledge are made; empty: none. Counts from the next Start or Reload on.
  void set_ack_url(EscalatorAdapter::MakeAckUrl make) EXCLUDES(mutex_);

  const std::string& external_url() const { return options_.external_url; }
  const std::string& user_agent() const { return options_.user_agent; }
  NotifyService& service() { return service_; }
  const receivers::MovedChats& moved_chats() const { return *moved_chats_; }
  std::shared_ptr<const NotifyConfig> config() const EXCLUDES(mutex_);
  // Calls `look` with the incidents of the escalation and the time, while nothing changes them.
  void InspectIncidents(const std::function<void(const escalation::Incidents&, Instant)>& look);

 private:
  void Keep(NotifyConfig config) EXCLUDES(mutex_);
  EscalatorAdapter::MakeAckUrl ack_url() const EXCLUDES(mutex_);

  const RuntimeOptions options_;
  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Random& random_;
  base::Logger& log_;
  const std::shared_ptr<receivers::MovedChats> moved_chats_ = std::make_shared<receivers::MovedChats>();

  EscalatorAdapter escalator_;  // guarded by the service's mutex
  NotifyService service_;
  mutable base::Mutex mutex_;
  std::shared_ptr<const NotifyConfig> config_ GUARDED_BY(mutex_);
  EscalatorAdapter::MakeAckUrl make_ack_url_ GUARDED_BY(mutex_);
};

}  // namespace bekci::notify::wiring
