#include "agent/notify/forwarding/forwarder.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/config/yaml_printer.h"
#include "agent/notify/forwarding/alertmanagers.h"

namespace bekci::notify::forwarding {
namespace {

constexpr base::Duration kForEver = base::hours(1);

}  // namespace

Forwarder::Forwarder(std::string user_agent, base::FileSystem& fs, base::Clock& clock, base::Logger& log)
    : user_agent_(std::move(user_agent)), fs_(fs), clock_(clock), log_(log) {}

Forwarder::~Forwarder() {
  std::thread thread;
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
  }
  watch_.Wake();
  if (thread.joinable()) thread.join();
  std::vector<Group> groups;
  {
    base::MutexLock lock(mutex_);
    groups.swap(groups_);
  }
  // All say their last words at the same time.
  std::vector<std::thread> ends;
  for (Group& group : groups) {
    for (auto& [url, sender] : group.senders) {
      ends.emplace_back([&sender = sender] { sender.reset(); });
    }
  }
  for (std::thread& end : ends) end.join();
}

void Forwarder::Reload(AlertingConfig config) {
  std::vector<Group> old;
  std::vector<std::unique_ptr<Sender>> unwanted;
  {
    base::MutexLock lock(mutex_);
    alert_relabel_ = std::move(config.alert_relabel);
    old.swap(groups_);
    bool from_files = false;
    for (AlertmanagerGroup& group : config.groups) {
      Group next{std::move(group), client::FileDiscovery({}), {}, {}};
      next.files = client::FileDiscovery(client::PatternsOf(next.config.file_sources));
      from_files = from_files || !next.config.file_sources.empty();
      const std::string written = config::PrintYaml(next.config.written);
      for (Group& before : old) {
        if (config::PrintYaml(before.config.written) != written) continue;
        next.senders.swap(before.senders);
        std::swap(next.files, before.files);  // what a file gave counts on while it cannot be read
      }
      groups_.push_back(std::move(next));
    }
    unwanted = Find();
    watch_changed_ = true;
    if (from_files && !thread_.joinable()) {
      thread_ = std::thread([this] { Run(); });
      pthread_setname_np(thread_.native_handle(), "alertmanagers");
    }
  }
  watch_.Wake();
}

void Forwarder::Refresh() {
  std::vector<std::unique_ptr<Sender>> unwanted;
  base::MutexLock lock(mutex_);
  unwanted = Find();
}

std::vector<std::unique_ptr<Sender>> Forwarder::Find() {
  std::vector<std::unique_ptr<Sender>> unwanted;
  std::vector<std::string> problems;
  for (Group& group : groups_) {
    group.files.Refresh(fs_, &problems);
    std::vector<client::TargetGroup> targets = group.config.static_groups;
    for (client::TargetGroup& one : group.files.Groups()) targets.push_back(std::move(one));
    FoundAlertmanagers found = FindAlertmanagers(group.config, targets);
    problems.insert(problems.end(), found.problems.begin(), found.problems.end());
    group.dropped = std::move(found.dropped);
    std::map<std::string, std::unique_ptr<Sender>> senders;
    for (net::Url& url : found.active) {
      const std::string text = url.ToString();
      auto& sender = senders[text];
      sender = std::move(group.senders[text]);
      if (sender == nullptr) {
        sender = std::make_unique<Sender>(std::move(url), group.config.http, group.config.timeout, user_agent_, fs_,
                                          clock_, log_);
      }
    }
    for (auto& [url, sender] : group.senders) {
      if (sender != nullptr) unwanted.push_back(std::move(sender));
    }
    group.senders = std::move(senders);
  }
  std::set<std::string> now(problems.begin(), problems.end());
  for (const std::string& problem : now) {
    if (!problems_.contains(problem)) log_.Warn("Alertmanagers are not all found", {{"error", problem}});
  }
  problems_ = std::move(now);
  return unwanted;
}

void Forwarder::Send(const std::vector<ForwardedAlert>& alerts) {
  base::MutexLock lock(mutex_);
  if (groups_.empty()) return;
  std::vector<ForwardedAlertPtr> relabeled;
  for (const ForwardedAlert& alert : alerts) {
    auto labels = model::Relabel(alert.labels, alert_relabel_);
    if (!labels || labels->empty()) continue;
    ForwardedAlert copy = alert;
    copy.labels = *std::move(labels);
    relabeled.push_back(std::make_shared<const ForwardedAlert>(std::move(copy)));
  }
  for (Group& group : groups_) {
    std::vector<ForwardedAlertPtr> these;
    for (const ForwardedAlertPtr& alert : relabeled) {
      if (group.config.alert_relabel.empty()) {
        these.push_back(alert);
        continue;
      }
      auto labels = model::Relabel(alert->labels, group.config.alert_relabel);
      if (!labels || labels->empty()) continue;
      ForwardedAlert copy = *alert;
      copy.labels = *std::move(labels);
      these.push_back(std::make_shared<const ForwardedAlert>(std::move(copy)));
    }
    for (const auto& [url, sender] : group.senders) sender->Add(these);
  }
}

AlertmanagerUrls Forwarder::urls() const {
  base::MutexLock lock(mutex_);
  AlertmanagerUrls urls;
  for (const Group& group : groups_) {
    for (const auto& [url, sender] : group.senders) urls.active.push_back(url);
    urls.dropped.insert(urls.dropped.end(), group.dropped.begin(), group.dropped.end());
  }
  return urls;
}

std::vector<SenderStats> Forwarder::stats() const {
  base::MutexLock lock(mutex_);
  std::vector<SenderStats> stats;
  for (const Group& group : groups_) {
    for (const auto& [url, sender] : group.senders) stats.push_back(sender->stats());
  }
  return stats;
}

void Forwarder::Run() {
  for (;;) {
    base::Duration patience = kForEver;
    std::set<std::string> directories;
    bool watch = false;
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
      watch = std::exchange(watch_changed_, false);
      for (const Group& group : groups_) {
        for (const client::FileSource& source : group.config.file_sources)
          patience = std::min(patience, source.refresh);
        directories.merge(client::DirectoriesOf(group.files.patterns()));
      }
    }
    if (watch) {
      watch_.Watch(directories);
      Refresh();  // what changed before it was watched
    }
    const bool changed = watch_.Wait(patience);
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
      if (!changed && watch_changed_) continue;
    }
    Refresh();
  }
}

}  // namespace bekci::notify::forwarding
