// ScrapeTargets: the core's list of targets: scrape_configs and discovery in, instances for the Collection out.
//
// A thread of its own, "targets", exists only while a scrape_config finds targets in files: it sleeps until a file
// changes (file_watch.h) or the refresh interval has passed, reads, and hands the new list over when it differs.
// The list is all there is to change: unchanged targets keep their schedule, connection and remembered page.
//
// Thread rule: all public methods from any thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/client/file_discovery.h"
#include "agent/client/file_watch.h"
#include "agent/collect/collection.h"
#include "agent/collect/scrape_config.h"
#include "agent/collect/targets.h"

namespace bekci::collect {

class ScrapeTargets final : public TargetDirectory {
 public:
  // Everything given outlives it.
  ScrapeTargets(Collection& collection, base::FileSystem& fs, base::Logger& log);
  ~ScrapeTargets() override;

  // These are the scrape_configs from now on. Errors: those of Collection::ReloadTargets; it is tried again then.
  base::Status Reload(std::vector<ScrapeConfig> configs) EXCLUDES(mutex_);
  TargetList Targets() const override EXCLUDES(mutex_);
  // Reads the files again now: what the thread does, for tests and for a reload that came to nothing.
  base::Status Refresh() EXCLUDES(mutex_);

 private:
  struct Job {
    ScrapeConfig config;
    client::FileDiscovery files;
  };

  void Run();
  base::Status Apply() REQUIRES(mutex_);
  void Report(const std::set<std::string>& problems) REQUIRES(mutex_);
  base::Duration Patience() const REQUIRES(mutex_);

  Collection& collection_;
  base::FileSystem& fs_;
  base::Logger& log_;
  client::FileWatch watch_;

  mutable base::Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool watch_changed_ GUARDED_BY(mutex_) = false;
  bool again_ GUARDED_BY(mutex_) = false;    // the collection did not take the list
  bool applied_ GUARDED_BY(mutex_) = false;  // it has one of us
  std::vector<Job> jobs_ GUARDED_BY(mutex_);
  std::vector<std::string> keys_ GUARDED_BY(mutex_);  // of the targets that the collection has
  std::vector<DroppedTarget> dropped_ GUARDED_BY(mutex_);
  std::map<std::string, size_t> dropped_counts_ GUARDED_BY(mutex_);
  std::set<std::string> problems_ GUARDED_BY(mutex_);  // as last logged
  std::thread thread_ GUARDED_BY(mutex_);
};

}  // namespace bekci::collect
