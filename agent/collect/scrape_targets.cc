#include "agent/collect/scrape_targets.h"

#include <pthread.h>

#include <algorithm>
#include <tuple>

namespace bekci::collect {
namespace {

constexpr base::Duration kRetry = base::seconds(5);
constexpr base::Duration kForEver = base::hours(1);

ActiveTarget ActiveOf(const InstanceState& state) {
  ActiveTarget active;
  active.target = *state.config.target;
  if (state.rounds == 0) return active;
  active.health = state.status.ok() ? TargetHealth::kUp : TargetHealth::kDown;
  active.last_error = state.status.message();
  active.last_scrape = state.at;
  active.last_duration = state.duration;
  return active;
}

}  // namespace

ScrapeTargets::ScrapeTargets(Collection& collection, base::FileSystem& fs, base::Logger& log)
    : collection_(collection), fs_(fs), log_(log) {}

ScrapeTargets::~ScrapeTargets() {
  std::thread thread;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
  }
  watch_.Wake();
  if (thread.joinable()) thread.join();
}

base::Status ScrapeTargets::Reload(std::vector<ScrapeConfig> configs) {
  base::MutexLock lock(mutex_);
  std::vector<Job> jobs;
  bool from_files = false;
  for (ScrapeConfig& config : configs) {
    client::FileDiscovery files(client::PatternsOf(config.file_sources));
    from_files = from_files || !files.patterns().empty();
    // What a file gave before counts on while it cannot be read.
    for (Job& job : jobs_) {
      if (job.config.job == config.job && job.files.patterns() == files.patterns()) files = job.files;
    }
    jobs.push_back({std::move(config), std::move(files)});
  }
  jobs_ = std::move(jobs);
  watch_changed_ = true;
  base::Status status = Apply();
  if ((from_files || again_) && !thread_.joinable() && !stopping_) thread_ = std::thread([this] { Run(); });
  watch_.Wake();
  return status;
}

base::Status ScrapeTargets::Refresh() {
  base::MutexLock lock(mutex_);
  return Apply();
}

// Reads the files, makes the targets, and gives them to the collection if they are others than before.
base::Status ScrapeTargets::Apply() {
  std::set<std::string> problems;
  std::vector<InstanceConfig> targets;
  dropped_.clear();
  dropped_counts_.clear();
  for (Job& job : jobs_) {
    std::vector<std::string> of_files;
    job.files.Refresh(fs_, &of_files);
    problems.insert(of_files.begin(), of_files.end());
    std::vector<client::TargetGroup> groups = job.config.static_groups;
    for (client::TargetGroup& group : job.files.Groups()) groups.push_back(std::move(group));
    BuiltTargets built = BuildTargets(job.config, groups);
    problems.insert(built.problems.begin(), built.problems.end());
    std::move(built.active.begin(), built.active.end(), std::back_inserter(targets));
    std::move(built.dropped.begin(), built.dropped.end(), std::back_inserter(dropped_));
    dropped_counts_[job.config.job] = built.dropped_count;
  }
  Report(problems);
  std::vector<std::string> keys;
  keys.reserve(targets.size());
  for (const InstanceConfig& target : targets) keys.push_back(target.instance);
  const bool nothing_to_say = targets.empty() && !applied_;
  const bool same = applied_ && !again_ && !watch_changed_ && keys == keys_;
  if (nothing_to_say || same) return base::OkStatus();
  base::Status status = collection_.ReloadTargets(std::move(targets));
  again_ = !status.ok();
  applied_ = true;
  if (status.ok()) {
    keys_ = std::move(keys);
  } else {
    log_.Warn("targets are not taken over, trying again", {{"error", status.message()}});
  }
  return status;
}

// Each problem once, until it has gone.
void ScrapeTargets::Report(const std::set<std::string>& problems) {
  for (const std::string& problem : problems) {
    if (!problems_.contains(problem)) log_.Warn("target discovery", {{"problem", problem}});
  }
  problems_ = problems;
}

base::Duration ScrapeTargets::Patience() const {
  base::Duration patience = again_ ? kRetry : kForEver;
  for (const Job& job : jobs_) {
    for (const client::FileSource& source : job.config.file_sources) patience = std::min(patience, source.refresh);
  }
  return patience;
}

void ScrapeTargets::Run() {
  pthread_setname_np(pthread_self(), "targets");
  while (true) {
    base::Duration patience;
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
      if (watch_changed_) {
        std::set<std::string> directories;
        for (const Job& job : jobs_) {
          directories.merge(client::DirectoriesOf(job.files.patterns()));
        }
        watch_.Watch(directories);
        watch_changed_ = false;
        // What changed before the watch began is seen now.
        (void)Apply();
      }
      patience = Patience();
    }
    (void)watch_.Wait(patience);
    base::MutexLock lock(mutex_);
    if (!stopping_) (void)Apply();
  }
}

TargetList ScrapeTargets::Targets() const {
  TargetList list;
  for (const InstanceState& state : collection_.TargetStates()) list.active.push_back(ActiveOf(state));
  std::sort(list.active.begin(), list.active.end(), [](const ActiveTarget& a, const ActiveTarget& b) {
    return std::tie(a.target.scrape_pool, a.target.labels, a.target.url) <
           std::tie(b.target.scrape_pool, b.target.labels, b.target.url);
  });
  base::MutexLock lock(mutex_);
  list.dropped = dropped_;
  list.dropped_counts = dropped_counts_;
  for (const Job& job : jobs_) list.pools.push_back(job.config.job);
  std::sort(list.pools.begin(), list.pools.end());
  return list;
}

}  // namespace bekci::collect
