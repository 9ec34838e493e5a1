#include "agent/notify/dispatcher.h"

namespace bekci::notify {
namespace {

// A tick that is handled so late counts from the moment it is handled; a shorter delay does not move the ticks after.
constexpr base::Duration kLate = base::seconds(1);

}  // namespace

std::vector<AlertPtr> Dispatcher::Reset(std::shared_ptr<const routing::AlertmanagerConfig> config) {
  AlertSet alerts;
  for (const auto& [id, group] : groups_) {
    for (const AlertPtr& alert : group->alerts) {
      const auto known = alerts.find(alert);
      if (known == alerts.end() || (*known)->version < alert->version) PutAlert(&alerts, alert);
    }
  }
  timers_.clear();
  by_key_.clear();
  by_labels_.clear();
  groups_.clear();
  config_ = std::move(config);
  return {alerts.begin(), alerts.end()};
}

void Dispatcher::SetDue(Group* group, base::MonotonicTime due) {
  timers_.erase({group->due, group->id});
  group->due = due;
  timers_.insert({due, group->id});
}

Group* Dispatcher::Make(const routing::Route& route, model::Labels labels, const Alert& first, Instant now) {
  auto made = std::make_unique<Group>();
  Group* const group = made.get();
  group->id = ++last_id_;
  group->route = &route;
  group->key = routing::GroupKey(route, labels);
  group->labels = std::move(labels);
  const bool old = first.starts_at + route.group_wait < now.wall;
  SetDue(group, old ? now.steady : now.steady + route.group_wait);
  by_labels_[{route.index, group->labels.data()}] = group;
  by_key_.emplace(group->key, group);
  groups_[group->id] = std::move(made);
  return group;
}

std::vector<Group*> Dispatcher::Insert(const AlertPtr& alert, Instant now) {
  std::vector<Group*> groups;
  for (const routing::Route* route : routing::MatchRoutes(*config_, alert->labels)) {
    model::Labels labels = routing::GroupLabels(*route, alert->labels);
    const auto found = by_labels_.find({route->index, labels.data()});
    Group* const group = found != by_labels_.end() ? found->second : Make(*route, std::move(labels), *alert, now);
    PutAlert(&group->alerts, alert);
    groups.push_back(group);
  }
  return groups;
}

Group* Dispatcher::TakeDue(Instant now, Instant* tick) {
  if (timers_.empty() || timers_.begin()->first > now.steady) return nullptr;
  Group* const group = groups_.at(timers_.begin()->second).get();
  const base::Duration late = now.steady - group->due;
  *tick = late > kLate ? now : Instant{now.wall - late, group->due};
  SetDue(group, tick->steady + group->route->group_interval);
  return group;
}

void Dispatcher::RemoveIfEmpty(Group* group) {
  if (!group->alerts.empty()) return;
  timers_.erase({group->due, group->id});
  by_labels_.erase({group->route->index, group->labels.data()});
  const auto [begin, end] = by_key_.equal_range(group->key);
  for (auto it = begin; it != end; ++it) {
    if (it->second != group) continue;
    by_key_.erase(it);
    break;
  }
  groups_.erase(group->id);
}

base::MonotonicTime Dispatcher::NextDue() const {
  return timers_.empty() ? base::MonotonicTime::Max() : timers_.begin()->first;
}

Group* Dispatcher::Find(uint64_t id) {
  const auto found = groups_.find(id);
  return found == groups_.end() ? nullptr : found->second.get();
}

std::vector<Group*> Dispatcher::FindAllByKey(const std::string& key) {
  std::vector<Group*> found;
  const auto [begin, end] = by_key_.equal_range(key);
  for (auto it = begin; it != end; ++it) found.push_back(it->second);
  return found;
}

Group* Dispatcher::FindByKey(const std::string& key) {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

}  // namespace bekci::notify
