// Dispatcher: which groups there are, which alerts are in them, and which is due.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/notify/group.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify {

class Dispatcher {
 public:
  // A new configuration: there are no groups any more; their alerts are returned, each once.
  std::vector<AlertPtr> Reset(std::shared_ptr<const routing::AlertmanagerConfig> config);

  // Puts an alert into the groups of its routes, which are made where missing; returns them.
  std::vector<Group*> Insert(const AlertPtr& alert, Instant now);
  // The next group whose tick has come, its timer wound up for the one after; null: none. `tick` gets when it was due.
  Group* TakeDue(Instant now, Instant* tick);
  void RemoveIfEmpty(Group* group);

  base::MonotonicTime NextDue() const;
  Group* Find(uint64_t id);
  Group* FindByKey(const std::string& key);
  std::vector<Group*> FindAllByKey(const std::string& key);
  const std::map<uint64_t, std::unique_ptr<Group>>& groups() const { return groups_; }

 private:
  Group* Make(const routing::Route& route, model::Labels labels, const Alert& first, Instant now);
  void SetDue(Group* group, base::MonotonicTime due);

  std::shared_ptr<const routing::AlertmanagerConfig> config_;
  std::map<uint64_t, std::unique_ptr<Group>> groups_;           // by id
  std::map<std::pair<size_t, std::string>, Group*> by_labels_;  // route, encoded labels
  std::multimap<std::string, Group*> by_key_;                   // routes with equal matchers share a key
  std::set<std::pair<base::MonotonicTime, uint64_t>> timers_;   // due, id
  uint64_t last_id_ = 0;
};

}  // namespace bekci::notify
