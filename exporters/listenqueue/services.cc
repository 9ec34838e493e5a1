#include "exporters/listenqueue/services.h"

#include <fnmatch.h>

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::exporters::listenqueue {
namespace {

bool MatchesAny(const std::vector<std::string>& patterns, const std::string& text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return fnmatch(pattern.c_str(), text.c_str(), 0) == 0; });
}

}  // namespace

std::span<const Service> DefaultServices() {
  static const Service kServices[] = {
      {"mysqld",
       {"mysqld", "mariadbd"},
       {"*:3306", "*:33060", "unix:/run/mysqld/*", "unix:/var/run/mysqld/*", "unix:/var/lib/mysql/*"}},
      {"nginx", {"nginx"}, {"*:80", "*:443"}},
      {"php-fpm", {"php-fpm*"}, {"*:9000", "unix:/run/php/*", "unix:/var/run/php/*", "unix:/run/php-fpm/*"}},
      {"redis",
       {"redis-server", "valkey-server", "redis-sentinel"},
       {"*:6379", "*:26379", "unix:/run/redis/*", "unix:/var/run/redis/*"}},
  };
  return kServices;
}

// The links read "socket:[12345]".
void SocketOwners::ScanDescriptors(const std::string& pid, size_t service) {
  constexpr std::string_view kPrefix = "socket:[";
  const std::string directory = procfs_ + "/" + pid + "/fd";
  const auto names = fs_.ListDirectory(directory);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (by_inode_.size() >= kMaxDescriptors) return;
    const auto link = fs_.ReadLink(directory + "/" + name);
    if (!link.ok() || !link->starts_with(kPrefix)) continue;
    const auto inode =
        base::ParseUint(std::string_view(*link).substr(kPrefix.size(), link->size() - kPrefix.size() - 1));
    if (inode) by_inode_.emplace(*inode, service);
  }
}

void SocketOwners::Scan() {
  running_.clear();
  by_inode_.clear();
  by_uid_.clear();
  const auto names = fs_.ListDirectory(procfs_);
  if (!names.ok()) return;
  size_t processes = 0;
  for (const std::string& pid : *names) {
    if (pid.empty() || pid.front() < '1' || pid.front() > '9') continue;
    if (!fs_.ReadFile(procfs_ + "/" + pid + "/comm", &text_, 64).ok()) continue;
    const std::string name(base::Trim(text_));
    const auto info = fs_.Stat(procfs_ + "/" + pid);
    size_t service = 0;
    while (service < services_.size() && !MatchesAny(services_[service].processes, name)) ++service;
    const bool ours = service < services_.size();
    // A user is a service's only when nothing else runs as it.
    if (info.ok()) {
      const int owner = ours ? static_cast<int>(service) : -1;
      const auto [entry, is_new] = by_uid_.emplace(info->uid, owner);
      if (!is_new && entry->second != owner) entry->second = -1;
    }
    if (!ours || ++processes > kMaxProcesses) continue;
    running_.insert(service);
    ScanDescriptors(pid, service);
  }
}

int SocketOwners::Resolve(const net::ListenQueue& queue) const {
  const auto held = by_inode_.find(queue.inode);
  if (held != by_inode_.end()) return static_cast<int>(held->second);
  const auto user = by_uid_.find(queue.uid);
  const bool has_user = queue.drops && queue.uid != 0;  // unix sockets do not tell theirs
  if (has_user && user != by_uid_.end() && user->second >= 0) return user->second;
  for (size_t i = 0; i < services_.size(); ++i) {
    if (IsRunning(i) && MatchesAny(services_[i].addresses, queue.address)) return static_cast<int>(i);
  }
  return -1;
}

void SocketOwners::Refresh(std::span<const net::ListenQueue> queues) {
  const base::MonotonicTime now = clock_.Monotonic();
  const bool any_new = std::any_of(queues.begin(), queues.end(),
                                   [&](const net::ListenQueue& queue) { return !known_.contains(queue.inode); });
  if (!any_new && now < next_scan_) return;
  Scan();
  next_scan_ = now + kScanInterval;
  known_.clear();
  for (const net::ListenQueue& queue : queues) known_.emplace(queue.inode, Resolve(queue));
}

std::string_view SocketOwners::Find(const net::ListenQueue& queue) const {
  const auto known = known_.find(queue.inode);
  if (known == known_.end() || known->second < 0) return {};
  return services_[static_cast<size_t>(known->second)].name;
}

}  // namespace bekci::exporters::listenqueue
